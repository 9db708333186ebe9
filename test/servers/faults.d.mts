/** What every test server that stands for a back end can do; see faults.mjs. */
export interface FaultOptions<On extends string> {
  on?: On
  times?: number
  /** Seconds, or the header as it is to be. */
  retryAfter?: number | string
  ms?: number
  /** In place of `ms`. */
  until?: Promise<void>
  location?: string
  /** Of an echo, or in place of 429. */
  status?: number
  /** What is answered in place of the usual. */
  reply?: Reply
  /** Of an echo: the work is done, and its answer is echoed too. */
  withAnswer?: boolean
}

export type CommonFault =
  | 'answers'
  | 'html'
  | 'stall'
  | 'hang'
  | 'drop'
  | 'drop-after'
  | 'rate-limited'
  | 'rate-limited-500'
  | 'broken'
  | 'echo'
  | 'truncated'
  | 'wrong-type'
  | 'huge'
  | 'redirect'
  | 'slow'

export interface SeenRequest<On extends string> {
  on: On
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: unknown
}

export interface FaultyServer<On extends string, Own extends string = never> {
  url: string
  port: number
  requests: SeenRequest<On>[]
  count(on: On): number
  fail(kind: CommonFault | Own, fault?: FaultOptions<On>): void
  heal(): void
  openRequests(): number
  connections(): number
  openConnections(): number
  arrival(on: On): Promise<void>
  underWay(): On[]
  close(): Promise<void>
}

export interface Reply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export function startFaulty<On extends string, Own extends string = never>(back: {
  kindOf(seen: Omit<SeenRequest<On>, 'on'>): On
  answer(seen: Omit<SeenRequest<On>, 'on'>): Reply | Promise<Reply>
  faults?: Record<Own, (seen: Omit<SeenRequest<On>, 'on'>) => Reply>
  on: On
  tls?: { key: string; cert: string }
  skewMs?: number
}): Promise<FaultyServer<On, Own>>
