import type { RemoteOptions } from './http.mjs'

export interface OAuthSwitches {
  lifetimeS: number
  /** Whether it gives refresh tokens. */
  refresh: boolean
  /** RFC 9207. */
  issuerInAnswer: boolean
  registration: boolean
  documents: boolean
  oidc: boolean
  pkce: string[] | undefined
  scopes?: string[]
  decline: boolean
  /** Of the tokens that it gives, in the place of what was asked for. */
  audience: string | undefined
  /** The path that never answers. */
  hang: string | undefined
  /** By path, where it sends its callers instead. */
  redirect: Record<string, string> | undefined
  /** Members of its metadata in the place of the true ones. */
  metadata: Record<string, unknown> | undefined
  /** What it does to the address that the browser is sent back to. */
  answer: ((back: URL) => void) | undefined
  tokenError: string | undefined
  tokenDelayMs: number
  /** Does what it is asked at the token endpoint, and breaks off before it answers. */
  loseAnswer: boolean
  /** How long a spent refresh token may be spent again, as some servers allow for answers that were lost. */
  graceMs: number
  /** Members of its answers with tokens in the place of the true ones; undefined leaves one out. */
  tokens: Record<string, unknown>
  /** The same of its answers to a registration. */
  registered: Record<string, unknown>
}

export interface OAuthServer {
  readonly origin: string
  readonly switches: OAuthSwitches
  readonly state: {
    readonly clients: Map<string, { redirect_uris?: string[]; client_secret?: string }>
    readonly access: Map<string, { expiresAt: number }>
    readonly refresh: Map<string, { spentAt: number | undefined }>
    readonly refreshes: number
    /** How often a spent refresh token came again. */
    readonly reuse: number
    readonly revoked: number
    readonly requests: { method: string; path: string; body: string; headers: Record<string, string> }[]
    readonly authorizations: Record<string, string>[]
  }
  protect(extra?: {
    readonly challenge?: string
    readonly scope?: string
    readonly noMetadata?: boolean
    readonly resourceMetadata?: Record<string, unknown>
  }): Pick<RemoteOptions, 'guard' | 'pages'>
  /** Of an access token. */
  scopeOf(access: string): string | undefined
  close(): Promise<void>
}

export function startOAuth(
  options?: Partial<OAuthSwitches> & {
    clients?: Record<string, { client_secret?: string; redirect_uris?: string[] }>
    tls?: { key: string; cert: string } | undefined
  },
): Promise<OAuthServer>

/** @param ca what it trusts of addresses behind https */
export function browse(address: string, ca?: string): Promise<{ status: number; text: string; url: string }>
