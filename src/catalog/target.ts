/** The tool that a call is for, as the catalog had it when the call came in. */
import type { Change } from './pin.ts'
import type { Verdict } from '../policy/rules.ts'
import type { Tool } from '../upstream/tool.ts'

export interface Target {
  readonly server: string
  /** The upstream name. */
  readonly tool: Tool
  /** The name that the host sees. */
  readonly emitted: string
  readonly verdict: Verdict
  /** SHA-256 of the canonical JSON of the whole tool definition. */
  readonly toolHash: string
  /** SHA-256 of the launch specification, references unresolved. */
  readonly launchHash: string
  /** How the definition differs from the pinned one; empty when it doesn't. */
  readonly changes: readonly Change[]
}
