/**
 * Vault's HTTP API as OpenBao speaks it too: where a path leads, which headers go along, and what an answer comes to
 * in our words. A 403 is told apart elsewhere (session.ts): Vault answers it for an expired token as for a
 * policy's refusal.
 */
import { z } from 'zod'
import { members } from '../../../json/named.ts'
import { StoreError } from '../../store.ts'
import { explain, notThem, parseObject, type BackEnd } from '../shared/http.ts'
import type { StoreReply, Send } from '../shared/transport.ts'

export interface Vault {
  readonly send: Send
  readonly backEnd: BackEnd
  readonly namespace: string | undefined
}

/** Words of Vault's errors that mean more than their status. */
const WORDS = { unknownLease: /lease not found|invalid lease/i }

const replySchema = z.object({
  lease_id: z.string().nullish(),
  lease_duration: z.number().nullish(),
  renewable: z.boolean().nullish(),
  data: members(z.unknown()).nullish(),
  auth: z
    .object({
      client_token: z.string().min(1),
      lease_duration: z.number(),
      renewable: z.boolean(),
      token_type: z.string().nullish(),
    })
    .nullish(),
})

export type VaultBody = z.output<typeof replySchema>

export interface VaultRequest {
  readonly method?: 'GET' | 'POST' | 'PUT'
  /** Below /v1, each part as it is meant. */
  readonly path: string
  readonly body?: object
  /** Of a GET that makes a lease. */
  readonly hasEffect?: true
}

export function askVault(
  { send, backEnd, namespace }: Vault,
  { method = 'GET', path, body, hasEffect }: VaultRequest,
  token: string | undefined,
  signal: AbortSignal,
): Promise<StoreReply> {
  const headers = {
    // Vault Agent and Vault Proxy may insist on it, as a guard against forged requests of a browser.
    'x-vault-request': 'true',
    ...(token === undefined ? {} : { 'x-vault-token': token }),
    ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const url = `${backEnd.site}/v1/${encodePath(path)}`
  const content = body === undefined ? {} : { body: JSON.stringify(body) }
  const effect = hasEffect === undefined ? {} : { hasEffect }
  return send(url, { method, headers, ...content, ...effect }, signal, WORDS)
}

/** The reply's envelope; undefined when the answer is not one of Vault's. */
export function parseVault({ body }: StoreReply): VaultBody | undefined {
  const parsed = replySchema.safeParse(body === undefined ? undefined : parseObject(body))
  return parsed.success ? parsed.data : undefined
}

export function explainVault(reply: StoreReply, { backEnd }: Vault): StoreError {
  const { status } = reply
  const who = `Vault at ${backEnd.site}`
  if (status !== undefined && status >= 200 && status < 300)
    return notThem(backEnd, 'answered with something else')
  if (status === 412) {
    return new StoreError('unavailable', `${who} has not caught up with its own writes yet (HTTP 412)`, {
      hint: 'it is asked again by itself in a moment',
      retryable: true,
      ...(reply.retryAfterMs !== undefined && { retryAfterMs: reply.retryAfterMs }),
    })
  }
  if (status === 503) {
    return new StoreError('unavailable', `${who} is sealed or in maintenance (HTTP 503)`, {
      hint: 'unseal it; it is asked again by itself',
      retryable: true,
      ...(reply.retryAfterMs !== undefined && { retryAfterMs: reply.retryAfterMs }),
    })
  }
  if (status === 307 || status === 308) {
    return new StoreError(
      'unavailable',
      `${who} is a standby node that sends clients elsewhere (HTTP ${status})`,
      {
        hint: "name the active node or the cluster's own address in address: of the store",
      },
    )
  }
  return explain(reply, backEnd)
}

/** @param or what else Vault answers in the same way, since it doesn't tell what there is from what may be read */
export function deniedHere(what: string, capability: string, or?: string): StoreError {
  const hint = `add ${capability} to a policy of the role that sidemux logs in with`
  return new StoreError('denied', `this login's policies don't allow it to ${what}`, {
    hint: or === undefined ? hint : `${hint}, or ${or}: Vault answers a wrong one in the same way`,
  })
}

/** `team/kv` as it goes into a URL; nothing in it can reach another endpoint. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** What is wrong with a path below a mount, as sentences. */
export function checkVaultPath(alias: string, path: string): readonly string[] {
  if (!path.startsWith('/')) return [`"${path}" does not begin with /; write \${${alias}:/${path}#FIELD}`]
  const parts = path.slice(1).split('/')
  if (parts.includes('')) return [`"${path}" has an empty part; write it as /path/to/secret`]
  return parts.some((part) => part === '.' || part === '..') ? [`"${path}" may not hold . or ..`] : []
}
