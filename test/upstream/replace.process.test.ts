/**
 * A child whose secrets have changed is replaced: another process gets ready beside the one that works, no call waits or
 * is lost, and nothing is held twice or kept.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { SidemuxError } from '../../src/errors.ts'
import type { ChildSpec } from '../../src/upstream/life/child.ts'
import type { FleetDeps } from '../../src/upstream/life/fleet.ts'
import type { Caller } from '../../src/upstream/messages/caller.ts'
import {
  call,
  environment,
  isAlive,
  NOBODY,
  pidFile,
  serverFile,
  startFleet,
  textOf,
  until,
} from './harness.ts'

interface Options extends Pick<ChildSpec, 'replace'> {
  /** Variables of the n-th launch. */
  readonly env?: (launch: number) => Record<string, string>
  readonly failLaunches?: (launch: number) => boolean
  readonly drainMs?: number
}

/** A server that tells which launch it came from; `stale()` makes the present one stale. */
function replaceable({
  env = () => ({}),
  failLaunches = () => false,
  drainMs = 10_000,
  ...more
}: Options = {}) {
  const calls = pidFile().path
  const waits = (): number =>
    existsSync(calls)
      ? readFileSync(calls, 'utf8')
          .split('\n')
          .filter((line) => /^(?:wait|hold)/.test(line)).length
      : 0
  const seen = { launches: 0, begun: 0, released: [] as number[], stale: (): void => {}, waits }
  const spec: ChildSpec = {
    id: 'box',
    startTimeoutMs: 15_000,
    drainMs: () => drainMs,
    ...more,
    launch: async () => {
      seen.launches += 1
      const number = seen.launches
      if (failLaunches(number)) throw new SidemuxError('the store is down')
      return {
        command: process.execPath,
        args: [serverFile('steady')],
        cwd: '/',
        env: environment({ LABEL: `launch${number}`, CALLS: calls, ...env(number) }),
        hold: {
          begin: (onStale) => {
            seen.begun = number
            seen.stale = () => onStale('its secret env.TOKEN has changed')
          },
          release: async () => void seen.released.push(number),
        },
      }
    },
  }
  return { spec, seen }
}

async function started(options: Options = {}, deps: Partial<FleetDeps> = {}) {
  const { spec, seen } = replaceable(options)
  const { fleet, child, of } = startFleet([spec], { pauses: { firstMs: 50, longestMs: 200 }, ...deps })
  await fleet.settled()
  const who = async (): Promise<string> => String(textOf(await call(child('box'), 'who'))).split(' ')[1] ?? ''
  /** Its reply, once it is with the server. */
  const slow = async (ms: number) => {
    const before = seen.waits()
    const reply = call(child('box'), 'wait', { ms }, { timeoutMs: 30_000 })
    await until(() => seen.waits() > before, 'the call is with the server')
    return { reply }
  }
  /** A call that is with the server until it is let go. */
  const held = async () => {
    const before = seen.waits()
    const file = `${pidFile().path}.go`
    const reply = call(child('box'), 'hold', { file }, { timeoutMs: 50_000 })
    await until(() => seen.waits() > before, 'the call is with the server')
    return { reply, letGo: () => writeFileSync(file, '') }
  }
  return { seen, fleet, box: child('box'), of, who, slow, held }
}

/** Calls one after the other until it is ended; what was lost. */
function under(load: () => Promise<unknown>) {
  const seen = { lost: [] as unknown[] }
  const ended = new AbortController()
  const work = (async () => {
    while (!ended.signal.aborted) {
      await load().catch((error: unknown) => seen.lost.push(error))
      // As fast as they can, calls take the time that the next process needs to start.
      await pause(2)
    }
  })()
  return async () => {
    ended.abort()
    await work
    return seen
  }
}

