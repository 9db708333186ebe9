/**
 * Each remote store × each fault, through the resolver with its deadline and retries: a result, or an error in our
 * words, in time, once, with nothing of what was sent or answered in it. One line a store shows what came of it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withDeadline } from '../../src/secrets/abort.ts'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import { StoreError, type Lease, type StoreErrorCode } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startDoppler } from '../servers/doppler.mjs'
import { dir, NAMES, request, resolverOf, RIGS, VALUE, type Kind, type Name, useRigs } from './rigs.ts'

useRigs()

/** Of a whole resolution: short where it is to pass, and where it isn't, longer than a slow machine takes for the answer. */
const deadlineFor = (expected: Outcome): number => (expected === 'timeout' ? 2500 : 30_000)
const HOUR = 3_600_000

const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
beforeAll(() => void process.on('unhandledRejection', onUnhandled))
afterAll(() => {
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled).toEqual([])
})

type Outcome = 'ok' | StoreErrorCode

interface Row {
  readonly what: string
  readonly kind?: Kind
  readonly fault?: { readonly times?: number; readonly retryAfter?: number; readonly status?: number }
  readonly skewMs?: number
  readonly expected: Outcome | ({ readonly else: Outcome } & Partial<Record<Name, Outcome>>)
}

const once = { times: 1 }
const FAULTS: readonly Row[] = [
  { what: 'no fault', expected: 'ok' },
  { what: 'dropped before, once', kind: 'drop', fault: once, expected: 'ok' },
  { what: 'dropped before, always', kind: 'drop', expected: 'unavailable' },
  { what: 'dropped after the commit, once', kind: 'drop-after', fault: once, expected: 'ok' },
  { what: 'dropped after the commit, always', kind: 'drop-after', expected: 'unavailable' },
  { what: 'headers stall', kind: 'hang', expected: 'timeout' },
  { what: 'body stalls', kind: 'stall', expected: 'timeout' },
  {
    what: '429, Retry-After 1, once',
    kind: 'rate-limited',
    fault: { ...once, retryAfter: 1 },
    expected: 'ok',
  },
  { what: '429, Retry-After 60', kind: 'rate-limited', fault: { retryAfter: 60 }, expected: 'rate_limited' },
  {
    what: '500, retry-after 1, once',
    kind: 'rate-limited-500',
    fault: { ...once, retryAfter: 1 },
    expected: 'ok',
  },
  { what: '500, retry-after 59', kind: 'rate-limited-500', expected: 'rate_limited' },
  { what: '500, once', kind: 'broken', fault: once, expected: 'ok' },
  { what: '500, always', kind: 'broken', expected: 'unavailable' },
  { what: 'HTML with 200', kind: 'html', expected: 'unavailable' },
  {
    what: 'empty answer with 200',
    kind: 'empty',
    expected: {
      else: 'unavailable',
      infisical: 'not_found',
      doppler: 'not_found',
      'aws-sm': 'invalid_reference',
    },
  },
  // AWS's credentials and Doppler's token are given, not fetched: there is none to replace them by.
  {
    what: 'token expired, once',
    kind: 'expired',
    fault: once,
    expected: { else: 'ok', 'aws-sm': 'auth', doppler: 'auth' },
  },
  // Vault's word for a token that is gone is its word for what a policy forbids.
  { what: 'token expired, always', kind: 'expired', expected: { else: 'auth', vault: 'denied' } },
  { what: '403', kind: 'denied', expected: 'denied' },
  { what: 'server an hour ahead', skewMs: HOUR, expected: 'ok' },
  { what: 'server an hour behind', skewMs: -HOUR, expected: 'ok' },
  { what: 'truncated JSON', kind: 'truncated', expected: 'unavailable' },
  { what: 'endless body', kind: 'huge', expected: 'unavailable' },
  { what: 'redirected elsewhere', kind: 'redirect', expected: 'unavailable' },
  { what: 'called text/html', kind: 'wrong-type', expected: 'ok' },
  {
    what: 'echoes the request, 422',
    kind: 'echo',
    expected: { else: 'unavailable', infisical: 'invalid_reference' },
  },
  {
    what: 'echoes the request, 401',
    kind: 'echo',
    fault: { status: 401 },
    expected: 'auth',
  },
]

