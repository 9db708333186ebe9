/**
 * Leases of Infisical's dynamic secrets, by plain requests: the SDK sends a creation up to five times when the answer is
 * lost, and its types are not what the server answers. `/db/POSTGRES_READONLY` is the dynamic secret of that name in
 * the folder /db of the store's project and environment.
 *
 * - Every request needs the folder again, so our id of a lease is its folder and its own id: `/db/<id>`.
 * - A renewal adds to the time that is left. To come to the wished life, what is left is taken off first.
 * - A revocation that failed is a 200 whose lease says so; Infisical goes on trying by itself.
 * - Times are the server's. Where its clock and ours differ, they are told on ours.
 */
import { z } from 'zod'
import { members } from '../../../json/named.ts'
import { Secret } from '../../secret.ts'
import {
  StoreError,
  type Lease,
  type Revocation,
  type StoreContext,
  type StoreReference,
} from '../../store.ts'
import { json, neverRetried, notThem, parseObject } from '../shared/http.ts'
import { checkPath, splitPath, type Project } from './answers.ts'
import { bearer, explainInfisical, isTokenRefused, INFISICAL_WORDS, type Infisical } from './http.ts'
import type { InfisicalSession } from './session.ts'
import type { StoreReply } from '../shared/transport.ts'

/** The server takes no less. */
const MIN_TTL_MS = 60_000
/** The Date header has whole seconds and the request takes its time. */
const CLOCK_TOLERANCE_MS = 2000

const leaseSchema = z.object({
  lease: z.object({ id: z.string().min(1), expireAt: z.iso.datetime({ offset: true }) }),
  data: members(z.unknown()).optional(),
})

export class InfisicalLeases {
  readonly #infisical: Infisical
  readonly #project: Project
  readonly #session: InfisicalSession
  #slug: string | undefined

  constructor(infisical: Infisical, project: Project, session: InfisicalSession) {
    this.#infisical = infisical
    this.#project = project
    this.#session = session
  }

  async lease(
    { path }: StoreReference,
    ttlMs: number | undefined,
    { serverId, signal }: StoreContext,
  ): Promise<Lease> {
    const place = this.#checked(path, ttlMs)
    const ttl = ttlMs === undefined ? {} : { ttl: seconds(ttlMs) }
    const body = { dynamicSecretName: place.key, path: place.folder, ...ttl }
    const reply = await this.#ask('POST', '', body, signal)
    const made = parse(reply)
    if (made === undefined) throw this.#explainCreation(reply, path)
    const label = (field: string): string => `${serverId}.${path}#${field}`
    const fields = Object.entries(made.data ?? {}).map(([name, value]): [string, Secret] => [
      name,
      new Secret(textOf(value), label(name)),
    ])
    const id = `${place.folder === '/' ? '' : place.folder}/${made.lease.id}`
    return { id, fields: new Map(fields), expiresAt: onOurClock(made.lease.expireAt, reply), renewable: true }
  }

