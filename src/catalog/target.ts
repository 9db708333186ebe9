/** The type of what a call is for, as the catalog had it when the call came in. */
import type { Verdict } from '../policy/rules.ts'
import type { Change } from './pins/pin.ts'

export type TargetKind = 'tool' | 'prompt' | 'resource' | 'template'

export interface Target {
  readonly kind: TargetKind
  readonly server: string
  /** As the server knows it: a tool's or a prompt's name, a resource's URI, a template's `uriTemplate`. */
  readonly name: string
  /** As the host knows it: the emitted name, or the routed URI. */
  readonly emitted: string
  /** As the server described it; of a resource that it doesn't list only the URI. */
  readonly definition: Definition
  readonly verdict: Verdict
  /** SHA-256 of the canonical JSON of the whole definition. */
  readonly hash: string
  /** SHA-256 of the launch specification, references unresolved. */
  readonly launchHash: string
  /** How the definition differs from the pinned one; empty when it doesn't. */
  readonly changes: readonly Change[]
  /** Nobody has accepted it yet: its server, which was known, lists it since (pin.ts). */
  readonly isNew?: boolean
}

export interface Definition {
  readonly description?: string
  readonly [member: string]: unknown
}
