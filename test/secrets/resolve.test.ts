/** The resolver over stores that do every wrong thing a store can do. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { abortable } from '../../src/secrets/abort.ts'
import { parseTemplate } from '../../src/secrets/reference.ts'
import { Resolver, type Resolution, type ResolveRequest } from '../../src/secrets/resolve/resolve.ts'
import {
  failure,
  StoreError,
  type Store,
  type StoreAnswer,
  type StoreContext,
  type StoreReference,
} from '../../src/secrets/store.ts'
import { together } from '../together.ts'

together()

let baseDir: string

beforeAll(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'sidemux-resolve-'))
  await writeFile(join(baseDir, 'token'), 'file-token-1\r\n')
  await writeFile(join(baseDir, 'two-lines'), 'line1\nline2\n\n')
  await writeFile(
    join(baseDir, 'key.json'),
    '{"client":{"id":"id-1","n":7,"big":12345678901234567890,"list":["a","b"]}}',
  )
  await writeFile(join(baseDir, 'empty'), '\n')
  await writeFile(join(baseDir, 'nul'), 'a\0b')
  await writeFile(join(baseDir, 'binary'), Buffer.from([0xff, 0xfe, 0x00]))
  await writeFile(join(baseDir, 'big'), 'x'.repeat(1024 * 1024 + 1))
})

afterAll(() => rm(baseDir, { recursive: true }))

const env = { NAME: 'env-value-1', EMPTY: '', HOME: '/home/user', TRICK: '${env:NAME} ${team:/a}' }

function request(field: string, source: string): ResolveRequest {
  const parsed = parseTemplate(source)
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message)
  return { field, template: parsed.template }
}

type Answering = (
  references: readonly StoreReference[],
  context: StoreContext,
) => Promise<readonly StoreAnswer[]>

function storeOf(resolve: Answering, more: Partial<Store> = {}): Store {
  return { type: 'test', validate: () => [], resolve, close: () => Promise.resolve(), ...more }
}

const echo = storeOf((references) =>
  Promise.resolve(references.map(({ path }) => ({ ok: true, value: `value-of-${path}`, version: '7' }))),
)

/** As every store does that lets several references wait for one request. */
const patient = storeOf((references, { signal }) =>
  Promise.all(
    references.map(async ({ path }) => {
      await abortable(new Promise((resolve) => setTimeout(resolve, 5)), signal)
      return { ok: true, value: `value-of-${path}` } as const
    }),
  ),
)

test('a server with thirty references is no suspicion of a leak', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const requests = Array.from({ length: 30 }, (_, n) => request(`env.N${n}`, `\${team:/n${n}}`))
  const { problems } = await resolverOf({ team: patient }).resolve('srv', requests)
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  expect([problems, warnings]).toEqual([[], []])
})

function resolverOf(stores: Record<string, Store>, deadlineMs?: number): Resolver {
  const options = { stores: new Map(Object.entries(stores)), env, baseDir }
  return new Resolver(deadlineMs === undefined ? options : { ...options, deadlineMs })
}

async function value(source: string): Promise<string | undefined> {
  const { fields } = await resolverOf({ team: echo }).resolve('srv', [request('env.X', source)])
  return fields.get('env.X')?.value
}

describe.concurrent('composes', () => {
  test.each([
    ['plain $5 $${x}', 'plain $5 ${x}'],
    ['${env:NAME}', 'env-value-1'],
    ['${env:UNSET:-a:b}', 'a:b'],
    ['${env:EMPTY:-default}', 'default'],
    ['${env:UNSET:-}', ''],
    ['${file:token}', 'file-token-1'],
    ['${file:two-lines}', 'line1\nline2\n\n'],
    ['${file:key.json#client.id}', 'id-1'],
    ['${file:key.json#client.n}', '7'],
    ['${file:key.json#client.list.1}', 'b'],
    ['Bearer ${team:/a}/${team:/b}', 'Bearer value-of-/a/value-of-/b'],
  ])('%s', async (source, expected) => {
    expect(await value(source)).toBe(expected)
  })

  test('a resolved value is never expanded again', async () => {
    expect(await value('${env:TRICK}')).toBe('${env:NAME} ${team:/a}')
  })

  test('every referenced value is a labelled secret; a default and HOME are none', async () => {
    const { fields } = await resolverOf({ team: echo }).resolve('srv', [
      request('env.URL', 'x${team:/a}${env:NAME}${env:UNSET:-dev}${env:HOME}'),
    ])
    const secrets = fields.get('env.URL')?.secrets ?? []
    expect(secrets.map((secret) => [secret.label, secret.reveal()])).toEqual([
      ['srv.URL', 'value-of-/a'],
      ['srv.URL', 'env-value-1'],
    ])
  })
})

