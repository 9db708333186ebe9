/** Exits on the first request that is not `initialize`, as servers of some SDKs do. */
import { serve } from './raw.mjs'

serve({ discover: 'exit' })