/** One line, in the order of the rows and not of their ends. */
function printed(name: string, rows: readonly string[], came: ReadonlyMap<string, string>): void {
  const cells = rows.map((what) => `${what}: ${came.get(what) ?? '?'}`)
  process.stdout.write(`${name.padEnd(16)} ${cells.join(' · ')}\n`)
}

const SYMBOLS: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  auth: 'auth',
  denied: 'denied',
  not_found: 'not found',
  rate_limited: 'limited',
  unavailable: 'unavailable',
  timeout: 'timeout',
  invalid_reference: 'invalid',
}

describe.each(NAMES)('%s', (name) => {
  const came = new Map<string, string>()
  afterAll(() =>
    printed(
      name,
      FAULTS.map(({ what }) => what),
      came,
    ),
  )

  test.concurrent.for(FAULTS)(
    '$what: in time, once, in our words (promises 1 and 3)',
    async (row, { expect, onTestFinished }) => {
      const { server, store, path, on, secrets, expired = 'expired', close } = await RIGS[name](row.skewMs)
      onTestFinished(close)
      // Another host, which nobody may ask.
      const other = await startDoppler()
      onTestFinished(() => other.close())
      const kind = row.kind === 'expired' ? expired : row.kind
      if (kind !== undefined) server.fail(kind, { ...row.fault, on, location: `${other.url}/` })
      const expected =
        typeof row.expected === 'string' ? row.expected : (row.expected[name] ?? row.expected.else)
      const resolver = resolverOf(store, deadlineFor(expected))
      const { fields, problems, uses } = await resolver.resolve('srv', [request(path)])

      const outcome = problems[0]?.code ?? 'ok'
      came.set(row.what, SYMBOLS[outcome])
      expect(outcome).toBe(expected)
      expect(fields.get('env.TOKEN')?.value).toBe(outcome === 'ok' ? VALUE : undefined)
      expect(problems).toHaveLength(outcome === 'ok' ? 0 : 1)
      if (outcome !== 'ok') expect(problems[0]?.hint).toBeTruthy()
      const told = JSON.stringify([problems, uses])
      for (const secret of [VALUE, ...secrets(), 'Bearer', 'Invalid request', 'doctype', 'xxxx'])
        for (const form of [
          secret,
          ...(['base64', 'hex'] as const).map((form) => Buffer.from(secret).toString(form)),
        ])
          expect(told).not.toContain(form)
      expect(other.requests).toEqual([])
      await expect.poll(() => server.openRequests()).toBe(0)

      server.heal()
      // The short time is over on a busy machine before a well server has answered.
      const again = expected === 'timeout' ? resolverOf(store, deadlineFor('ok')) : resolver
      const [wished] = (await again.resolve('srv', [request(path)])).problems
      // What a server wished is kept, though it is well again.
      if (outcome === 'rate_limited') expect(wished?.retryAfterMs).toBeGreaterThan(50_000)
      else expect(wished).toBeUndefined()
    },
  )
})

const ROLES = { infisical: '/db/RO', vault: '/database/creds/ro' }

interface Creation {
  readonly what: string
  readonly kind?: Kind
  readonly fault?: Row['fault']
  /** Requests that create, and leases that there are after it. */
  readonly sent: number
  readonly made: number
  readonly outcome: Outcome
  /** Nobody knows whether it was made; the clerk keeps quiet then. */
  readonly unheard?: true
}