describe('a stale child', () => {
  test('is replaced four times under load: 0 lost calls, each hold released once, no start counted as a crash', async () => {
    const { seen, who, of } = await started()
    const loads = [0, 1, 2].map(() => under(who))
    for (let round = 1; round <= 4; round += 1) {
      seen.stale()
      await until(() => seen.begun === round + 1)
    }
    const figures = await Promise.all(loads.map((end) => end()))
    expect(figures.flatMap(({ lost }) => lost)).toEqual([])
    expect(await who()).toBe('launch5')
    await until(() => seen.released.length === 4)
    expect(seen.released).toEqual(Array.from({ length: 4 }, (_, index) => index + 1))
    expect(of('failed')).toEqual([])
  })

  test('works on until the next one is ready, and ends its calls however long they take: nobody waits', async () => {
    const READY = `${pidFile().path}.ready`
    const { seen, who, held, box, of } = await started({
      env: (launch): Record<string, string> => (launch === 1 ? {} : { READY }),
    })
    const { reply: old, letGo } = await held()
    const load = under(who)
    seen.stale()
    await until(() => of('launched').length === 2)
    // Whoever waited for the next one would wait for ever: it isn't let begin yet.
    for (let calls = 0; calls < 5; calls += 1)
      expect([await who(), box.state.kind]).toEqual(['launch1', 'ready'])
    writeFileSync(READY, '')
    await until(() => seen.begun === 2)
    expect(await who()).toBe('launch2')
    const [first = { pid: 0 }, second = { pid: 0 }] = of('launched')
    expect([isAlive(first.pid), seen.released]).toEqual([true, []])
    letGo()
    expect(textOf(await old)).toMatch(/launch1$/)
    await until(() => seen.released.length === 1)
    expect([isAlive(first.pid), isAlive(second.pid)]).toEqual([false, true])
    const { lost } = await load()
    expect(lost).toEqual([])
    const reason = 'its secret env.TOKEN has changed'
    expect(of('replacing')).toEqual([{ kind: 'replacing', id: 'box', reason }])
    expect(of('exited')).toMatchObject([{ pid: first.pid, reason }])
  })

  test('a call that outlasts drain is cut off, and told by whom and why', async () => {
    const { seen, slow } = await started({ drainMs: 300 })
    const { reply: old } = await slow(20_000)
    seen.stale()
    expect(await old).toEqual({
      kind: 'unavailable',
      // A busy machine tells what it really waited.
      reason: expect.stringMatching(
        /^sidemux ended this process of "box" \(its secret env\.TOKEN has changed\) and had waited \d+(\.\d)? s for this call to end\.$/,
      ) as string,
      hint: expect.stringMatching(/may have taken effect.*longer drain for "box"/) as string,
    })
    await until(() => seen.released.length === 1)
  })

  test('goes on as it is while the next launch can’t be had, and holds what it held', async () => {
    const { seen, who, of } = await started({ failLaunches: (launch) => launch > 1 && launch < 5 })
    seen.stale()
    await until(() => seen.launches === 3)
    expect(await who()).toBe('launch1')
    expect(seen.released).toEqual([])
    await until(() => seen.begun === 5)
    expect(await who()).toBe('launch5')
    await until(() => seen.released.length === 1)
    expect(of('log').map(({ text }) => text)).toContain('"box" can\'t be replaced yet: the store is down')
    expect(of('not-replaced')).toHaveLength(1)
  })

  test('goes on as it is while the next process doesn’t get ready, is put back where it had to go, and holds what it held', async () => {
    const broken = { yes: true }
    const { seen, who, of } = await started({
      env: (launch) => (launch > 1 && broken.yes ? { BROKEN: '1' } : {}),
    })
    const load = under(who)
    seen.stale()
    // Two beside it, and one in its place.
    await until(() => seen.launches === 5)
    expect(await who()).toBe('launch1')
    expect(seen.released).not.toContain(1)
    broken.yes = false
    await until(() => seen.begun > 1)
    const { lost } = await load()
    expect(lost).toEqual([])
    await until(() => seen.released.includes(1))
    expect(seen.released.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: seen.launches - 1 }, (_, index) => index + 1),
    )
    expect(of('failed')).toEqual([])
  })

  test.each(['beside', 'after'] as const)(
    'a server that runs only once is replaced all the same, when it is idle (replace: %s)',
    async (replace) => {
      const LOCK = `${pidFile().path}.lock`
      const { seen, who, slow } = await started({ env: () => ({ LOCK }), replace: () => replace })
      const { reply: old } = await slow(1000)
      seen.stale()
      const load = under(who)
      await until(() => seen.begun > 1)
      expect(textOf(await old)).toMatch(/launch1$/)
      const { lost } = await load()
      expect(lost).toEqual([])
      expect(await who()).toBe(replace === 'after' ? 'launch2' : 'launch4')
      await until(() => seen.released.includes(1))
    },
  )

  test('that crashes while the next one is made ready loses its own calls only: the next ones wait for that', async () => {
    const { seen, who, slow, of } = await started({
      env: (launch) => (launch === 1 ? {} : { START_MS: '500' }),
    })
    const { reply: old } = await slow(10_000)
    seen.stale()
    await until(() => of('launched').length === 2)
    process.kill(of('launched')[0]?.pid ?? 0, 'SIGKILL')
    expect(await old).toMatchObject({ reason: '"box" was ended by SIGKILL during the call.' })
    expect(await who()).toBe('launch2')
    await until(() => seen.released.length === 1)
  })

  test('that crashes while it ends its calls takes nobody else along', async () => {
    const { seen, who, slow, of } = await started()
    const { reply: old } = await slow(10_000)
    seen.stale()
    await until(() => seen.begun === 2)
    process.kill(of('launched')[0]?.pid ?? 0, 'SIGKILL')
    expect(await old).toMatchObject({ reason: '"box" was ended by SIGKILL during the call.' })
    await until(() => seen.released.length === 1)
    expect([await who(), of('launched')]).toMatchObject(['launch2', { length: 2 }])
  })

  test('many times while calls are under way: at most five processes, and each call is answered', async () => {
    const { seen, held, of } = await started()
    const calls: Awaited<ReturnType<typeof held>>[] = []
    for (let round = 1; round <= 6; round += 1) {
      calls.push(await held())
      seen.stale()
      if (round > 4) {
        // Five are there, and the next one is not until the call of one has ended.
        await pause(100)
        expect(of('launched').filter(({ pid }) => isAlive(pid))).toHaveLength(5)
        expect(seen.launches).toBe(round)
        calls[round - 5]?.letGo()
      }
      await until(() => seen.begun === round + 1)
    }
    for (const { letGo } of calls) letGo()
    for (const { reply } of calls) expect(textOf(await reply)).toBeTruthy()
    await until(() => seen.released.length === 6)
    expect(of('launched').filter(({ pid }) => isAlive(pid))).toHaveLength(1)
  })

  test('what it watches and what it asks: resources move to the next one, an answer goes to who asked', async () => {
    const updates: string[] = []
    const answer: { now?: () => void } = {}
    const { seen, box, who } = await started(
      {},
      { host: { ...NOBODY, onResourceUpdated: (_id, uri) => updates.push(uri) } },
    )
    const options = { signal: new AbortController().signal, timeoutMs: 5000 }
    const caller = {
      capabilities: {},
      ask: () =>
        new Promise<Record<string, unknown>>((resolve) => {
          answer.now = () => resolve({ action: 'accept', content: {} })
        }),
    }
    await box.request(
      { method: 'resources/subscribe', params: { uri: 'note://one' } },
      { ...options, caller },
    )
    const asking = call(box, 'ask', {}, { caller })
    await until(() => answer.now !== undefined, 'it asks')
    seen.stale()
    await until(() => seen.begun === 2)
    expect(await who()).toBe('launch2')
    answer.now?.()
    expect(textOf(await asking)).toContain('accept')
    await call(box, 'news', { uri: 'note://one' })
    expect([updates, box.watched]).toEqual([['note://one'], ['note://one']])
    await until(() => seen.released.length === 1)
  })

  test('a parked request stays open at the process that has asked', async () => {
    const { seen, box, who } = await started()
    const caller: Caller = { capabilities: {}, prepare: async (question) => ({ kind: 'pass', question }) }
    const first = await call(box, 'ask', {}, { caller })
    if (first.kind !== 'questions') throw new Error(JSON.stringify(first))
    seen.stale()
    await until(() => seen.begun === 2)
    expect([await who(), seen.released]).toEqual(['launch2', []])
    const inputResponses = Object.fromEntries(
      Object.keys(first.questions).map((key) => [key, { action: 'accept', content: {} }]),
    )
    expect(
      textOf(await call(box, 'ask', {}, { caller, resumed: { from: first.next, inputResponses } })),
    ).toContain('accept')
    await until(() => seen.released.length === 1)
  })
})

describe('nothing is left', () => {
  test('of a crash, and of a stop while the next one is made ready', async () => {
    const { seen, fleet, of } = await started({ env: (launch) => (launch === 3 ? { START_MS: '5000' } : {}) })
    process.kill(of('launched')[0]?.pid ?? 0, 'SIGKILL')
    await until(() => seen.begun === 2)
    expect(seen.released).toEqual([1])
    seen.stale()
    await until(() => of('launched').length === 3)
    await fleet.stop()
    expect(seen.released.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    expect(of('launched').filter(({ pid }) => isAlive(pid))).toEqual([])
  })

  test('of a stop while old ones end their calls', async () => {
    const { seen, fleet, slow, of } = await started()
    const calls: Promise<unknown>[] = []
    for (const round of [1, 2]) {
      const { reply } = await slow(60_000)
      calls.push(reply)
      seen.stale()
      await until(() => seen.begun === round + 1)
    }
    // And not until their calls are over.
    await fleet.stop()
    for (const reply of await Promise.all(calls)) expect(reply).toMatchObject({ kind: 'unavailable' })
    expect(of('launched').filter(({ pid }) => isAlive(pid))).toEqual([])
    expect(seen.released).toHaveLength(seen.launches)
  })
})
