/** The only words that the stages share. */
import type { StopSignal } from '../cancellation.ts'
import type { Entry } from '../catalog/offers/select.ts'
import type { Target } from '../catalog/target.ts'
import type { Asker, Retried } from '../approval/facts/channel.ts'
import type { Caller, Continuation, ServerQuestion, Resumed } from '../upstream/messages/caller.ts'
import type { Progress } from '../upstream/link/request-end.ts'

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
  /** Set by `unwrap`: the tool of ours through which it was called, which stood for it. */
  readonly via?: string
  /**
   * As the host sent them, until `resolve` maps them to the names that the child knows. A resource has none; of a
   * completion they are `ref` (its type), `argument` and `context`.
   */
  readonly args: Readonly<Record<string, unknown>>
  /** Fires when the host cancels, or goes away. */
  readonly signal: StopSignal
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
  /** Set by `record`: what it found out about the arguments. */
  readonly seen?: SeenArguments | undefined
  /**
   * What its name stands for in the catalog. Set by `turnAway` as it is when the call comes in, and by `resolve` as it is
   * once its server has said what it offers.
   */
  readonly entry?: Entry
  /** Set by `resolve`: the entry's, with the verdict of this very call. */
  readonly target?: Target
}

/** Holds as long as the call has these very arguments. */
export interface SeenArguments {
  readonly args: Call['args']
  /** SHA-256 of their canonical JSON; null where they have none. */
  readonly hash: string | null
  /** Of how many secrets none is in the call's name and in them; undefined where one is, or nobody has looked. */
  readonly bareOf: number | undefined
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
  /** The arguments that servers.yaml fixes (`tools.set`), which the host didn't send. */
  readonly set?: Readonly<Record<string, unknown>>
}

export type Outcome = Ending & {
  readonly about?: About
  /** What could not be held to its schema at a bounded price. */
  readonly unchecked?: readonly string[]
  /** Bytes of the whole result, where the host gets both ends of it. */
  readonly whole?: number
}

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
      readonly questions: Readonly<Record<string, ServerQuestion>>
      readonly next: Continuation
    }
  /** The host must ask its user and send the call again (2026-07-28). */
  | { readonly kind: 'ask'; readonly ask: InputRequired }
  /** Execution was tried, or could not be, and there is no result. */
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly hint: string
      /** The server's own words, quoted (upstream/process/words/said.ts). */
      readonly said?: string
    }
  /** The host cancelled; nobody waits for an answer. */
  | { readonly kind: 'cancelled' }

/**
 * Who or which guard said no. `human` is a human's no; `approval`: it wants a yes that nobody gave. `boundary` is a rule that
 * speaks of the arguments. `unknown`, `hidden` and `policy` look alike to the host; `gone` is what it
 * was shown, and its server offers no more.
 */
export type BlockedBy =
  | 'audit'
  | 'unknown'
  | 'gone'
  | 'hidden'
  | 'policy'
  | 'boundary'
  | 'limit'
  | 'secret'
  | 'human'
  | 'approval'
  | 'pin'
  | 'state'
  | 'arguments'

/** The two members of an `InputRequiredResult` (2026-07-28 basic/patterns/mrtr). */
export interface InputRequired {
  readonly inputRequests: Readonly<Record<string, { method: string; params: Record<string, unknown> }>>
  readonly requestState: string
}

/** At once where nothing has to be waited for: each wait costs all calls a turn of the promises. */
export type Ended = Outcome | Promise<Outcome>
export type Next = (call: Call) => Ended
export type Stage = (call: Call, next: Next) => Ended