const wrong: readonly [source: string, code: string, message: RegExp][] = [
  ['${env:UNSET}', 'not_found', /\$\{env:UNSET\}: the environment variable UNSET is not set/],
  ['${env:EMPTY}', 'not_found', /EMPTY is empty/],
  ['${file:nope}', 'not_found', /there is no file .*nope/],
  ['${file:.}', 'invalid_reference', /not a regular file/],
  ['${file:/dev/zero}', 'invalid_reference', /not a regular file/],
  ['${file:empty}', 'not_found', /\$\{file:empty\}: the value is empty/],
  ['${file:nul}', 'invalid_reference', /NUL/],
  ['${file:binary}', 'invalid_reference', /not UTF-8/],
  ['${file:big}', 'invalid_reference', /larger than 1 MiB/],
  ['${file:token#a}', 'invalid_reference', /is not JSON/],
  ['${file:key.json#client.nope}', 'not_found', /no field "client.nope"/],
  ['${file:key.json#__proto__}', 'not_found', /no field/],
  ['${file:key.json#client}', 'invalid_reference', /not a text/],
  ['${file:key.json#client.big}', 'invalid_reference', /not a text/],
  ['${taem:/x}', 'invalid_reference', /there is no store "taem" \(declared are team\)/],
  ['${lease:db#USER}', 'invalid_reference', /issues leases/],
]

describe.concurrent('says what is wrong, and what to do (promise 1)', () => {
  test.each(wrong)('%s: %s', async (source, code, message) => {
    const got = await resolverOf({ team: echo }).resolve('srv', [
      request('env.X', `a${source}`),
      request('env.Y', '${team:/y}'),
    ])
    expect(got.problems).toHaveLength(1)
    expect(got.problems[0]).toMatchObject({ field: 'env.X', reference: source, code })
    expect(got.problems[0]?.message).toMatch(message)
    expect(got.problems[0]?.hint).toBeTruthy()
    expect([...got.fields.keys()]).toEqual(['env.Y'])
  })

  test('a near store is offered', async () => {
    const { problems } = await resolverOf({ team: echo }).resolve('srv', [request('env.X', '${taem:/x}')])
    expect(problems[0]?.hint).toBe('did you mean team?')
  })
})

describe.concurrent('leases', () => {
  const leases = new Map([['main', { store: 'team', path: '/PG' }]])
  const leasing = storeOf(() => Promise.resolve([]), { lease: () => Promise.reject(new Error('not asked')) })
  test.each([
    [echo, '${lease:mian#USER}', /declares no lease "mian"/, 'did you mean main?'],
    [
      echo,
      '${lease:main#USER}',
      /store "team" \(type test\) does not issue leases/,
      'use a static secret: ${team:/path/USER}',
    ],
    [leasing, '${lease:main#USER}', /was not taken/, 'use a static secret: ${team:/path/USER}'],
  ] as const)('case %#', async (store, source, message, hint) => {
    const { problems } = await resolverOf({ team: store }).resolve(
      'srv',
      [request('env.X', source)],
      undefined,
      { declared: leases, taken: new Map() },
    )
    expect(problems[0]?.message).toMatch(message)
    expect(problems[0]?.hint).toBe(hint)
  })
})

