/** The only words that the stages share. */
import type { Target } from '../catalog/target.ts'
import type { Asker, Retried } from '../approval/channels/channel.ts'
import type { Caller, Continuation, Question, Resumed } from '../upstream/caller.ts'

/**
 * What of a server a call is for: `tools/call`, `prompts/get`, `resources/read`, `resources/subscribe`, or
 * `completion/complete`, which is for an argument of a prompt or of a resource template.
 */
export type CallKind = 'tool' | 'prompt' | 'resource' | 'subscription' | 'completion'

/**
 * One request of the host on its way to a child. Stages never change it; they hand on a copy that knows more.
 */
export interface Call {
  /** Unique in this process; the same on every audit record of the call. */
  readonly id: string
  readonly kind: CallKind
  /** The emitted name or the routed URI, as the host sent it; of a completion that of its `ref`. */
  readonly name: string
  /**
   * As the host sent them, until `resolve` maps them to the names that the child knows. A resource has none; of a
   * completion they are `ref` (its type), `argument` and `context`.
   */
  readonly args: Readonly<Record<string, unknown>>
  /** Fires when the host cancels, or goes away. */
  readonly signal: AbortSignal
  /** How a human can be asked through this host, on this request. */
  readonly asker: Asker
  /** What the child may know of the host and ask it; until `converse` narrows it, everything that the host declared. */
  readonly caller: Caller
  /** What the host sent along with a retry (2026-07-28 basic/patterns/mrtr); attacker-controlled. */
  readonly retried?: Partial<Retried>
  /** Set by `converse`: the request goes on where it ended in a child's questions. */
  readonly resumed?: Resumed
  /** Set by `converse`: a human's yes to this very call was spent when it began. */
  readonly confirmed?: boolean
  /** `_meta` keys of the request that cross to the child (trace context). */
  readonly meta?: Readonly<Record<string, unknown>>
  readonly onProgress?: (progress: Progress) => void
  /** Log messages that the child sends while it works on this request; absent where the host wants none. */
  readonly onLog?: (message: LogMessage) => void
  /** Set by `resolve`. */
  readonly target?: Target
}

export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** The params of `notifications/message`. */
export type LogMessage = Readonly<Record<string, unknown>>

/** Any result of a child, as JSON. */
export type Result = Readonly<Record<string, unknown>>

/** What the audit log says a call was about, once that is known. */
export interface About {
  readonly server: string
  readonly kind: Target['kind']
  /** As the server knows it. */
  readonly name: string
  /** The verdict and the rule that gave it. */
  readonly verdict: string
  readonly rule: string
}

export type Outcome = Ending & { readonly about?: About }

type Ending =
  /** The child answered; `isError` results are results too. */
  | { readonly kind: 'result'; readonly result: Result; readonly masked?: number }
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
  /** The child can't go on without answers; `converse` makes an `ask` of it. */
  | {
      readonly kind: 'questions'
      readonly questions: Readonly<Record<string, Question>>
      readonly next: Continuation
    }
  /** The host must ask its user and send the call again (2026-07-28). */
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
