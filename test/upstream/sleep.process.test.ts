/** A child that nobody needs has no process: until its first call, and after some time without use (promises 8, 9). */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PACE } from '../../src/upstream/backoff.ts'
import type { ChildSpec } from '../../src/upstream/life/child.ts'
import type { SleepRule } from '../../src/upstream/life/idle-watch.ts'
import { needsThat } from '../servers/needs.mjs'
import { call, isAlive, spec, startFleet, textOf, until, type TestFleet } from './harness.ts'
import { removeTree } from '../remove-tree.mjs'

interface Scene extends TestFleet {
  /** Changes what holds from now on; regarded by the child. */
  readonly rule: { -readonly [Key in keyof SleepRule]: SleepRule[Key] }
  readonly file: (name: string) => string
  /** Words of the server's log that begin with this. */
  readonly noted: (word: string) => readonly string[]
  readonly held: { began: number; released: number }
}

/** Longer than any test. */
const LONG = 600_000

function scene(rule: Partial<SleepRule>, pace = PACE): Scene {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-sleep-'))
  onTestFinished(() => removeTree(dir))
  const file = (name: string): string => join(dir, name)
  const now = { untilCalled: true, idleMs: LONG, endsWorking: false, ...rule }
  const held = { began: 0, released: 0 }
  const env = { WAKES_LOG: file('log'), WAKES_TOOLS: file('tools'), WAKES_FAILS: file('fails') }
  const one = spec('one', 'wakes', { env })
  const hold = {
    begin: () => void (held.began += 1),
    release: async () => void (held.released += 1),
  }
  const launched: ChildSpec = {
    ...one,
    launch: async (...given) => ({ ...(await one.launch(...given)), hold }),
    sleep: () => now,
  }
  return {
    ...startFleet([launched], { isKnown: () => true, pace }),
    rule: now,
    file,
    noted: (word) =>
      existsSync(file('log'))
        ? readFileSync(file('log'), 'utf8')
            .split('\n')
            .filter((line) => line.startsWith(`${word} `))
        : [],
    held,
  }
}

const echo = async ({ child }: TestFleet, text: string): Promise<unknown> =>
  textOf(await call(child('one'), 'get_echo', { text }))
const sleeps = ({ child }: TestFleet): Promise<void> => until(() => child('one').state.kind === 'asleep')

describe('a child that nobody has called yet', () => {
  test('is not started, and ten calls at once start it once', async () => {
    const at = scene({})
    expect(at.child('one').state).toMatchObject({ kind: 'asleep' })
    await at.fleet.settled()
    at.child('one').setLogLevel('debug')
    at.child('one').rootsChanged()
    at.child('one').storeBack('any')
    at.child('one').unwatch('note://one')
    at.child('one').regard()
    expect(at.of('launched')).toEqual([])
    const texts = Array.from({ length: 10 }, (_, n) => String(n))
    expect(await Promise.all(texts.map((text) => echo(at, text)))).toEqual(texts)
    expect(at.noted('start')).toHaveLength(1)
    expect(at.noted('call')).toHaveLength(10)
  })

  test('is started for a call that is cancelled meanwhile, which is not sent', async () => {
    const at = scene({})
    const leaves = new AbortController()
    const called = call(at.child('one'), 'get_echo', { text: 'never' }, { signal: leaves.signal })
    leaves.abort()
    expect(await called).toEqual({ kind: 'cancelled' })
    expect(await echo(at, 'after')).toBe('after')
    expect(at.noted('start')).toHaveLength(1)
    expect(at.noted('call')).toEqual(['call get_echo after'])
  })

  test('answers with its own last words when it can not start', async () => {
    const at = scene({}, { ...PACE, maxStarts: 1 })
    writeFileSync(at.file('fails'), 'the cupboard is bare\n')
    const reply = await call(at.child('one'), 'get_echo', { text: 'x' })
    expect(reply).toMatchObject({
      kind: 'unavailable',
      said: expect.stringContaining('the cupboard is bare'),
    })
    expect(at.child('one').state).toMatchObject({ kind: 'waiting' })
  })

  test('is not started by an edit while what it offers is known, and is by one that makes it eager', async () => {
    const at = scene({})
    const edited = { ...spec('one', 'wakes', { env: { WAKES_LOG: at.file('log') } }), sleep: () => at.rule }
    at.fleet.change([edited], () => false)
    expect(at.child('one').state).toMatchObject({ kind: 'asleep' })
    at.rule.untilCalled = false
    at.fleet.change([edited], () => true)
    await until(() => at.child('one').state.kind === 'ready')
    expect(at.noted('start')).toHaveLength(1)
  })

  test('is started by an edit after which it is not known what it offers', async () => {
    const at = scene({})
    at.rule.untilCalled = false
    at.child('one').become({ ...spec('one', 'wakes'), sleep: () => at.rule })
    await until(() => at.child('one').state.kind === 'ready')
  })
})

