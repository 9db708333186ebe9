/** Infisical through the real SDK against a server with its wire shapes: what is read, and each way it fails. */
import { describe, expect, test } from 'vitest'
import type { Store, StoreAnswer, StoreContext, StoreErrorCode } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import {
  startInfisical,
  type FaultKind,
  type FaultOptions,
  type InfisicalServer,
} from '../servers/infisical.mjs'
import { onTestFinished, together } from '../together.ts'

const VALUE = 'ghp_0123456789abcdef'

together()

interface Scene {
  readonly infisical: InfisicalServer
  readonly store: Store
  readonly open: (overrides?: Record<string, string>) => Promise<Store>
}

/** A server for one test, and a store that reads it. */
async function scene(options: Parameters<typeof startInfisical>[0] = {}): Promise<Scene> {
  const infisical = await startInfisical({
    secrets: {
      dev: {
        '/': { ROOT: 'root-value-1' },
        '/github': {
          TOKEN: { secretValue: VALUE, version: 3 },
          KEY: '{"client":{"id":"id-1"}}',
          DANGLING: 'x${NOTHERE}y',
          HIDDEN: { secretValue: '<hidden-by-infisical>', secretValueHidden: true },
        },
        '/mcp': { TOKEN: 'own-value-1' },
      },
    },
    imports: { dev: { '/mcp': ['/github'] } },
    ...options,
  })
  onTestFinished(() => infisical.close())
  const open = async (overrides: Record<string, string> = {}): Promise<Store> => {
    const store = await openStore(
      'team',
      {
        type: 'infisical',
        siteUrl: infisical.url,
        projectId: infisical.projectId,
        environment: '{environment}',
        auth: { method: 'universal-auth', clientId: '${env:ID}', clientSecret: '${env:SECRET}' },
        ...overrides,
      },
      {
        environment: 'dev',
        baseDir: '/',
        env: { ID: infisical.clientId, SECRET: infisical.clientSecret },
      },
    )
    onTestFinished(() => store.close())
    return store
  }
  return { infisical, store: await open(), open }
}

/** Its own signal each time: many listeners on one are a leak to Node. */
const context = (signal = new AbortController().signal): StoreContext => ({ serverId: 'github', signal })

async function read(store: Store, path: string, field?: string, signal?: AbortSignal): Promise<StoreAnswer> {
  const reference = field === undefined ? { path } : { path, field }
  const [answer] = await store.resolve([reference], context(signal))
  if (answer === undefined) throw new Error('no answer')
  return answer
}

describe.concurrent('reads', () => {
  test.each([
    ['/github/TOKEN', undefined, { value: VALUE, version: '3' }],
    ['/ROOT', undefined, { value: 'root-value-1' }],
    ['/github/KEY', 'client.id', { value: 'id-1' }],
    ['/mcp/KEY', 'client.id', { value: 'id-1' }],
    ['/mcp/TOKEN', undefined, { value: 'own-value-1' }],
  ])('%s#%s', async (path, field, expected) => {
    const { store } = await scene()
    expect(await read(store, path, field)).toMatchObject({ ok: true, ...expected })
  })

  test('a batch costs one login and one list a folder, and the next one no login', async () => {
    const { infisical, store } = await scene()
    const paths = ['/github/TOKEN', '/github/KEY', '/ROOT', '/mcp/KEY']
    await store.resolve(
      paths.map((path) => ({ path })),
      context(),
    )
    expect([infisical.count('login'), infisical.count('list')]).toEqual([1, 3])
    await read(store, '/ROOT')
    expect([infisical.count('login'), infisical.count('list')]).toEqual([1, 4])
  })

  test('servers that start together share one list', async () => {
    const { infisical, store } = await scene()
    infisical.fail('slow', { ms: 100 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => read(store, '/github/TOKEN')))
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect([infisical.count('login'), infisical.count('list')]).toEqual([1, 1])
  })

  test('a token is used no longer than the server said', async () => {
    const { infisical, store } = await scene({ expiresIn: 0 })
    await read(store, '/ROOT')
    await read(store, '/ROOT')
    expect(infisical.count('login')).toBe(2)
  })

  test('the URL of the API and a final slash are taken for the site', async () => {
    const { infisical, open } = await scene()
    for (const siteUrl of [`${infisical.url}/`, `${infisical.url}/api`, `${infisical.url}/api/`]) {
      const store = await open({ siteUrl })
      expect(await read(store, '/ROOT')).toMatchObject({ ok: true })
      await store.close()
    }
  })
})

