/** The only words that the stages share. */
import type { Target } from '../catalog/target.ts'
import type { Asker } from '../approval/channels/channel.ts'

/** One tool call on its way from the host to a child. Stages never change it; they hand on a copy that knows more. */
export interface Call {
  /** Unique in this process; the same on every audit record of the call. */
  readonly id: string
  /** The emitted name, as the host sent it. */
  readonly name: string
  /** As the host sent them, until `resolve` maps them to the names that the child knows. */
  readonly args: Readonly<Record<string, unknown>>
  /** Fires when the host cancels, or goes away. */
  readonly signal: AbortSignal
  /** How a human can be asked through this host, on this request. */
  readonly asker: Asker
  /** `_meta` keys of the request that cross to the child (trace context). */
  readonly meta?: Readonly<Record<string, unknown>>
  readonly onProgress?: (progress: Progress) => void
  /** Set by `resolve`. */
  readonly target?: Target
}

export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** A child's `CallToolResult`, as JSON. */
export type ToolResult = Readonly<Record<string, unknown>>

/** What the audit log says a call was about, once that is known. */
export interface About {
  readonly server: string
  readonly tool: string
  /** The verdict and the rule that gave it. */
  readonly verdict: string
  readonly rule: string
}

export type Outcome = Ending & { readonly about?: About }

type Ending =
  /** The child answered; `isError` results are results too. */
  | { readonly kind: 'result'; readonly result: ToolResult; readonly masked?: number }
  /** The child answered with a JSON-RPC error of its own. */
  | {
      readonly kind: 'error'
      readonly code: number
      readonly message: string
      readonly data?: unknown
      readonly masked?: number
    }
  /** Not executed, on purpose. */
  | { readonly kind: 'blocked'; readonly by: BlockedBy; readonly reason: string; readonly hint: string }
  /** Not executed yet: the host must ask its user and send the call again (2026-07-28). */
  | { readonly kind: 'ask'; readonly ask: InputRequired }
  /** Execution was tried, or could not be, and there is no result. */
  | { readonly kind: 'failed'; readonly reason: string; readonly hint: string }
  /** The host cancelled; nobody waits for an answer. */
  | { readonly kind: 'cancelled' }

/** Which guard said no. `unknown`, `hidden` and `policy` look alike to the host (contract: Verdicts). */
export type BlockedBy =
  | 'audit'
  | 'unknown'
  | 'hidden'
  | 'policy'
  | 'limit'
  | 'secret'
  | 'human'
  | 'pin'
  | 'state'
  | 'arguments'

/** The two members of an `InputRequiredResult` (2026-07-28 basic/patterns/mrtr). */
export interface InputRequired {
  readonly inputRequests: Readonly<Record<string, { method: string; params: Record<string, unknown> }>>
  readonly requestState: string
}

export type Next = (call: Call) => Promise<Outcome>
export type Stage = (call: Call, next: Next) => Promise<Outcome>