describe.concurrent('uses', () => {
  test('name the reference, the store and the outcome, never a value (promises 3 and 6)', async () => {
    const got = await resolverOf({ team: echo }).resolve('srv', [
      request('env.X', '${team:/a#f} ${env:NAME} ${env:NONE}'),
      request('env.Y', '${file:empty}'),
    ])
    expect(got.uses).toEqual([
      { field: 'env.X', reference: '${team:/a#f}', store: 'team', outcome: 'ok', length: 'ok', version: '7' },
      { field: 'env.X', reference: '${env:NAME}', store: 'env', outcome: 'ok', length: 'ok' },
      { field: 'env.X', reference: '${env:NONE}', store: 'env', outcome: 'not_found' },
      { field: 'env.Y', reference: '${file:empty}', store: 'file', outcome: 'not_found', length: 'empty' },
    ])
    expect(JSON.stringify([got.uses, got.problems])).not.toMatch(/value-of|env-value/)
  })

  test('tell a value that is too short to mask', async () => {
    const short = storeOf((references) => Promise.resolve(references.map(() => ({ ok: true, value: 'pin' }))))
    const { uses } = await resolverOf({ team: short }).resolve('srv', [request('env.X', '${team:/a}')])
    expect(uses[0]?.length).toBe('short')
  })
})

describe.concurrent('stores', () => {
  test('are asked at the same time, each once, each reference once', async () => {
    const asked: string[][] = []
    let running = 0
    let most = 0
    const slow = storeOf(async (references) => {
      asked.push(references.map(({ path }) => path))
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 30))
      running--
      return references.map(() => ({ ok: true, value: 'some-value' }))
    })
    await resolverOf({ a: slow, b: slow }).resolve('srv', [
      request('env.X', '${a:/1}${a:/2}'),
      request('env.Y', '${a:/1}${b:/3}'),
    ])
    expect([asked.toSorted((a, b) => a.length - b.length).toReversed(), most]).toEqual([
      [['/1', '/2'], ['/3']],
      2,
    ])
  })

  const misbehaving: readonly [string, Answering][] = [
    ['throws what holds a value', () => Promise.reject(new Error('secret-in-error'))],
    [
      'throws at once',
      () => {
        throw new Error('secret-in-error')
      },
    ],
    ['answers too little', () => Promise.resolve([])],
    ['never answers', () => new Promise(() => {})],
  ]
  test.each(misbehaving)(
    'one that %s spoils nothing else and leaks nothing (promises 1 and 3)',
    async (_, resolve) => {
      const got = await resolverOf({ bad: storeOf(resolve), team: echo }, 200).resolve('srv', [
        request('env.X', '${bad:/x}'),
        request('env.Y', '${team:/y}'),
      ])
      expect([...got.fields.keys()]).toEqual(['env.Y'])
      expect(got.problems).toHaveLength(1)
      expect(JSON.stringify(got)).not.toContain('secret-in-error')
    },
  )

  test('one that fails to validate spoils nothing else (promise 1)', async () => {
    const bad = storeOf(() => Promise.resolve([]), {
      validate: () => {
        throw new Error('secret-in-error')
      },
    })
    const asked = [request('env.X', '${bad:/x}'), request('env.Y', '${team:/y}')]
    const got = await resolverOf({ bad, team: echo }).resolve('srv', asked)
    expect([...got.fields.keys()]).toEqual(['env.Y'])
    expect(got.problems[0]?.message).toBe('${bad:/x}: store "bad" failed')
  })

  test('a reference that its store calls wrong never reaches the back end', async () => {
    const picky = storeOf(() => Promise.reject(new Error('asked')), {
      validate: ({ path }) => [`"${path}" is wrong`],
    })
    const { problems } = await resolverOf({ team: picky }).resolve('srv', [request('env.X', '${team:x}')])
    expect(problems[0]?.message).toBe('${team:x}: "x" is wrong')
  })
})

/** A store whose /bad fails the first `times` times. */
function failing(times: number, error: StoreError): { store: Store; tries: number[][] } {
  const tries: number[][] = []
  const store = storeOf((references) => {
    tries.push([references.length, Math.round(performance.now())])
    return Promise.resolve(
      references.map(({ path }) =>
        path === '/bad' && tries.length <= times ? { ok: false, error } : { ok: true, value: 'good-value' },
      ),
    )
  })
  return { store, tries }
}

function ask(store: Store, deadlineMs: number): Promise<Resolution> {
  return resolverOf({ team: store }, deadlineMs).resolve('srv', [
    request('env.X', '${team:/bad}${team:/good}'),
  ])
}

