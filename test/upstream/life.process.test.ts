import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { SidemuxError } from '../../src/errors.ts'
import { PACE } from '../../src/upstream/backoff.ts'
import type { ChildSpec } from '../../src/upstream/life/child.ts'
import { parseLine, type Frame } from '../../src/wire/framing.ts'
import {
  call,
  environment,
  isAlive,
  pidFile,
  serverFile,
  spec,
  startFleet,
  textOf,
  until,
} from './harness.ts'

const QUICK = { ...PACE, firstDelayMs: 10, maxDelayMs: 40 }

describe('one child never takes down another (promise 1)', () => {
  test('a crash loop: 5 starts and one in the other era, then seldom; the good one is not delayed', async () => {
    const pids = pidFile()
    const specs = [spec('bad', 'crash', { env: { PIDS: pids.path } }), spec('good', 'echo')]
    const { fleet, child, of } = startFleet(specs, { pace: QUICK })
    await fleet.settled()
    expect(textOf(await call(child('good'), 'echo', { text: 'a' }))).toBe('a')
    await until(() => of('failed').length === 1)
    expect(pids.pids()).toHaveLength(6)
    expect(of('exited').filter((event) => event.id === 'bad' && event.code === 3)).toHaveLength(6)
    expect(of('stderr').some((event) => event.line === 'no database')).toBe(true)
    expect(of('not-ready').map(({ tries, isNews }) => [tries, isNews])).toEqual(
      [1, 2, 3, 4, 5, 6].map((tries) => [tries, tries === 2 ? true : undefined]),
    )
    expect(child('bad').state).toMatchObject({
      kind: 'waiting',
      reason:
        '"bad" exited with code 3 while starting. It went down often, so it is tried seldom now, and when it is called.',
      hint: '"sidemux logs bad" tells what became of it.',
      said: "it printed last (the server's words, not sidemux's):\n> no database",
    })
    await call(child('bad'), 'echo')
    // That call has brought about a try, and no more than one in 5 s is.
    expect(pids.pids()).toHaveLength(8)
  })

  test('a hundred calls that bring its next try forward are no hundred changes of its state', async () => {
    const { fleet, child } = startFleet([spec('bad', 'crash')], { pace: { ...QUICK, maxStarts: 1 } })
    await until(() => child('bad').state.kind === 'waiting')
    const before = child('bad').state
    let changes = 0
    fleet.onChange(() => (changes += 1))
    const calls = Array.from({ length: 100 }, async () => call(child('bad'), 'echo', {}, { timeoutMs: 200 }))
    await Promise.all(calls)
    expect(child('bad').state).not.toEqual(before)
    expect(changes).toBeLessThan(4)
  })

  test('ten children start side by side, and a slow one delays nobody', async () => {
    const slow: ChildSpec = {
      id: 'slow',
      startTimeoutMs: 600_000,
      launch: () => new Promise(() => undefined),
    }
    const many = Array.from({ length: 10 }, (_, index) => spec(`c${index}`, 'dies-on-probe'))
    const { child } = startFleet([slow, ...many])
    await until(() => many.every(({ id }) => child(id).state.kind === 'ready'))
    expect(child('slow').state.kind).toBe('starting')
    const early = call(child('slow'), 'echo', {}, { timeoutMs: 50 })
    expect(await early).toMatchObject({ kind: 'unavailable', reason: '"slow" is still starting.' })
  })

  test('one that takes too long to start says so', async () => {
    const late: ChildSpec = { id: 'late', startTimeoutMs: 1000, launch: () => new Promise(() => undefined) }
    const { fleet, child } = startFleet([late])
    await fleet.settled()
    expect(child('late').state).toMatchObject({
      kind: 'waiting',
      reason: '"late" was not ready within 1 s of its start.',
    })
  })

  test('a call that comes while the child starts waits for it', async () => {
    const { child } = startFleet([spec('one', 'echo')])
    expect(textOf(await call(child('one'), 'echo', { text: 'early' }))).toBe('early')
  })
})

describe('a launch that is refused', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-launch-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const scriptOf = (text: string): string => {
    const file = join(dir, 'script')
    writeFileSync(file, text, { mode: 0o700 })
    return file
  }
  const launchable = { command: process.execPath, args: [], cwd: '/', env: environment() }
  const refused = new SidemuxError('${team:/x} was not found', { hint: 'sidemux secrets check' })
  const passing = Object.assign(new SidemuxError('team did not answer'), { retryable: true })
  const cases: {
    title: string
    launch: ChildSpec['launch']
    expected: { kind: string; reason: string; hint?: string }
  }[] = [
    {
      title: 'a secret is missing',
      launch: () => Promise.reject(refused),
      expected: { kind: 'failed', reason: '${team:/x} was not found', hint: 'sidemux secrets check' },
    },
    {
      title: 'a store is down',
      launch: () => Promise.reject(passing),
      expected: { kind: 'waiting', reason: 'team did not answer' },
    },
    {
      title: 'no such program',
      launch: () => Promise.resolve({ ...launchable, command: 'no-such-program' }),
      expected: { kind: 'failed', reason: 'The command of "one" does not exist.' },
    },
    {
      title: 'no such directory',
      launch: () => Promise.resolve({ ...launchable, cwd: '/no/such' }),
      expected: {
        kind: 'failed',
        reason: 'The working directory of "one" is not there, or may not be entered.',
        hint: 'Check cwd of "one" in servers.yaml.',
      },
    },
    {
      title: 'a directory as the program',
      launch: () => Promise.resolve({ ...launchable, command: tmpdir() }),
      expected: { kind: 'failed', reason: 'The command of "one" is a directory.' },
    },
    {
      title: 'a script whose interpreter is missing',
      launch: () => Promise.resolve({ ...launchable, command: scriptOf('#!/no/such/program\n') }),
      expected: { kind: 'failed', reason: 'The command of "one" is there, but what runs it is not.' },
    },
    {
      title: 'not a program',
      launch: () => Promise.resolve({ ...launchable, command: serverFile('raw') }),
      expected: { kind: 'failed', reason: 'The command of "one" may not be executed.' },
    },
    {
      title: 'a NUL in a secret',
      launch: () => Promise.resolve({ ...launchable, env: { X: 'sekrit\0' } }),
      expected: { kind: 'failed', reason: '"one" could not be started (ERR_INVALID_ARG_VALUE).' },
    },
  ]
  test.each(cases)('$title', async ({ launch, expected }) => {
    const { fleet, child, events } = startFleet([{ id: 'one', startTimeoutMs: 5000, launch }])
    await fleet.settled()
    expect(child('one').state).toMatchObject(expected)
    expect(events.filter((event) => event.kind === 'launched')).toEqual([])
    expect(JSON.stringify(events)).not.toContain('sekrit')
    expect(await call(child('one'), 'x')).toMatchObject({ kind: 'unavailable', reason: expected.reason })
  })
})

