/**
 * Infisical's static secrets through @infisical/sdk, the only file that knows the SDK, loaded at the first read.
 * `${team:/github/TOKEN}` is the secret TOKEN in the folder /github of the store's project and environment; a
 * batch costs one list a folder, and servers that start together share it. Watching asks with the ETag and, as long as
 * nothing changed, gets an answer without a body. Leases are in leases.ts.
 *
 * Only listSecretsWithImports is used: getSecret sends `includeImports` where the server reads `include_imports`. The
 * SDK has no option for a timeout, a proxy or a transport, gives a body no time limit, and for up to a minute asks
 * again when a request failed or was limited; see `listWith` for how that is kept off. What it throws is never read.
 */
import type { Secret as ListedSecret, InfisicalSDK } from '@infisical/sdk'
import { abortable } from '../../abort.ts'
import { SingleFlight } from '../../single-flight.ts'
import { asStoreError, StoreError, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import { Fingerprint } from '../shared/fingerprint.ts'
import { baseUrl } from '../shared/http.ts'
import { checkPath, DEFAULT_SITE, explainList, pick, splitPath, type Project } from './answers.ts'
import { isTokenRefused, INFISICAL_WORDS, type Infisical } from './http.ts'
import { InfisicalLeases } from './leases.ts'
import { infisicalLogin } from './login.ts'
import { InfisicalSession } from './session.ts'
import type { InfisicalOptions } from './options.ts'
import type { Look } from '../shared/poll.ts'
import { SharedWatch, type StoreQuery } from '../shared/shared-watch.ts'
import type { Settings } from '../settings.ts'
import { senderFor, type StoreReply, type Send } from '../shared/transport.ts'

export async function openInfisical(options: InfisicalOptions, settings: Settings): Promise<Store> {
  const address = await settings.text('siteUrl', options.siteUrl ?? DEFAULT_SITE)
  // People also give the URL of the API.
  const site = baseUrl(address, settings, 'siteUrl', DEFAULT_SITE).replace(/\/api$/, '')
  const infisical: Infisical = {
    send: await senderFor(settings, options.caCert),
    backEnd: { name: 'Infisical', site, setting: 'siteUrl' },
  }
  const project: Project = {
    alias: settings.alias,
    projectId: await settings.text('projectId', options.projectId),
    environment: await settings.withEnvironment('environment', options.environment),
  }
  const session = new InfisicalSession(infisical, await infisicalLogin(options.auth, settings, infisical))
  const leases = new InfisicalLeases(infisical, project, session)
  const folders = { infisical, project, session }
  const lists = new SingleFlight<readonly ListedSecret[]>()
  const watches = new SharedWatch<readonly ListedSecret[]>(settings.context.pollMs, settings.wishes)

  async function answer(reference: StoreReference, signal: AbortSignal): Promise<StoreAnswer> {
    const place = splitPath(reference.path)
    try {
      const listed = await lists.run(place.folder, signal, async (signal) => {
        const { reply, secrets } = await list(folders, place.folder, signal)
        if (secrets !== undefined) return secrets
        throw explain(reply, place.folder)
      })
      return pick(project, listed, reference, place)
    } catch (error) {
      return { ok: false, error: asStoreError(error, `Infisical at ${site} can't be read`) }
    }
  }

  function explain(reply: StoreReply, folder: string): StoreError {
    return isTokenRefused(reply) ? session.refusal(reply) : explainList(reply, infisical, project, folder)
  }

  /** What the watch of one folder asks. */
  function looker(folder: string): StoreQuery<readonly ListedSecret[]> {
    let etag: string | undefined
    return async (signal, afresh) => {
      const { reply, secrets } = await list(folders, folder, signal, afresh ? undefined : etag)
      if (reply.status === 304) return 'same'
      if (secrets === undefined) throw explain(reply, folder)
      etag = reply.etag
      return secrets
    }
  }

  return {
    type: 'infisical',
    validate: ({ path }) => checkPath(settings.alias, path),
    resolve: (references, { signal }) =>
      Promise.all(references.map((reference) => answer(reference, signal))),
    lease: (reference, ttlMs, context) => leases.lease(reference, ttlMs, context),
    renew: (lease, ttlMs, context) => leases.renew(lease, ttlMs, context),
    revoke: (lease, context) => leases.revoke(lease, context),
    lookUp: (lease, context) => leases.lookUp(lease, context),
    watch(references, onChange, onLook) {
      const folders = new Set(references.map(({ path }) => splitPath(path).folder))
      const wanted = [...folders].map((folder) => {
        const fingerprint = new Fingerprint()
        const within = references.filter(({ path }) => splitPath(path).folder === folder)
        const print = (secrets: readonly ListedSecret[]): Look =>
          fingerprint.of(
            within.map((reference) => pick(project, secrets, reference, splitPath(reference.path))),
          )
        return { key: folder, ask: looker(folder), print }
      })
      return watches.watch(wanted, onChange, onLook)
    },
    async close() {
      lists.close(new StoreError('unavailable', 'sidemux is stopping'))
      await session.close()
    },
  }
}

interface Folders {
  readonly infisical: Infisical
  readonly project: Project
  readonly session: InfisicalSession
}

interface Listing {
  readonly reply: StoreReply
  /** Present when the answer was a list. */
  readonly secrets?: readonly ListedSecret[]
}

/** One folder with what it imports; `etag` is of an answer that is known already. */
async function list(
  { infisical, project, session }: Folders,
  folder: string,
  signal: AbortSignal,
  etag?: string,
): Promise<Listing> {
  const { InfisicalSDK } = await import('@infisical/sdk')
  const known = etag === undefined ? {} : { 'if-none-match': etag }
  return session.use(signal, (token) => {
    const sdk = new InfisicalSDK({ siteUrl: infisical.backEnd.site }).auth().accessToken(token)
    const send: Send = (url, { headers }, signal) =>
      infisical.send(url, { headers: { ...headers, ...known } }, signal, INFISICAL_WORDS)
    return listWith(sdk, send, project, folder, signal)
  })
}

/**
 * The SDK calls the global `fetch` before its first await. For just that synchronous moment, in which no other
 * code can run, `fetch` is one that sends by our own transport, honours our signal to the end of the body and
 * answers a failure or a 429 as an empty 503, which the SDK doesn't repeat. So nothing of a call is left behind, neither
 * a timer nor a socket. Should an SDK call it later, it gets the real one, and the signal still ends our waiting.
 */
async function listWith(
  sdk: InfisicalSDK,
  send: Send,
  { projectId, environment }: Project,
  folder: string,
  signal: AbortSignal,
): Promise<Listing> {
  let reply: StoreReply = {}
  const realFetch = globalThis.fetch
  globalThis.fetch = async (url, init) => {
    const asked = { headers: headersOf(init ?? {}) }
    reply = await send(url instanceof Request ? url.url : url, asked, signal).catch((): StoreReply => ({}))
    return new Response(reply.body ?? null, { status: reply.body === undefined ? 503 : 200 })
  }
  let listed: Promise<readonly ListedSecret[] | undefined>
  try {
    listed = sdk.secrets().listSecretsWithImports({ projectId, environment, secretPath: folder })
  } finally {
    globalThis.fetch = realFetch
  }
  const secrets = await abortable(
    listed.catch(() => undefined),
    signal,
  )
  signal.throwIfAborted()
  return Array.isArray(secrets) ? { reply, secrets } : { reply }
}

function headersOf({ headers }: RequestInit): Record<string, string> {
  return Object.fromEntries(new Headers(headers))
}