// By itself, so that nobody else could have put it there.
test('another one sees the real fetch while the SDK runs', async () => {
  const { infisical, store } = await scene()
  const before = globalThis.fetch
  infisical.fail('slow', { ms: 50 })
  const reading = read(store, '/ROOT')
  const seen = new Set([globalThis.fetch])
  const timer = setInterval(() => seen.add(globalThis.fetch), 1)
  await reading
  clearInterval(timer)
  expect([...seen]).toEqual([before])
})

describe.concurrent('a reference that is wrong by its text', () => {
  test.each([
    ['TOKEN', 'write ${team:/TOKEN}'],
    ['github/TOKEN', 'write ${team:/github/TOKEN}'],
    ['/github/', 'write ${team:/github/NAME}'],
    ['//github/TOKEN', 'empty folder name'],
  ])('%s', async (path, said) => {
    const { store } = await scene()
    expect(store.validate({ path }).join()).toContain(said)
  })
})

describe.concurrent('a secret that is not there', () => {
  test.each([
    ['/nope/TOKEN', 'not_found', /nothing in folder \/nope of environment "dev"/],
    ['/github/TOKNE', 'not_found', /no TOKNE in folder \/github/],
    ['/github/DANGLING', 'not_found', /refers to another secret/],
    ['/github/HIDDEN', 'denied', /may not see the value of HIDDEN/],
  ])('%s: %s (promise 1)', async (path, code, message) => {
    const { store } = await scene()
    const error = failed(await read(store, path))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.hint).toBeTruthy()
  })

  test('a near name is offered', async () => {
    const { store } = await scene()
    expect(failed(await read(store, '/github/TOKNE')).hint).toBe('did you mean TOKEN?')
  })

  test('one reference does not spoil the others', async () => {
    const { store } = await scene()
    const answers = await store.resolve(
      [{ path: '/nope/X' }, { path: '/github/TOKEN' }, { path: '/github/X' }],
      context(),
    )
    expect(answers.map((answer) => answer.ok)).toEqual([false, true, false])
  })
})