describe.concurrent('retries', () => {
  test('only what may be retried, and only that reference', async () => {
    const { store, tries } = failing(2, new StoreError('unavailable', 'down', { retryable: true }))
    expect((await ask(store, 5000)).problems).toEqual([])
    expect(tries.map(([count]) => count)).toEqual([2, 1, 1])
  })

  test('none where whoever asks comes back by a pace of its own, unless a program is asked', async () => {
    const asked = async (type: string): Promise<number> => {
      const { store, tries } = failing(9, new StoreError('unavailable', 'down', { retryable: true }))
      const resolver = resolverOf({ team: { ...store, type } }, 1000)
      await resolver.resolve('srv', [request('env.X', '${team:/bad}')], undefined, undefined, 900)
      return tries.length
    }
    expect(await asked('vault')).toBe(1)
    expect(await asked('op')).toBeGreaterThan(1)
  })

  test('not what is not retryable', async () => {
    const { store, tries } = failing(1, new StoreError('denied', 'no'))
    expect((await ask(store, 5000)).problems[0]?.code).toBe('denied')
    expect(tries).toHaveLength(1)
  })

  test('no sooner than the back end wishes', async () => {
    const { store, tries } = failing(
      1,
      new StoreError('rate_limited', 'slow', { retryable: true, retryAfterMs: 400 }),
    )
    expect((await ask(store, 5000)).problems).toEqual([])
    expect((tries[1]?.[1] ?? 0) - (tries[0]?.[1] ?? 0)).toBeGreaterThanOrEqual(399)
  })

  test('not at all when that would be too late: the answer comes at once', async () => {
    const { store, tries } = failing(
      9,
      new StoreError('rate_limited', 'slow', { retryable: true, retryAfterMs: 7_200_000 }),
    )
    expect((await ask(store, 3_600_000)).problems[0]?.code).toBe('rate_limited')
    expect(tries).toHaveLength(1)
  })

  test('end, and the last reason is told', async () => {
    const { store, tries } = failing(99, new StoreError('unavailable', 'down', { retryable: true }))
    const { problems } = await ask(store, 1500)
    expect(problems[0]).toMatchObject({ code: 'unavailable', message: '${team:/bad}: down' })
    expect(tries.length).toBeLessThanOrEqual(5)
  })
})

describe.concurrent('time', () => {
  const never = storeOf(() => new Promise(() => {}))

  test('one deadline covers everything', async () => {
    const { problems } = await resolverOf({ team: never }, 150).resolve('srv', [
      request('env.X', '${team:/x}'),
    ])
    expect(problems[0]).toMatchObject({ code: 'timeout', message: '${team:/x}: no answer within 0.15 s' })
  })

  test('the caller may give up sooner, and closing ends what is under way', async () => {
    const asked = [request('env.X', '${team:/x}')]
    const resolver = resolverOf({ team: never }, 10_000)
    const controller = new AbortController()
    const givenUp = resolver.resolve('srv', asked, controller.signal)
    controller.abort()
    expect((await givenUp).problems).toHaveLength(1)
    const ended = resolver.resolve('srv', asked)
    await resolver.close()
    expect((await ended).problems[0]?.message).toContain('sidemux is stopping')
    expect((await resolver.resolve('srv', asked)).problems).toHaveLength(1)
  })

  test('close closes every store, also when one of them fails to', async () => {
    const closed: string[] = []
    const closing = (name: string, result: Promise<void>): Store =>
      storeOf(() => Promise.resolve([failure('denied', 'no')]), {
        close: () => {
          closed.push(name)
          return result
        },
      })
    const bad = Promise.reject(new Error('no'))
    await resolverOf({ a: closing('a', bad), b: closing('b', Promise.resolve()) }).close()
    expect(closed).toEqual(['a', 'b'])
  })
})

test('any number of servers resolve at once, and Node suspects no leak', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  const resolver = resolverOf({ team: echo })
  const requests = [request('env.X', '${team:/a#f}')]
  await Promise.all(Array.from({ length: 30 }, (_, index) => resolver.resolve(`srv${index}`, requests)))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})
