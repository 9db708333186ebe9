/**
 * The types of the JSON that crosses the loopback door: to the page in the browser (which has a cookie), and between
 * sidecars and to `sidemux approvals` (which have the key of the run file, after a look at the calling process).
 * Types only.
 */
import type { GrantWish } from '../approval/grants/grant-offer.ts'
import type { Grant } from '../approval/grants/grants.ts'
import type { AnswerOutcome, Denial, Pending } from '../approval/facts/pending.ts'

/** `run/<id>.json` in the state directory, 0600: how sidecars and the CLI find each other. Gone when it stops. */
export interface RunFile {
  readonly version: 1
  /** Random, names this run. */
  readonly id: string
  readonly pid: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly port: number
  /** Base64url of 32 random bytes. It keeps other users and web pages out; it is no right to decide. */
  readonly key: string
  /** The path of servers.yaml. */
  readonly config: string
}

export interface SidecarInfo {
  readonly id: string
  readonly pid: number
  readonly config: string
  /** `clientInfo.name` of the host, hidden characters written out; undefined until it has said. */
  readonly host: string | undefined
  readonly startedAt: number
}

/** GET /local/state */
export interface LocalState {
  readonly sidecar: SidecarInfo
  /** At most 100, oldest first. */
  readonly pending: readonly Pending[]
  /** How many more there are. */
  readonly more: number
  /** A browser has the page open now. */
  readonly pageOpen: boolean
  /** A browser was started to open it, and isn't there yet. */
  readonly pageComing: boolean
  /** Tools that a human said no to for a while, oldest first; absent where there are none. */
  readonly denials?: readonly Denial[]
  /** Why this sidecar takes no decision from who asks; absent where it does. */
  readonly refuses?: LocalRefusal
  /** For who asks: by whom a terminal may have been opened that is younger than the host. None: it may decide. */
  readonly leftBy?: readonly string[]
  /** With `refuses`: why no browser can be started from there either, where that is known. */
  readonly noPage?: string
}

/** GET /state, for the page: this sidecar and its neighbours. */
export interface PageState {
  /** Epoch milliseconds, so that the page can count down without the browser's clock. */
  readonly now: number
  /** Decisions are taken from this moment on; a page that was just opened waits a little. */
  readonly decidesFrom: number
  readonly sidecars: readonly LocalState[]
  readonly grants: readonly Grant[]
  /** What the human must know, e.g. that another program tried the link of this page, or that mode is shadow. */
  readonly notices: readonly string[]
}

/** POST /answer and POST /local/answer. Several at once are decided one by one. */
export interface AnswerRequest {
  /** Which sidecar's questions; /local/answer takes its own only. */
  readonly sidecar: string
  readonly ids: readonly string[]
  readonly answer: 'approve' | 'deny'
  /** Only with one id and `approve`. */
  readonly grant?: GrantWish
  /** Only with `deny`: all calls of these tools, for so long. */
  readonly forMs?: number
}

export interface AnswerResponse {
  /** In the order of `ids`. */
  readonly outcomes: readonly AnswerOutcome[]
}

/** POST /revoke */
export interface RevokeRequest {
  readonly grant: string
}

/** POST /lift and POST /local/lift: a tool is asked about again. The local one takes its own only. */
export interface LiftRequest {
  readonly sidecar: string
  /** Its id. */
  readonly denial: string
}

export interface LiftResponse {
  readonly outcome: AnswerOutcome
}

/** POST /open: a neighbour that takes answers on its own page only opens that. */
export interface OpenRequest {
  readonly sidecar: string
}

/** POST /local/open, by a neighbour: a page that a browser is about to open will do. A person says nothing. */
export interface OpenWish {
  readonly coming: 'is enough'
}

/** POST /local/answer. `page`: the page session of the neighbour that passes the answer on; nobody else's counts. */
export interface LocalAnswerRequest extends AnswerRequest {
  readonly page?: string
}

/** POST /local/take-back, by a neighbour whose page session was voided. */
export interface TakeBackRequest {
  readonly page: string
}

/** The body of an answer of the page's door that isn't 200, where it has one. */
export interface DoorRefusal {
  /**
   * `session`: there is none, or it is over (401); `voided`: because its link was used twice (401). `early`: before `decidesFrom` (425). `caller`: the process that
   * asks may not (403). `malformed` (400). `later`: too often (429). `unwritten`: the audit log can't be written (503).
   */
  readonly error: 'session' | 'voided' | 'early' | 'caller' | 'malformed' | 'later' | 'unwritten'
}

/** Why the local door doesn't take something from a process, in the body of its 403 as `refused`. */
export type LocalRefusal =
  | 'other-user'
  /** In the tree of a sidecar. */
  | 'inside'
  /** In the tree of the host application that launched the sidecar. */
  | 'host'
  /** It could have been started by a child that has ended since. */
  | 'orphan'
  | 'no-terminal'
  | 'unknown'
  | 'not-allowed'

/** POST /local/open, POST /open */
export interface OpenResponse {
  readonly opened: boolean
  /** Why not. */
  readonly why?: string
}
