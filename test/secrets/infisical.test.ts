/** Infisical through the real SDK against a server with its wire shapes: what is read, and each way it fails. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { controllerForMany } from '../../src/cancellation.ts'
import type { Store, StoreAnswer, StoreErrorCode } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import {
  startInfisical,
  type FaultKind,
  type FaultOptions,
  type InfisicalServer,
} from '../servers/infisical.mjs'

const VALUE = 'ghp_0123456789abcdef'
const PIN = { serverId: 'github', signal: controllerForMany().signal }

let infisical: InfisicalServer
let store: Store

beforeEach(async () => {
  infisical = await startInfisical({
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
  })
  store = await open()
})

afterEach(async () => {
  await store.close()
  await infisical.close()
})

function open(overrides: Record<string, string> = {}): Promise<Store> {
  return openStore(
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
}

async function read(path: string, field?: string, signal = PIN.signal): Promise<StoreAnswer> {
  const [answer] = await store.resolve([field === undefined ? { path } : { path, field }], { ...PIN, signal })
  if (answer === undefined) throw new Error('no answer')
  return answer
}

describe('reads', () => {
  test.each([
    ['/github/TOKEN', undefined, { value: VALUE, version: '3' }],
    ['/ROOT', undefined, { value: 'root-value-1' }],
    ['/github/KEY', 'client.id', { value: 'id-1' }],
    ['/mcp/KEY', 'client.id', { value: 'id-1' }],
    ['/mcp/TOKEN', undefined, { value: 'own-value-1' }],
  ])('%s#%s', async (path, field, expected) => {
    expect(await read(path, field)).toMatchObject({ ok: true, ...expected })
  })

  test('a batch costs one login and one list a folder, and the next one no login', async () => {
    const paths = ['/github/TOKEN', '/github/KEY', '/ROOT', '/mcp/KEY']
    await store.resolve(
      paths.map((path) => ({ path })),
      PIN,
    )
    expect([infisical.count('login'), infisical.count('list')]).toEqual([1, 3])
    await read('/ROOT')
    expect([infisical.count('login'), infisical.count('list')]).toEqual([1, 4])
  })

  test('servers that start together share one list', async () => {
    infisical.fail('slow', { ms: 100 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => read('/github/TOKEN')))
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect([infisical.count('login'), infisical.count('list')]).toEqual([1, 1])
  })

  test('a token is used no longer than the server said', async () => {
    await infisical.close()
    infisical = await startInfisical({ expiresIn: 0, secrets: { dev: { '/': { ROOT: 'root-value-1' } } } })
    store = await open()
    await read('/ROOT')
    await read('/ROOT')
    expect(infisical.count('login')).toBe(2)
  })

  test('the URL of the API and a final slash are taken for the site', async () => {
    for (const siteUrl of [`${infisical.url}/`, `${infisical.url}/api`, `${infisical.url}/api/`]) {
      store = await open({ siteUrl })
      expect(await read('/ROOT')).toMatchObject({ ok: true })
      await store.close()
    }
  })

  test('another one sees the real fetch while the SDK runs', async () => {
    const before = globalThis.fetch
    infisical.fail('slow', { ms: 50 })
    const reading = read('/ROOT')
    const seen = new Set([globalThis.fetch])
    const timer = setInterval(() => seen.add(globalThis.fetch), 1)
    await reading
    clearInterval(timer)
    expect([...seen]).toEqual([before])
  })
})

describe('a reference that is wrong by its text', () => {
  test.each([
    ['TOKEN', 'write ${team:/TOKEN}'],
    ['github/TOKEN', 'write ${team:/github/TOKEN}'],
    ['/github/', 'write ${team:/github/NAME}'],
    ['//github/TOKEN', 'empty folder name'],
  ])('%s', (path, said) => {
    expect(store.validate({ path }).join()).toContain(said)
  })
})

describe('a secret that is not there', () => {
  test.each([
    ['/nope/TOKEN', 'not_found', /nothing in folder \/nope of environment "dev"/],
    ['/github/TOKNE', 'not_found', /no TOKNE in folder \/github/],
    ['/github/DANGLING', 'not_found', /refers to another secret/],
    ['/github/HIDDEN', 'denied', /may not see the value of HIDDEN/],
  ])('%s: %s (promise 1)', async (path, code, message) => {
    const error = failed(await read(path))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.hint).toBeTruthy()
  })

  test('a near name is offered', async () => {
    expect(failed(await read('/github/TOKNE')).hint).toBe('did you mean TOKEN?')
  })

  test('one reference does not spoil the others', async () => {
    const answers = await store.resolve(
      [{ path: '/nope/X' }, { path: '/github/TOKEN' }, { path: '/github/X' }],
      PIN,
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

describe('a back end that fails', () => {
  test.each(faults)('%s %j: %s, retryable %s', async (kind, options, code, retryable, message) => {
    infisical.fail(kind, options)
    const error = failed(await read('/github/TOKEN'))
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
      infisical.fail(kind)
      await read('/github/TOKEN')
      expect(infisical.count('list')).toBe(1)
    },
  )

  test('nothing that an error body echoes is passed on (promise 3)', async () => {
    const told: unknown[] = []
    for (const on of ['login', 'list'] as const) {
      infisical.fail('echo', { on, times: 1 })
      const error = failed(await read('/github/TOKEN'))
      told.push(error.message, error.hint, error.stack, String(error.cause), JSON.stringify(error))
    }
    const text = told.join('\n')
    for (const secret of [infisical.clientSecret, infisical.clientId, ...infisical.tokens]) {
      expect(text).not.toContain(secret)
    }
    expect(text).not.toMatch(/Invalid request|Bearer/)
  })

  test('wrong credentials are told without the credentials (promise 3)', async () => {
    const auth = {
      method: 'universal-auth' as const,
      clientId: 'client-id',
      clientSecret: 'wrong-secret-123',
    }
    store = await openStore(
      'team',
      { type: 'infisical', siteUrl: infisical.url, projectId: 'p', environment: 'dev', auth },
      { environment: undefined, baseDir: '/', env: {} },
    )
    const error = failed(await read('/github/TOKEN'))
    expect(error.code).toBe('auth')
    expect(`${error.message} ${error.hint}`).not.toContain('wrong-secret')
  })
})

describe('a token that is refused', () => {
  test.each(['expired', 'token-error'] as const)('%s: logged in again, once', async (kind) => {
    await read('/ROOT')
    infisical.fail(kind, { times: 1 })
    expect(await read('/github/TOKEN')).toMatchObject({ ok: true, value: VALUE })
    expect(infisical.count('login')).toBe(2)
  })

  test('many readers log in again together', async () => {
    await read('/ROOT')
    infisical.expireTokens()
    const answers = await store.resolve(
      [{ path: '/ROOT' }, { path: '/github/TOKEN' }, { path: '/mcp/KEY' }],
      PIN,
    )
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect(infisical.count('login')).toBe(2)
  })
})

describe('time', () => {
  test.each([
    ['stall', 'list'],
    ['hang', 'list'],
    ['stall', 'login'],
    ['hang', 'login'],
  ] as const)('a %s at %s ends with its signal and leaves no request open', async (kind, on) => {
    infisical.fail(kind, { on })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('too late')), 150)
    const answer = await read('/github/TOKEN', undefined, controller.signal)
    expect(answer.ok).toBe(false)
    await expect.poll(() => infisical.openRequests()).toBe(0)
  })

  test('one reader that gives up does not end the list that another waits for', async () => {
    infisical.fail('slow', { ms: 200 })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('gone')), 50)
    const [gone, kept] = await Promise.all([
      read('/github/TOKEN', undefined, controller.signal),
      read('/github/TOKEN'),
    ])
    expect([gone.ok, kept.ok]).toEqual([false, true])
    expect(infisical.count('list')).toBe(1)
  })
})

describe('close', () => {
  test('gives its token back (promise 8)', async () => {
    await read('/ROOT')
    expect(infisical.tokens.size).toBe(1)
    await store.close()
    expect(infisical.tokens.size).toBe(0)
    expect(infisical.requests.at(-1)?.on).toBe('revoke')
  })

  test.each(['hang', 'stall', 'drop', 'broken'] as const)(
    'waits for no end of revoking when it meets %s',
    async (kind) => {
      await read('/ROOT')
      infisical.fail(kind, { on: 'revoke' })
      await store.close()
    },
  )

  test('without a login there is nothing to give back', async () => {
    await store.close()
    expect(infisical.requests).toHaveLength(0)
  })
})

describe('siteUrl', () => {
  test.each([
    ['http://infisical.example', /unencrypted/],
    ['app.infisical.com', /not the URL/],
    ['ftp://app.infisical.com', /not the URL/],
    ['https://user:pass@app.infisical.com', /not the URL/],
  ])('%s is refused', async (siteUrl, message) => {
    await expect(open({ siteUrl })).rejects.toThrow(message)
  })
})

function failed(answer: StoreAnswer): Extract<StoreAnswer, { ok: false }>['error'] {
  if (answer.ok) throw new Error('it was resolved')
  return answer.error
}
