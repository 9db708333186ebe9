/** Types of infisical.mjs for the tests. */
export interface FaultOptions {
  on?: 'login' | 'list' | 'revoke'
  times?: number
  retryAfter?: number
  ms?: number
  location?: string
}

export type FaultKind =
  | 'html'
  | 'empty'
  | 'stall'
  | 'hang'
  | 'drop'
  | 'rate-limited'
  | 'rate-limited-500'
  | 'broken'
  | 'expired'
  | 'token-error'
  | 'denied'
  | 'no-project'
  | 'echo'
  | 'redirect'
  | 'slow'

export interface SeenRequest {
  on: 'login' | 'list' | 'revoke'
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: unknown
}

export interface InfisicalServer {
  url: string
  clientId: string
  clientSecret: string
  projectId: string
  requests: SeenRequest[]
  tokens: Set<string>
  count(on: SeenRequest['on']): number
  fail(kind: FaultKind, fault?: FaultOptions): void
  heal(): void
  expireTokens(): void
  openRequests(): number
  close(): Promise<void>
}

export function startInfisical(options?: {
  clientId?: string
  clientSecret?: string
  projectId?: string
  expiresIn?: number
  secrets?: Record<string, Record<string, Record<string, string | Record<string, unknown>>>>
  imports?: Record<string, Record<string, string[]>>
}): Promise<InfisicalServer>