describe('a child that nobody uses', () => {
  test('is ended with its usual end, gives back what it held, keeps its tools, and works when it is called', async () => {
    const at = scene({ idleMs: 200 })
    expect(await echo(at, 'a')).toBe('a')
    const pid = Number(at.noted('start')[0]?.split(' ')[1])
    await sleeps(at)
    await until(() => !isAlive(pid) && at.held.released === 1)
    expect(at.noted('end')).toHaveLength(1)
    expect(at.held.began).toBe(1)
    expect(at.of('exited')).toMatchObject([{ code: 0, reason: 'nobody has called it for 200ms' }])
    expect(at.of('sleeps')).toHaveLength(1)
    expect(at.child('one').offers?.tools).toHaveLength(4)
    expect(await echo(at, 'b')).toBe('b')
    expect(at.noted('start')).toHaveLength(2)
    expect([at.of('failed'), at.of('not-ready')]).toEqual([[], []])
  })

  test('is not ended where idle is 0, and is when an edit says otherwise', async () => {
    const at = scene({ idleMs: 0 })
    await echo(at, 'a')
    at.rule.idleMs = 100
    at.child('one').regard()
    await sleeps(at)
  })

  test('is told as stopped where sidemux stops while it ends', async () => {
    const at = scene({ idleMs: 100 })
    await echo(at, 'a')
    await sleeps(at)
    await at.fleet.stop()
    expect(isAlive(Number(at.noted('start')[0]?.split(' ')[1]))).toBe(false)
    expect(at.held.released).toBe(1)
  })
})

describe('what keeps a child awake', () => {
  /** So often its rule was looked at that it would have been ended, had nothing kept it. */
  async function looked(at: Scene, times = 4): Promise<void> {
    let left = times
    const { idleMs } = at.rule
    Object.defineProperty(at.rule, 'idleMs', {
      configurable: true,
      get: () => {
        left -= 1
        return idleMs
      },
    })
    await until(() => left <= 0)
  }

  test('a call under way', async () => {
    const at = scene({ idleMs: 100 })
    const held = call(at.child('one'), 'get_held', { file: at.file('go') })
    await until(() => at.noted('call').length === 1)
    await looked(at)
    writeFileSync(at.file('go'), '')
    expect(textOf(await held)).toBe('let go')
    expect(at.noted('start')).toHaveLength(1)
    await sleeps(at)
  })

  test('a question that is open', async () => {
    const at = scene({ idleMs: 100 })
    let answer: (given: Record<string, unknown>) => void = () => undefined
    const asked = new Promise<Record<string, unknown>>((resolve) => (answer = resolve))
    const caller = { capabilities: { elicitation: {} }, ask: async () => asked }
    const called = call(at.child('one'), 'get_asked', {}, { caller })
    await until(() => at.noted('call').length === 1)
    await looked(at)
    answer({ action: 'accept', content: {} })
    expect(textOf(await called)).toContain('accept')
    expect(at.noted('start')).toHaveLength(1)
    await sleeps(at)
  })

  test('a resource that is watched, which starts it as well', async () => {
    const at = scene({ idleMs: 100 })
    const watch = { method: 'resources/subscribe', params: { uri: 'note://one' } }
    const options = { signal: new AbortController().signal, timeoutMs: 10_000, caller: { capabilities: {} } }
    expect(await at.child('one').request(watch, options)).toMatchObject({ kind: 'result' })
    await looked(at)
    expect(at.child('one').state).toMatchObject({ kind: 'ready' })
    at.child('one').unwatch('note://one')
    await sleeps(at)
    expect(at.noted('start')).toHaveLength(1)
  })

  test('somebody who is asked whether a call may go on', async () => {
    const at = scene({ idleMs: 100 })
    await echo(at, 'a')
    let decide: () => void = () => undefined
    const decided = at.fleet.during('one', new Promise<void>((resolve) => (decide = resolve)))
    await looked(at)
    expect(at.child('one').state).toMatchObject({ kind: 'ready' })
    decide()
    await decided
    await sleeps(at)
  })

  test.runIf(needsThat(process.platform === 'linux', 'programs of servers are known on Linux only'))(
    'a program that it has started, as long as that runs, unless its own entry says when it ends',
    async () => {
      const at = scene({ idleMs: 100 })
      const program = Number(textOf(await call(at.child('one'), 'start_program')))
      await looked(at)
      expect(at.child('one').state).toMatchObject({ kind: 'ready' })
      process.kill(program)
      await sleeps(at)
      const other = Number(textOf(await call(at.child('one'), 'start_program')))
      at.rule.endsWorking = true
      await sleeps(at)
      await until(() => !isAlive(other))
    },
  )
})

test('calls that come just when it is ended are answered once each, and nothing is left', async () => {
  const at = scene({ idleMs: 100 })
  const answered = new Map<string, number>()
  let sent = 0
  for (let round = 0; round < 12; round += 1) {
    const texts = Array.from({ length: 1 + (round % 3) }, () => String((sent += 1)))
    const replies = await Promise.all(texts.map((text) => echo(at, text)))
    expect(replies).toEqual(texts)
    for (const text of texts) answered.set(text, (answered.get(text) ?? 0) + 1)
    // Around the moment in which it falls asleep: before it, within its end, and after it.
    const until_ = performance.now() + 97 + (round % 6)
    while (performance.now() < until_) await new Promise((resolve) => setImmediate(resolve))
  }
  expect([...answered.values()].every((times) => times === 1)).toBe(true)
  expect(at.noted('call')).toHaveLength(sent)
  await sleeps(at)
  const pids = at.noted('start').map((line) => Number(line.split(' ')[1]))
  await until(() => pids.every((pid) => !isAlive(pid)) && at.held.released === pids.length)
  expect(at.of('exited')).toHaveLength(pids.length)
})
