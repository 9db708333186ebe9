/**
 * The binding: what a human's yes is a yes to. Two calls share a binding only when server, launch command, tool
 * definition, arguments, configuration and session are all the same; anything else needs a question of its own
 * (promise 4). Pure.
 */
import { canonicalHash } from '../../json/canonical.ts'

/** No server can have this id (config/schema/ids.ts): what sidemux asks of itself, as whether a server may start. */
export const RESERVED_SERVER = 'sidemux'

export interface Binding {
  readonly server: string
  readonly tool: string
  /** SHA-256 of the launch specification, references unresolved. */
  readonly launchHash: string
  /** SHA-256 of the canonical JSON of the whole tool definition. */
  readonly toolHash: string
  /** SHA-256 of the canonical JSON (RFC 8785) of the arguments. */
  readonly argsHash: string
  /** SHA-256 of servers.yaml. */
  readonly configHash: string
  /** This run of the sidecar. */
  readonly session: string
}

/** Each part of asking knows a question by it. */
const digests = new WeakMap<Binding, string>()

/** One value for the whole binding, so that comparing can't forget a member. */
export function bindingDigest(binding: Binding): string {
  const known = digests.get(binding) ?? canonicalHash({ ...binding })
  digests.set(binding, known)
  return known
}

/** @throws TypeError when the arguments have no canonical form; such a call can't be bound, so it can't be asked about. */
export function argumentsHash(args: Readonly<Record<string, unknown>>): string {
  return canonicalHash(args)
}