describe('a child that dies during a call', () => {
  const cases = [
    { tool: 'exits', reason: '"one" exited with code 9 during the call.' },
    { tool: 'closes-stdout', reason: '"one" closed its output during the call.' },
  ]
  test.each(cases)(
    '$tool: each call in flight ends once, at once, and it is started again',
    async ({ tool, reason }) => {
      const one = { ...spec('one', 'odd'), stopGraceMs: () => 200 }
      const { fleet, child, of } = startFleet([one], { pace: QUICK })
      await fleet.settled()
      const first = of('launched')[0]?.pid ?? 0
      const tools = child('one').offers?.tools
      let answers = 0
      const calls = ['never-answers', 'never-answers', tool].map(async (name) => {
        const reply = await call(child('one'), name)
        answers++
        return reply
      })
      for (const reply of await Promise.all(calls)) {
        expect(reply).toEqual({
          kind: 'unavailable',
          reason,
          hint: 'The call may have taken effect; check before trying again.',
        })
      }
      expect(answers).toBe(3)
      expect(child('one').offers?.tools).toBe(tools)
      await until(() => child('one').state.kind === 'ready' && of('launched').length === 2)
      expect(isAlive(first)).toBe(false)
      expect(textOf(await call(child('one'), 'echo', { text: 'again' }))).toBe('again')
      expect(of('exited')).toHaveLength(1)
    },
  )

  test.each([1000, 1024 * 1024])(
    'its last words count, also when it takes a while to read them (%i)',
    async (bytes) => {
      const readLarge = async (_id: string, line: readonly Buffer[]): Promise<Frame> => {
        await new Promise((resolve) => setTimeout(resolve, 500))
        return parseLine(Buffer.concat(line), 'response') ?? { kind: 'bad', why: 'not-json', bytes: 0 }
      }
      const { fleet, child, of } = startFleet([spec('one', 'parting')], { readLarge })
      await fleet.settled()
      expect(textOf(await call(child('one'), 'part', { bytes }))).toHaveLength(bytes)
      await until(() => of('exited').length === 1)
    },
  )

  test('in 2026-07-28 too, and the new one is not probed', async () => {
    const { fleet, child, eras } = startFleet([spec('one', 'modern')], { pace: QUICK })
    await fleet.settled()
    expect(await call(child('one'), 'exits')).toMatchObject({
      kind: 'unavailable',
      reason: '"one" exited with code 4 during the call.',
    })
    expect(eras.get('one')).toBe('2026-07-28')
    await until(() => child('one').state.kind === 'ready')
    expect(textOf(await call(child('one'), 'echo', { text: 'again' }))).toBe('again')
  })

  test('a call waits for the next start, which it brings about where that is long from now', async () => {
    const { fleet, child, of } = startFleet([spec('one', 'odd')], {
      pace: { ...PACE, firstDelayMs: 60_000, maxDelayMs: 60_000 },
    })
    await fleet.settled()
    await call(child('one'), 'exits')
    await until(() => child('one').state.kind === 'waiting')
    const waiting = [1, 2, 3].map(() => call(child('one'), 'echo', { text: 'x' }))
    expect((await Promise.all(waiting)).map(textOf)).toEqual(['x', 'x', 'x'])
    expect(of('launched')).toHaveLength(2)
  })
})

test('what a child finds in its environment is what its launch says, to the name (promise 2)', async () => {
  process.env['SIDEMUX_TEST_TOKEN'] = 'of the sidecar'
  process.env['NODE_OPTIONS'] = '--no-warnings'
  const declared = { API_KEY: 'its own' }
  const { fleet, child } = startFleet([spec('one', 'echo', { env: declared }), spec('two', 'echo')])
  await fleet.settled()
  delete process.env['SIDEMUX_TEST_TOKEN']
  delete process.env['NODE_OPTIONS']
  expect(JSON.parse(String(textOf(await call(child('one'), 'env'))))).toEqual(environment(declared))
  expect(JSON.parse(String(textOf(await call(child('two'), 'env'))))).toEqual(environment())
})