const faults: readonly [FaultKind, FaultOptions, StoreErrorCode, retryable: boolean, RegExp][] = [
  ['html', {}, 'unavailable', false, /does not answer as Infisical does/],
  ['html', { on: 'login' }, 'unavailable', false, /does not answer as Infisical does/],
  ['empty', {}, 'not_found', false, /nothing in folder \/github of environment "dev"/],
  ['drop', {}, 'unavailable', true, /can't be reached/],
  ['drop', { on: 'login' }, 'unavailable', true, /can't be reached/],
  ['rate-limited', { retryAfter: 7 }, 'rate_limited', true, /HTTP 429/],
  ['rate-limited', { on: 'login', retryAfter: 7 }, 'rate_limited', true, /HTTP 429/],
  ['rate-limited-500', { retryAfter: 7 }, 'rate_limited', true, /HTTP 500/],
  ['broken', {}, 'unavailable', true, /HTTP 500/],
  ['expired', {}, 'auth', false, /HTTP 401/],
  ['token-error', {}, 'auth', false, /HTTP 403/],
  ['denied', {}, 'denied', false, /may not read \/github/],
  ['no-project', {}, 'not_found', false, /knows no \/github in environment "dev"/],
  ['echo', {}, 'invalid_reference', false, /HTTP 422/],
  ['echo', { on: 'login' }, 'unavailable', false, /HTTP 422/],
  ['redirect', { location: 'https://elsewhere.example/' }, 'unavailable', false, /redirects/],
  ['redirect', { on: 'login', location: 'https://elsewhere.example/' }, 'unavailable', false, /redirects/],
]

describe.concurrent('a back end that fails', () => {
  test.each(faults)('%s %j: %s, retryable %s', async (kind, options, code, retryable, message) => {
    const { infisical, store } = await scene()
    infisical.fail(kind, options)
    const error = failed(await read(store, '/github/TOKEN'))
    expect(error).toMatchObject({
      code,
      retryable,
      retryAfterMs: options.retryAfter === undefined ? undefined : 7000,
    })
    expect(error.message).toMatch(message)
    expect(error.hint).toBeTruthy()
  })

  test.each(['rate-limited', 'broken', 'drop'] as const)(
    '%s is asked once: retrying is decided above',
    async (kind) => {
      const { infisical, store } = await scene()
      infisical.fail(kind)
      await read(store, '/github/TOKEN')
      expect(infisical.count('list')).toBe(1)
    },
  )

  test('nothing that an error body echoes is passed on (promise 3)', async () => {
    const { infisical, store } = await scene()
    const told: unknown[] = []
    for (const on of ['login', 'list'] as const) {
      infisical.fail('echo', { on, times: 1 })
      const error = failed(await read(store, '/github/TOKEN'))
      told.push(error.message, error.hint, error.stack, String(error.cause), JSON.stringify(error))
    }
    const text = told.join('\n')
    for (const secret of [infisical.clientSecret, infisical.clientId, ...infisical.tokens]) {
      expect(text).not.toContain(secret)
    }
    expect(text).not.toMatch(/Invalid request|Bearer/)
  })

  test('wrong credentials are told without the credentials (promise 3)', async () => {
    const { infisical } = await scene()
    const auth = {
      method: 'universal-auth' as const,
      clientId: 'client-id',
      clientSecret: 'wrong-secret-123',
    }
    const wrong = await openStore(
      'team',
      { type: 'infisical', siteUrl: infisical.url, projectId: 'p', environment: 'dev', auth },
      { environment: undefined, baseDir: '/', env: {} },
    )
    onTestFinished(() => wrong.close())
    const error = failed(await read(wrong, '/github/TOKEN'))
    expect(error.code).toBe('auth')
    expect(`${error.message} ${error.hint}`).not.toContain('wrong-secret')
  })
})

describe.concurrent('a token that is refused', () => {
  test.each(['expired', 'token-error'] as const)('%s: logged in again, once', async (kind) => {
    const { infisical, store } = await scene()
    await read(store, '/ROOT')
    infisical.fail(kind, { times: 1 })
    expect(await read(store, '/github/TOKEN')).toMatchObject({ ok: true, value: VALUE })
    expect(infisical.count('login')).toBe(2)
  })

  test('many readers log in again together', async () => {
    const { infisical, store } = await scene()
    await read(store, '/ROOT')
    infisical.expireTokens()
    const answers = await store.resolve(
      [{ path: '/ROOT' }, { path: '/github/TOKEN' }, { path: '/mcp/KEY' }],
      context(),
    )
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect(infisical.count('login')).toBe(2)
  })
})

describe.concurrent('time', () => {
  test.for([
    ['stall', 'list'],
    ['hang', 'list'],
    ['stall', 'login'],
    ['hang', 'login'],
  ] as const)(
    'a %s at %s ends with its signal and leaves no request open',
    async ([kind, on], { expect }) => {
      const { infisical, store } = await scene()
      infisical.fail(kind, { on })
      const controller = new AbortController()
      setTimeout(() => controller.abort(new Error('too late')), 150)
      const answer = await read(store, '/github/TOKEN', undefined, controller.signal)
      expect(answer.ok).toBe(false)
      await expect.poll(() => infisical.openRequests()).toBe(0)
    },
  )

  test('one reader that gives up does not end the list that another waits for', async () => {
    const { infisical, store } = await scene()
    infisical.fail('slow', { ms: 200 })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('gone')), 50)
    const [gone, kept] = await Promise.all([
      read(store, '/github/TOKEN', undefined, controller.signal),
      read(store, '/github/TOKEN'),
    ])
    expect([gone.ok, kept.ok]).toEqual([false, true])
    expect(infisical.count('list')).toBe(1)
  })
})

describe.concurrent('close', () => {
  test('gives its token back (promise 8)', async () => {
    const { infisical, store } = await scene()
    await read(store, '/ROOT')
    expect(infisical.tokens.size).toBe(1)
    await store.close()
    expect(infisical.tokens.size).toBe(0)
    expect(infisical.requests.at(-1)?.on).toBe('revoke')
  })

  test.each(['hang', 'stall', 'drop', 'broken'] as const)(
    'waits for no end of revoking when it meets %s',
    async (kind) => {
      const { infisical, store } = await scene()
      await read(store, '/ROOT')
      infisical.fail(kind, { on: 'revoke' })
      await store.close()
    },
  )

  test('without a login there is nothing to give back', async () => {
    const { infisical, store } = await scene()
    await store.close()
    expect(infisical.requests).toHaveLength(0)
  })
})

describe.concurrent('siteUrl', () => {
  test.each([
    ['http://infisical.example', /unencrypted/],
    ['app.infisical.com', /not the URL/],
    ['ftp://app.infisical.com', /not the URL/],
    ['https://user:pass@app.infisical.com', /not the URL/],
  ])('%s is refused', async (siteUrl, message) => {
    const { open } = await scene()
    await expect(open({ siteUrl })).rejects.toThrow(message)
  })
})

function failed(answer: StoreAnswer): Extract<StoreAnswer, { ok: false }>['error'] {
  if (answer.ok) throw new Error('it was resolved')
  return answer.error
}
