/** Everything (offer.mjs) from a server without an SDK: `legacy`, `modern` or `both` as its argument. */
import { serve } from '../../conformance/fixture/engine.mjs'
import { INVALID_PARAMS } from '../../conformance/fixture/wire.mjs'
import * as offer from './offer.mjs'

const era = process.argv[2] ?? 'both'
serve(
  {
    ...offer,
    info: offer.INFO,
    instructions: offer.INSTRUCTIONS,
    capabilities: offer.CAPABILITIES,
    cached: offer.CACHED,
    read: offer.reader(era === 'legacy' ? offer.RESOURCE_NOT_FOUND : INVALID_PARAMS),
  },
  era,
)