const CREATIONS: readonly Creation[] = [
  { what: 'no fault', sent: 1, made: 1, outcome: 'ok' },
  { what: 'dropped before', kind: 'drop', sent: 1, made: 0, outcome: 'unavailable', unheard: true },
  {
    what: 'dropped after the commit',
    kind: 'drop-after',
    sent: 1,
    made: 1,
    outcome: 'unavailable',
    unheard: true,
  },
  { what: 'headers stall', kind: 'hang', sent: 1, made: 0, outcome: 'timeout', unheard: true },
  { what: 'body stalls', kind: 'stall', sent: 1, made: 0, outcome: 'timeout', unheard: true },
  {
    what: '429, Retry-After 0',
    kind: 'rate-limited',
    fault: { retryAfter: 0 },
    sent: 1,
    made: 0,
    outcome: 'rate_limited',
  },
  {
    what: '500, retry-after 0',
    kind: 'rate-limited-500',
    fault: { retryAfter: 0 },
    sent: 1,
    made: 0,
    outcome: 'rate_limited',
  },
  { what: '500', kind: 'broken', sent: 1, made: 0, outcome: 'unavailable', unheard: true },
  { what: 'HTML with 200', kind: 'html', sent: 1, made: 0, outcome: 'unavailable', unheard: true },
  // A refused token proves that nothing was done, so this one request is sent again.
  { what: 'token expired, once', kind: 'expired', fault: { times: 1 }, sent: 2, made: 1, outcome: 'ok' },
  { what: '403', kind: 'denied', sent: 1, made: 0, outcome: 'denied' },
  { what: 'truncated JSON', kind: 'truncated', sent: 1, made: 1, outcome: 'unavailable', unheard: true },
  { what: 'endless body', kind: 'huge', sent: 1, made: 0, outcome: 'unavailable', unheard: true },
  { what: 'redirected elsewhere', kind: 'redirect', sent: 1, made: 0, outcome: 'unavailable' },
  { what: 'called text/html', kind: 'wrong-type', sent: 1, made: 1, outcome: 'ok' },
  {
    what: 'echoes request and answer',
    kind: 'echo',
    fault: { status: 502 },
    sent: 1,
    made: 1,
    outcome: 'unavailable',
    unheard: true,
  },
]

describe.each(['infisical', 'vault'] as const)('a lease of %s', (name) => {
  const came = new Map<string, string>()
  afterAll(() =>
    printed(
      `${name} lease`,
      CREATIONS.map(({ what }) => what),
      came,
    ),
  )

  test.concurrent.for(CREATIONS)(
    '$what: sent $sent time(s), $made lease(s), $outcome (promises 1, 3 and 8)',
    async (row, { expect, onTestFinished }) => {
      const { server, store, secrets, expired = 'expired', close } = await RIGS[name]()
      onTestFinished(close)
      const { leases } = server as unknown as { leases: Map<string, { data: Record<string, string> }> }
      const other = await startDoppler()
      onTestFinished(() => other.close())
      const kind = row.kind === 'expired' ? expired : row.kind
      if (kind !== undefined)
        server.fail(kind, { withAnswer: true, ...row.fault, on: 'lease', location: `${other.url}/` })
      const tooLate = (): StoreError => new StoreError('timeout', 'too late', { unheard: true })
      const late = new AbortController()
      // Its time is over when it has arrived, however long a busy machine takes for the way there.
      if (row.outcome === 'timeout')
        void server.arrival('lease').then(() => setTimeout(() => late.abort(tooLate()), 500))
      const got: unknown = await withDeadline(deadlineFor('ok'), tooLate, [late.signal], async (signal) =>
        store.lease?.({ path: ROLES[name] }, 600_000, { serverId: 'srv', signal }),
      ).catch((error: unknown) => error)
      const outcome = got instanceof StoreError ? got.code : 'ok'
      came.set(row.what, `${server.count('lease')} sent, ${leases.size} made, ${SYMBOLS[outcome]}`)
      expect([server.count('lease'), leases.size, outcome]).toEqual([row.sent, row.made, row.outcome])
      if (got instanceof StoreError) {
        expect([got.retryable, got.unheard]).toEqual([false, row.unheard === true])
        const told = `${got.stack} ${got.hint} ${JSON.stringify(got)} ${String(got.cause)}`
        const values = [...leases.values()].flatMap(({ data }) => Object.values(data))
        for (const secret of [...values, ...secrets(), 'Bearer', 'Invalid request'])
          expect(told).not.toContain(secret)
      } else expect((got as Lease).fields.size).toBe(2)
      expect(other.requests).toEqual([])
      await expect.poll(() => server.openRequests()).toBe(0)
      // What ends with the login has ended; Infisical's leases have a life of their own.
      await store.close()
      expect(leases.size).toBe(name === 'vault' ? 0 : row.made)
    },
  )
})

