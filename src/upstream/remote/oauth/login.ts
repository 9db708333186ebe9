/**
 * The record of a login: its authorization server, the client and the tokens. It holds secrets, so it is never
 * printed.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Secret } from '../../../secrets/secret.ts'
import { scopesIn, unionOfScopes } from './scopes.ts'

const text = z.string().min(1)

export const loginRecord = z.object({
  version: z.literal(1),
  /** The address in servers.yaml for which it was made, and to which alone its tokens go. */
  url: text,
  /** What the tokens were asked for (RFC 8707). */
  resource: text,
  /** The authorization server, with as much of its metadata as a refresh needs. */
  issuer: text,
  tokenEndpoint: text,
  revocationEndpoint: text.optional(),
  authMethods: z.array(z.string()).optional(),
  client: z.object({
    client_id: text,
    client_secret: text.optional(),
    token_endpoint_auth_method: text.optional(),
  }),
  /** Absent when the authorization server has ended the login. */
  tokens: z
    .object({
      access: text,
      refresh: text.optional(),
      scope: z.string().optional(),
      expiresAt: z.number().optional(),
    })
    .optional(),
  /** What the server wanted besides (a 403 with `insufficient_scope`), or had let a former login do; for the next one. */
  wanted: z.array(z.string()).optional(),
  at: text,
})

export type OAuthLogin = z.output<typeof loginRecord>
/** A login that could not be kept yet, and the access token of the one that it takes the place of. */
export interface Unsaved {
  readonly login: OAuthLogin
  readonly over?: string | undefined
}

export type Tokens = NonNullable<OAuthLogin['tokens']>

/** Undefined when it is none, as after a change of its form. */
export function parseLogin(json: string): OAuthLogin | undefined {
  try {
    return loginRecord.safeParse(JSON.parse(json)).data
  } catch {
    return undefined
  }
}

/** Under which name a login is kept: another address is another login, whatever the server is called. */
export function loginName(serverId: string, url: URL): string {
  return `${serverId}-${createHash('sha256').update(url.href).digest('hex').slice(0, 16)}`
}

/** All that has to be masked. */
export function secretsOf(serverId: string, login: OAuthLogin): readonly Secret[] {
  const values: readonly [string, string | undefined][] = [
    ['access token', login.tokens?.access],
    ['refresh token', login.tokens?.refresh],
    ['client secret', login.client.client_secret],
  ]
  return values.flatMap(([what, value]) =>
    value === undefined ? [] : [new Secret(value, `${serverId} ${what}`)],
  )
}

/** What a new login has to ask for, so that it may do no less than this one, and what the server has wanted since. */
export function scopesFor({ tokens, wanted }: Pick<OAuthLogin, 'tokens' | 'wanted'>): string[] {
  return unionOfScopes(scopesIn(tokens?.scope), wanted)
}

/** The answer of a token endpoint (RFC 6749, 5.1). */
export interface TokenReply {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  readonly scope?: string | undefined
  readonly expires_in?: number | undefined
}

export function tokensOf(answer: TokenReply, now: number): Tokens {
  const { access_token: access, refresh_token: refresh, scope, expires_in: seconds } = answer
  return {
    access,
    ...(refresh === undefined || refresh === '' ? {} : { refresh }),
    ...(scope === undefined ? {} : { scope }),
    ...(seconds === undefined ? {} : { expiresAt: now + seconds * 1000 }),
  }
}
