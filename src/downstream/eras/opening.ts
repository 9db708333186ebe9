/**
 * Decides the era of a connection by the messages that open it, and what a message of the other era gets later on
 * (2026-07-28 basic/versioning). A message that names its revision is of 2026-07-28, any other is of an older one. Pure.
 */
import type { JsonObject } from '../../json/record.ts'
import {
  INVALID_PARAMS,
  MODERN_VERSIONS,
  PROTOCOL_VERSION_KEY,
  UNSUPPORTED_VERSION,
} from '../../wire/message.ts'
import { RpcError } from '../../wire/rpc-error.ts'
import { envelopeFault } from './introduction.ts'

export type EraName = 'legacy' | 'modern'

/** @throws RpcError when it has an envelope that is none of 2026-07-28. */
export function eraOf(method: string, meta: JsonObject | undefined): EraName {
  if (meta === undefined || !Object.hasOwn(meta, PROTOCOL_VERSION_KEY)) return 'legacy'
  if (method === 'initialize') return envelopeFault(meta) === undefined ? 'modern' : 'legacy'
  refuseUnknownVersion(meta)
  refuseBadEnvelope(meta)
  return 'modern'
}

/** @throws RpcError when it names a revision that isn't served: no request is served as of another one. */
export function refuseUnknownVersion(meta: JsonObject | undefined): void {
  const version = meta?.[PROTOCOL_VERSION_KEY]
  if (typeof version === 'string' && !MODERN_VERSIONS.includes(version)) throw unsupported(version)
}

/** @throws RpcError */
export function refuseBadEnvelope(meta: JsonObject): void {
  const fault = envelopeFault(meta)
  if (fault === undefined) return
  const why = `Invalid _meta envelope for protocol revision ${MODERN_VERSIONS[0]}: ${fault.key}: ${fault.problem}`
  throw new RpcError(INVALID_PARAMS, why, { envelope: fault })
}

/** @param requested undefined where none was named */
export function unsupported(requested: unknown): RpcError {
  const named = typeof requested === 'string'
  const what = named ? requested : 'the request did not name a protocol version'
  return new RpcError(UNSUPPORTED_VERSION, `Unsupported protocol version: ${what}`, {
    supported: [...MODERN_VERSIONS],
    ...(named && { requested }),
  })
}