/** By the shell, which starts in no time. */
const PROGRAMS: readonly [what: string, script: string, outcome: Outcome][] = [
  ['answers', `printf '%s\\n' "$SAY"`, 'ok'],
  ['answers, with noise on stderr', `echo "$SAY" "$0" "$@" >&2; printf '%s\\n' "$SAY"`, 'ok'],
  ['fails and tells everything', `printf '%s\\n' "$SAY"; export -p >&2; exit 3`, 'unavailable'],
  ['is killed', `kill -9 $$`, 'unavailable'],
  ['says nothing and hangs', `exec sleep 1000`, 'timeout'],
  ['says half and hangs', `printf '{"x":"'; exec sleep 1000`, 'timeout'],
  ['says nothing', ``, 'not_found'],
  ['never stops talking', `exec tr '\\0' x < /dev/zero`, 'invalid_reference'],
  ['prints no text', `printf '\\377\\376\\000'`, 'invalid_reference'],
]
/** What is said is what the program in question would say of the value. */
const PRESETS: readonly [
  options: StoreOptions & { readonly type: 'op' | 'bws' | 'pass' | 'sops' | 'exec' },
  path: string,
  says: string,
][] = [
  [{ type: 'op', program: 'PROGRAM', token: 'store-token-0123456789' }, 'dev/github/token', VALUE],
  [
    { type: 'bws', program: 'PROGRAM', token: 'store-token-0123456789' },
    'TOKEN',
    JSON.stringify([{ id: '1', key: 'TOKEN', value: VALUE }]),
  ],
  [{ type: 'pass', program: 'PROGRAM', directory: 'passwords' }, 'github/token', VALUE],
  [{ type: 'sops', program: 'PROGRAM' }, 'token.enc', VALUE],
  [{ type: 'exec', command: ['PROGRAM', '{path}'] }, 'github/token', VALUE],
]

/** What pass and sops would read: a program that fails without its file is another story. */
beforeAll(async () => {
  await mkdir(join(dir, 'passwords', 'github'), { recursive: true })
  await writeFile(join(dir, 'passwords', 'github', 'token.gpg'), '')
  await writeFile(join(dir, 'token.enc'), '')
  // Before any is run: a file that is still written to when another process starts can't be executed.
  for (const [what, script] of PROGRAMS)
    await writeFile(programOf(what), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
})

const programOf = (what: string): string => join(dir, `program that ${what}`)

describe.each(PRESETS)('$type', (options, path, says) => {
  const came = new Map<string, string>()
  afterAll(() =>
    printed(
      options.type,
      PROGRAMS.map(([what]) => what),
      came,
    ),
  )

  test.concurrent.for(PROGRAMS)('a program that %s: %s', async ([what, , expected], { expect }) => {
    const given = JSON.parse(JSON.stringify(options).replace('PROGRAM', programOf(what))) as StoreOptions
    const env = { SAY: says, PRIVATE: 'private-0123456789' }
    const store = await openStore(
      'cloud',
      { ...given, env, timeout: expected === 'timeout' ? 1500 : 30_000 } as StoreOptions,
      {
        environment: 'dev',
        baseDir: dir,
        env: { PATH: process.env['PATH'] },
      },
    )
    const resolver = resolverOf(store, 40_000)
    const { problems, uses, fields } = await resolver.resolve('srv', [request(path)])
    const outcome = problems[0]?.code ?? 'ok'
    came.set(what, SYMBOLS[outcome])
    // bws answers with JSON, and what is none is nobody's.
    const isOdd = options.type === 'bws' && (expected === 'not_found' || expected === 'invalid_reference')
    expect(isOdd ? expected : outcome).toBe(expected)
    expect(fields.get('env.TOKEN')?.value).toBe(outcome === 'ok' ? VALUE : undefined)
    const told = JSON.stringify([problems, uses])
    for (const secret of [VALUE, 'store-token', 'private-', 'xxxx']) expect(told).not.toContain(secret)
  })
})
