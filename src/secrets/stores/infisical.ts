/**
 * Infisical's static secrets through @infisical/sdk, the only file that knows the SDK, loaded at the first read.
 * `${team:/github/TOKEN}` is the secret TOKEN in the folder /github of the store's project and environment; a
 * batch costs one list a folder, and servers that start together share it.
 *
 * Only listSecretsWithImports is used: getSecret sends `includeImports` where the server reads `include_imports`. The
 * SDK has no option for a timeout or a transport, gives a body no time limit, and for up to a minute asks again
 * when a request failed or was limited; see `listWith` for how that is kept off. What the SDK throws is never read.
 */
import type { Secret as ListedSecret, InfisicalSDK } from '@infisical/sdk'
import { abortable } from '../abort.ts'
import type { StoreOptions } from '../options.ts'
import { SingleFlight } from '../single-flight.ts'
import { asStoreError, StoreError, type Store, type StoreAnswer, type StoreReference } from '../store.ts'
import {
  checkPath,
  checkSite,
  DEFAULT_SITE,
  explainList,
  isTokenRefused,
  pick,
  split,
  type Project,
} from './infisical-answers.ts'
import { exchange, type Exchange } from './infisical-http.ts'
import { InfisicalSession } from './infisical-session.ts'
import type { Settings } from './settings.ts'

export async function openInfisical(
  options: Extract<StoreOptions, { type: 'infisical' }>,
  settings: Settings,
): Promise<Store> {
  const site = checkSite(await settings.text('siteUrl', options.siteUrl ?? DEFAULT_SITE), settings)
  const project: Project = {
    alias: settings.alias,
    site,
    projectId: await settings.text('projectId', options.projectId),
    environment: await settings.withEnvironment('environment', options.environment),
  }
  const session = new InfisicalSession(site, {
    clientId: await settings.text('auth.clientId', options.auth.clientId),
    clientSecret: await settings.text('auth.clientSecret', options.auth.clientSecret),
  })
  const lists = new SingleFlight<readonly ListedSecret[]>()

  async function answer(reference: StoreReference, signal: AbortSignal): Promise<StoreAnswer> {
    const place = split(reference.path)
    try {
      const listed = await lists.run(place.folder, signal, (signal) =>
        list(project, session, place.folder, signal),
      )
      return pick(project, listed, reference, place)
    } catch (error) {
      return { ok: false, error: asStoreError(error, `Infisical at ${site} can't be read`) }
    }
  }

  return {
    type: 'infisical',
    validate: ({ path }) => checkPath(settings.alias, path),
    resolve: (references, { signal }) =>
      Promise.all(references.map((reference) => answer(reference, signal))),
    async close() {
      lists.close(new StoreError('unavailable', 'sidemux is stopping'))
      await session.close()
    },
  }
}

/** One folder with what it imports. A refused token is replaced once. */
async function list(
  project: Project,
  session: InfisicalSession,
  folder: string,
  signal: AbortSignal,
): Promise<readonly ListedSecret[]> {
  const { InfisicalSDK } = await import('@infisical/sdk')
  const ask = (token: string): Promise<Listing> => {
    const sdk = new InfisicalSDK({ siteUrl: project.site }).auth().accessToken(token)
    return listWith(sdk, project, folder, signal)
  }
  const first = await session.token(signal)
  let listing = await ask(first)
  if (isTokenRefused(listing.answer)) listing = await ask(await session.token(signal, first))
  if (listing.secrets !== undefined) return listing.secrets
  throw explainList(listing.answer, project, folder)
}

interface Listing {
  readonly answer: Exchange
  /** Present when the answer was a list. */
  readonly secrets?: readonly ListedSecret[]
}

/**
 * The SDK calls the global `fetch` before its first await. For just that synchronous moment, in which no other
 * code can run, `fetch` is one that honours our signal to the end of the body and answers a failure or a 429 as an
 * empty 503, which the SDK doesn't repeat. So nothing of a call is left behind, neither a timer nor a socket.
 * Should an SDK call it later, it gets the real one, and the signal still ends our waiting.
 */
async function listWith(
  sdk: InfisicalSDK,
  { projectId, environment }: Project,
  folder: string,
  signal: AbortSignal,
): Promise<Listing> {
  let answer: Exchange = {}
  const realFetch = globalThis.fetch
  globalThis.fetch = async (url, init) => {
    answer = await exchange(url, init ?? {}, signal, realFetch).catch((): Exchange => ({}))
    return new Response(answer.body ?? null, { status: answer.body === undefined ? 503 : 200 })
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
  return Array.isArray(secrets) ? { answer, secrets } : { answer }
}
