/** The life of a resolution, over every remote store: one deadline, one request for many, retries for reads only. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import { StoreError, type Store } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { dir, NAMES, request, resolverOf, RIGS, VALUE, useRigs } from './rigs.ts'

useRigs()

afterEach(() => vi.restoreAllMocks())

describe.each(NAMES)('%s', (name) => {
  test('deadline over a whole resolution, body included: login, read and a body that stalls share it', async ({
    onTestFinished,
  }) => {
    const rig = await RIGS[name]()
    onTestFinished(rig.close)
    // AWS and Doppler have no login.
    if (name !== 'aws-sm' && name !== 'doppler') rig.server.fail('slow', { on: 'login', ms: 400, times: 1 })
    rig.server.fail('broken', { on: rig.on, times: 1 })
    rig.server.fail('stall', { on: rig.on })
    // Without it the last read would never end.
    const { problems } = await resolverOf(rig.store, 1000).resolve('srv', [request(rig.path)])
    // What failed before the time ran out is told, else that it ran out.
    expect(['timeout', 'unavailable']).toContain(problems[0]?.code)
    await expect.poll(() => rig.server.openRequests()).toBe(0)
  })

  test('single-flight: twenty servers that start together cost one login and one read', async ({
    onTestFinished,
  }) => {
    const rig = await RIGS[name]()
    onTestFinished(rig.close)
    rig.server.fail('slow', { on: rig.on, ms: 150 })
    const resolver = resolverOf(rig.store, 5000)
    const servers = Array.from({ length: 20 }, (_, index) => `srv${index}`)
    const all = await Promise.all(servers.map((server) => resolver.resolve(server, [request(rig.path)])))
    expect(all.map(({ fields }) => fields.get('env.TOKEN')?.value)).toEqual(servers.map(() => VALUE))
    expect(rig.server.count(rig.on)).toBe(1)
    expect(rig.server.count('login')).toBeLessThanOrEqual(1)
  })

  test('single-flight: one server that gives up takes nothing from the others', async ({
    onTestFinished,
  }) => {
    const rig = await RIGS[name]()
    onTestFinished(rig.close)
    rig.server.fail('slow', { on: rig.on, ms: 300 })
    const resolver = resolverOf(rig.store, 5000)
    const early = resolver.resolve('early', [request(rig.path)], AbortSignal.timeout(100))
    const patient = resolver.resolve('patient', [request(rig.path)])
    expect((await early).problems).toHaveLength(1)
    expect((await patient).problems).toEqual([])
    expect(rig.server.count(rig.on)).toBe(1)
  })

  test('nothing is kept: what is asked for later is read again', async ({ onTestFinished }) => {
    const rig = await RIGS[name]()
    onTestFinished(rig.close)
    const resolver = resolverOf(rig.store, 5000)
    for (let times = 1; times <= 3; times += 1) {
      await resolver.resolve('srv', [request(rig.path)])
      expect(rig.server.count(rig.on)).toBe(times)
    }
  })

  test('retries for reads only: no sooner than Retry-After says', async ({ onTestFinished }) => {
    const rig = await RIGS[name]()
    onTestFinished(rig.close)
    rig.server.fail('rate-limited', { on: rig.on, times: 1, retryAfter: 1 })
    const started = performance.now()
    expect((await resolverOf(rig.store, 5000).resolve('srv', [request(rig.path)])).problems).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
    expect(rig.server.count(rig.on)).toBe(2)
  })
})

test('one list per project, environment and path: a batch over three folders of Infisical costs three', async ({
  onTestFinished,
}) => {
  const rig = await RIGS.infisical()
  onTestFinished(rig.close)
  const paths = ['/github/TOKEN', '/github/OTHER', '/a/X', '/a/Y', '/X', '/github/TOKEN']
  const requests = paths.map((path, index) => ({ ...request(path), field: `env.V${index}` }))
  await resolverOf(rig.store, 5000).resolve('srv', requests)
  expect(rig.server.count('list')).toBe(3)
  const asked = rig.server.requests as readonly { on: string; query: Record<string, string> }[]
  const lists = asked.filter(({ on }) => on === 'list').map(({ query }) => query['secretPath'])
  expect(lists.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(['/', '/a', '/github'])
})

test.each([
  [0, 100, 200],
  [0.999_999, 300, 600],
])(
  'retries have jitter: with random %d the pauses are %d and %d ms at least',
  async (random, first, second) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    const asked: number[] = []
    const store: Store = {
      type: 'test',
      validate: () => [],
      resolve: (references) => {
        asked.push(performance.now())
        const error = new StoreError('unavailable', 'down', { retryable: true })
        return Promise.resolve(
          references.map(() => (asked.length < 3 ? { ok: false, error } : { ok: true, value: VALUE })),
        )
      },
      close: () => Promise.resolve(),
    }
    expect((await resolverOf(store, 40_000).resolve('srv', [request('x')])).problems).toEqual([])
    const [a = 0, b = 0, c = 0] = asked
    expect(b - a).toBeGreaterThan(first - 5)
    expect(c - b).toBeGreaterThan(second - 5)
  },
)

const PROGRAMS: readonly (StoreOptions & { readonly type: string })[] = [
  { type: 'exec', command: ['PROGRAM', '{path}'] },
  { type: 'op', program: 'PROGRAM' },
  { type: 'pass', program: 'PROGRAM' },
  { type: 'sops', program: 'PROGRAM' },
]

test.each(PROGRAMS)(
  'single-flight: twenty servers that start together run the program of $type once',
  async (options) => {
    const program = join(dir, `program-${options.type}`)
    const log = `${program}.log`
    writeFileSync(program, `#!/bin/sh\necho run >> ${log}\nsleep 0.3\necho ${VALUE}\n`)
    chmodSync(program, 0o755)
    const given = JSON.parse(JSON.stringify(options).replace('PROGRAM', program)) as StoreOptions
    const store = await openStore('cloud', given, {
      environment: 'dev',
      baseDir: dir,
      env: { PATH: process.env['PATH'] },
    })
    const resolver = resolverOf(store, 8000)
    const servers = Array.from({ length: 20 }, (_, index) => `srv${index}`)
    const all = await Promise.all(servers.map((server) => resolver.resolve(server, [request('a/b/c')])))
    expect(all.map(({ fields }) => fields.get('env.TOKEN')?.value)).toEqual(servers.map(() => VALUE))
    expect(readFileSync(log, 'utf8')).toBe('run\n')
  },
)