  async renew(
    lease: Lease,
    ttlMs: number | undefined,
    { signal }: Pick<StoreContext, 'signal'>,
  ): Promise<Lease | 'not-renewable'> {
    const { folder, key } = splitPath(lease.id)
    const left = Math.max(0, lease.expiresAt - Date.now())
    const ttl = ttlMs === undefined ? {} : { ttl: seconds(Math.max(MIN_TTL_MS, ttlMs - left)) }
    const reply = await this.#ask(
      'POST',
      `/${encodeURIComponent(key)}/renew`,
      { path: folder, ...ttl },
      signal,
    )
    const renewed = parse(reply)
    if (renewed !== undefined) return { ...lease, expiresAt: onOurClock(renewed.lease.expireAt, reply) }
    // Its end is reached, or it is gone: either way another one is due.
    if (reply.status === 400 || reply.status === 404) return 'not-renewable'
    throw this.#explainLease(reply, 'renew leases')
  }

  async revoke({ id }: Pick<Lease, 'id'>, { signal }: Pick<StoreContext, 'signal'>): Promise<Revocation> {
    const { folder, key } = splitPath(id)
    const reply = await this.#ask('DELETE', `/${encodeURIComponent(key)}`, { path: folder }, signal)
    if (reply.told?.includes('unknownLease') === true) return 'gone'
    const answered = reply.body === undefined ? undefined : parseObject(reply.body)?.['lease']
    if (answered === null || typeof answered !== 'object') return 'failed'
    const status = 'status' in answered ? answered.status : undefined
    return typeof status === 'string' && /fail/i.test(status) ? 'failed' : 'revoked'
  }

  async lookUp(
    { id }: Pick<Lease, 'id'>,
    { signal }: Pick<StoreContext, 'signal'>,
  ): Promise<'alive' | 'ended'> {
    const { folder, key } = splitPath(id)
    const reply = await this.#ask('GET', `/${encodeURIComponent(key)}`, { path: folder }, signal)
    if (parse(reply) !== undefined) return 'alive'
    // Older servers answer 400 for what isn't there, and for other things.
    if (reply.told?.includes('unknownLease') === true) return 'ended'
    throw this.#explainLease(reply, 'read leases')
  }

  async #ask(
    method: 'GET' | 'POST' | 'DELETE',
    below: string,
    facts: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<StoreReply> {
    const { send, backEnd } = this.#infisical
    const projectSlug = (this.#slug ??= await this.#lookUpSlug(signal))
    const where = { projectSlug, environmentSlug: this.#project.environment, ...facts }
    const url = `${backEnd.site}/api/v1/dynamic-secrets/leases${below}`
    const { reply } = await this.#session.use(signal, async (token) => ({
      reply:
        method === 'GET'
          ? await send(
              `${url}?${new URLSearchParams(where).toString()}`,
              { headers: bearer(token) },
              signal,
              INFISICAL_WORDS,
            )
          : await send(url, json(method, where, bearer(token)), signal, INFISICAL_WORDS),
    }))
    return reply
  }

  /** Secrets are asked for by the project's id, leases by its slug. */
  async #lookUpSlug(signal: AbortSignal): Promise<string> {
    const { send, backEnd } = this.#infisical
    const { projectId } = this.#project
    const url = `${backEnd.site}/api/v1/workspace/${encodeURIComponent(projectId)}`
    const { reply } = await this.#session.use(signal, async (token) => ({
      reply: await send(url, { headers: bearer(token) }, signal, INFISICAL_WORDS),
    }))
    const workspace = reply.body === undefined ? undefined : parseObject(reply.body)?.['workspace']
    if (workspace !== null && typeof workspace === 'object' && 'slug' in workspace) {
      if (typeof workspace.slug === 'string') return workspace.slug
    }
    if (reply.status === 404) {
      throw new StoreError('not_found', `Infisical knows no project ${projectId}`, {
        hint: 'check projectId',
      })
    }
    throw this.#explainLease(reply, 'read the project')
  }

  #checked(path: string, ttlMs: number | undefined): ReturnType<typeof splitPath> {
    const absolute = path.startsWith('/') ? path : `/${path}`
    const [problem] = checkPath(this.#project.alias, absolute)
    if (problem !== undefined)
      throw new StoreError('invalid_reference', problem, { hint: 'correct path: of the lease' })
    if (ttlMs !== undefined && ttlMs < MIN_TTL_MS) {
      throw new StoreError('invalid_reference', 'Infisical leases nothing for less than a minute', {
        hint: 'write ttl: 1m or more',
      })
    }
    return splitPath(absolute)
  }

  #explainCreation(reply: StoreReply, path: string): StoreError {
    const { environment } = this.#project
    const told = reply.told ?? []
    if (told.includes('plan')) {
      return new StoreError('denied', "this Infisical's plan has no dynamic secrets", {
        hint: 'use a static secret, or a plan with dynamic secrets',
      })
    }
    if (told.includes('tooLong')) {
      return new StoreError('invalid_reference', `the ttl is longer than ${path} in Infisical allows`, {
        hint: "write a shorter ttl:, or raise the dynamic secret's maximum",
      })
    }
    if (reply.status === 404) {
      return new StoreError(
        'not_found',
        `Infisical has no dynamic secret ${path} in environment "${environment}"`,
        {
          hint: 'check path: of the lease, and projectId and environment of the store',
        },
      )
    }
    return neverRetried(this.#explainLease(reply, `lease ${path}`), reply)
  }

  #explainLease(reply: StoreReply, what: string): StoreError {
    if (isTokenRefused(reply)) return this.#session.refusal(reply)
    if (reply.status === 403) {
      return new StoreError(
        'denied',
        `this machine identity may not ${what} in environment "${this.#project.environment}"`,
        {
          hint: 'give the identity a role in the project with the permission to lease dynamic secrets',
        },
      )
    }
    if (reply.status === 404) {
      return new StoreError('not_found', 'Infisical knows no such project, environment or folder', {
        hint: 'check projectId and environment of the store, and path: of the lease',
      })
    }
    return reply.status !== undefined && reply.body !== undefined
      ? notThem(this.#infisical.backEnd, 'answered about a lease with something else')
      : explainInfisical(reply, this.#infisical)
  }
}

function parse({ body }: StoreReply): z.output<typeof leaseSchema> | undefined {
  const parsed = leaseSchema.safeParse(body === undefined ? undefined : parseObject(body))
  return parsed.success ? parsed.data : undefined
}

function onOurClock(serverSays: string, { serverTime }: StoreReply): number {
  const ahead = serverTime === undefined ? 0 : serverTime - Date.now()
  return Date.parse(serverSays) - (Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0)
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
