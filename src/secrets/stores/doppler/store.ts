/**
 * Doppler: one HTTPS request brings a whole config, so a batch costs one, and servers that start together share it.
 * Values are computed by Doppler, references inside them included. Watching asks with the ETag and, as long as nothing
 * changed, gets an answer without a body.
 */
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import { SingleFlight } from '../../single-flight.ts'
import {
  asStoreError,
  failure,
  StoreError,
  type Store,
  type StoreAnswer,
  type StoreReference,
} from '../../store.ts'
import type { DopplerOptions } from './options.ts'
import { Fingerprint } from '../shared/fingerprint.ts'
import {
  baseUrl,
  explain,
  notThem,
  parseObject,
  senderFor,
  type BackEnd,
  type StoreReply,
} from '../shared/http.ts'
import type { Look } from '../shared/poll.ts'
import { SharedWatch } from '../shared/shared-watch.ts'
import type { Settings } from '../settings.ts'

const SITE = 'https://api.doppler.com'

export async function openDoppler(options: DopplerOptions, settings: Settings): Promise<Store> {
  const { alias } = settings
  const site = baseUrl(await settings.text('siteUrl', options.siteUrl ?? SITE), settings, 'siteUrl', SITE)
  const token = await settings.text('token', options.token)
  const url = new URL(`${site}/v3/configs/config/secrets/download`)
  url.searchParams.set('format', 'json')
  // A dynamic secret would be issued by every read, and nobody would give it back.
  url.searchParams.set('include_dynamic_secrets', 'false')
  for (const key of ['project', 'config'] as const) {
    const value = options[key]
    if (value !== undefined) url.searchParams.set(key, await settings.withEnvironment(key, value))
  }
  const backEnd: BackEnd = { name: 'Doppler', site, setting: 'siteUrl' }
  const send = await senderFor(settings)
  const watches = new SharedWatch<ReadonlyMap<string, unknown>>(settings.context.pollMs, settings.wishes)
  const lists = new SingleFlight<ReadonlyMap<string, unknown>>()

  const ask = (signal: AbortSignal, etag?: string): Promise<StoreReply> => {
    const known = etag === undefined ? {} : { 'if-none-match': etag }
    return send(
      url,
      { headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...known } },
      signal,
    )
  }

  const list = async (signal: AbortSignal): Promise<ReadonlyMap<string, unknown>> =>
    valuesOf(await ask(signal))

  let etag: string | undefined
  async function look(signal: AbortSignal, afresh: boolean): Promise<ReadonlyMap<string, unknown> | 'same'> {
    const reply = await ask(signal, afresh ? undefined : etag)
    if (reply.status === 304) return 'same'
    const values = valuesOf(reply)
    etag = reply.etag
    return values
  }

  function valuesOf(reply: StoreReply): ReadonlyMap<string, unknown> {
    const values = reply.body === undefined ? undefined : parseObject(reply.body)
    if (values === undefined) throw explainList(reply, backEnd)
    return new Map(Object.entries(values))
  }

  function pick(values: ReadonlyMap<string, unknown>, { path, field }: StoreReference): StoreAnswer {
    const value = values.get(path)
    if (typeof value === 'string') return pickField(value, field, `${alias}:${path}`)
    const near = nearestName(path, values.keys())
    return failure('not_found', `this Doppler config has no ${path}`, {
      hint: near === undefined ? 'add it in Doppler, or correct the reference' : `did you mean ${near}?`,
    })
  }

  return {
    type: 'doppler',
    validate: ({ path }) =>
      /^[A-Z_][A-Z0-9_]*$/.test(path) ? [] : [`"${path}" is not a name of Doppler's: A-Z, 0-9 and _`],
    async resolve(references, { signal }) {
      try {
        const values = await lists.run('list', signal, list)
        return references.map((reference) => pick(values, reference))
      } catch (error) {
        const failed: StoreAnswer = {
          ok: false,
          error: asStoreError(error, `Doppler at ${site} can't be read`),
        }
        return references.map(() => failed)
      }
    },
    watch(references, onChange, onLook) {
      const fingerprint = new Fingerprint()
      const print = (values: ReadonlyMap<string, unknown>): Look =>
        fingerprint.of(references.map((reference) => pick(values, reference)))
      return watches.watch([{ key: 'list', ask: look, print }], onChange, onLook)
    },
    close() {
      lists.close(new StoreError('unavailable', 'sidemux is stopping'))
      return Promise.resolve()
    },
  }
}

function explainList(reply: StoreReply, backEnd: BackEnd): StoreError {
  const { status } = reply
  if (status === 200) return notThem(backEnd, 'answered with something else')
  if (status === 401) {
    return new StoreError('auth', `Doppler at ${backEnd.site} refuses the token (HTTP 401)`, {
      hint: 'check token: of the store; a service token can be revoked or expire',
    })
  }
  if (status === 403) {
    return new StoreError('denied', 'this Doppler token may not read that config (HTTP 403)', {
      hint: 'give its identity access to the config, or use a service token of that config',
    })
  }
  if (status === 404 || status === 400) {
    return new StoreError('not_found', `Doppler knows no such project or config (HTTP ${status})`, {
      hint: 'check project: and config: of the store; a personal or service-account token needs both',
    })
  }
  return explain(reply, backEnd)
}
