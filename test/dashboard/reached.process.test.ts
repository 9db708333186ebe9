/** Whom the page and the terminal reach (promise 6): what is said to be opened was, and who is there is known. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { systemBrowser, type Browser, type Opened } from '../../src/dashboard/browser.ts'
import type { ProcessLooks } from '../../src/dashboard/caller/look.ts'
import { askState } from '../../src/dashboard/neighbours/client.ts'
import type { Dashboard } from '../../src/dashboard/dashboard.ts'
import type { Near, Neighbours } from '../../src/dashboard/neighbours/neighbours.ts'
import type { PageOpening } from '../../src/dashboard/opening.ts'
import { Showing, type ShowingOptions } from '../../src/dashboard/showing.ts'
import type { Pending } from '../../src/approval/facts/pending.ts'
import { askPage, setUp, temporaryDir } from './support.ts'

const asker = { kind: 'none', why: '' } as const

const opener = (opened: Opened): Browser => ({
  open: () => Promise.resolve(opened),
  launchers: () => new Set(),
  close: () => undefined,
})

describe('page-opened is written down', () => {
  const launcher = (code: string): string => {
    const file = join(temporaryDir(), 'launcher')
    // A shell, since Node may take longer to start on a busy machine than a browser is watched.
    writeFileSync(file, `#!/bin/sh\n${code}\n`)
    chmodSync(file, 0o700)
    return file
  }
  const real = (argv: readonly string[] | undefined): Browser =>
    systemBrowser({ argv, env: { PATH: '/nowhere' }, platform: 'linux' })
  const CASES: [string, () => Browser, RegExp | undefined][] = [
    ['of a browser that started', () => real([launcher('exec /bin/sleep 10')]), undefined],
    ['of one that handed the link on and ended well', () => real([launcher('')]), undefined],
    ['never of one that fails at once', () => real([launcher('exit 3')]), /ended with 3/],
    ['never of one that is killed', () => real([launcher('kill -TERM $$')]), /ended with SIGTERM/],
    ['never of one that is not there', () => real(['/nowhere/browser']), /ENOENT/],
    [
      'never without a screen',
      () => opener({ kind: 'failed', why: 'there is no graphical session to open a browser in' }),
      /no graphical session/,
    ],
  ]
  it.each(CASES)('%s', async (_what, browser, why) => {
    const { dashboard, desk, events } = await setUp({ opener: browser() }, false)
    const answer = await askPage(dashboard, desk.add())
    if (why === undefined) expect(answer).toEqual({ kind: 'shown' })
    else expect(answer).toEqual({ kind: 'unavailable', why: expect.stringMatching(why) })
    expect(events.map(({ phase }) => phase)).toEqual(why === undefined ? ['page-opened'] : [])
    await dashboard.close()
  })
})

const askTerminal = async ({ terminalChannel }: Dashboard, question: Pending) =>
  terminalChannel.reach?.(question, asker)

const looks = (standing: 'clear' | 'orphan', sits: boolean): ProcessLooks => ({
  look: () => Promise.resolve({ standing, pids: [1], names: [], identity: 'x', sidecar: false }),
  sitsAtTerminal: () => Promise.resolve(sits),
  untouched: () => Promise.resolve(true),
  neighbours: () => Promise.resolve(new Map()),
})

describe.runIf(['linux', 'darwin'].includes(process.platform))('at the terminal there is', () => {
  const MINUTE = 60_000
  it.each<[string, ProcessLooks, number, 'shown' | 'untended']>([
    ['a person who looked a moment ago', looks('clear', true), 0, 'shown'],
    ['a person who looked four minutes ago', looks('clear', true), 4 * MINUTE, 'shown'],
    ['nobody when that was long ago', looks('clear', true), 6 * MINUTE, 'untended'],
    ['nobody when it was a script', looks('clear', false), 0, 'untended'],
    ['nobody when his terminal is not believed', looks('orphan', true), 0, 'untended'],
  ])('%s', async (_who, given, laterMs, kind) => {
    const { dashboard, desk, run, clock } = await setUp({ looks: given }, false)
    const question = desk.add()
    expect((await askTerminal(dashboard, question))?.kind).toBe('untended')
    expect((await askState(await run())).kind).toBe('ok')
    clock.now += laterMs
    expect((await askTerminal(dashboard, question))?.kind).toBe(kind)
  })

  it('whom the call waits for, where the config names the terminal alone', async () => {
    const { dashboard, desk } = await setUp({ channels: ['terminal'] }, false)
    expect(await askTerminal(dashboard, desk.add())).toMatchObject({ kind: 'untended', waits: true })
    const other = await setUp({ channels: ['elicitation', 'terminal'] }, false)
    expect(await askTerminal(other.dashboard, other.desk.add())).toMatchObject({ waits: false })
  })
})

it('says that nobody can answer at a terminal where the system does not tell who types', async () => {
  const platform = vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
  const { dashboard, desk } = await setUp({}, false)
  expect(await askTerminal(dashboard, desk.add())).toMatchObject({ kind: 'unavailable' })
  platform.mockRestore()
})

it('relies on no browser of a neighbour that is only being started, and then is not', async () => {
  const stateDir = temporaryDir()
  const fails: Opened = { kind: 'failed', why: 'no screen' }
  let tried: () => void = () => undefined
  const trying = new Promise<void>((settle) => (tried = settle))
  const slow: Browser = {
    ...opener(fails),
    open: () => {
      tried()
      return new Promise((settle) => setTimeout(settle, 400, fails))
    },
  }
  const trusted: ProcessLooks = {
    ...looks('clear', false),
    look: () =>
      Promise.resolve({
        standing: 'clear',
        pids: [process.pid],
        names: [],
        identity: 'x',
        sidecar: true,
      }),
    neighbours: (pids) =>
      Promise.resolve(new Map(pids.map((pid) => [pid, { inside: false, decides: true }]))),
  }
  const older = await setUp({ stateDir, looks: trusted, opener: slow }, false)
  const later = { stateDir, looks: trusted, opener: opener(fails), now: () => 1_000_001 }
  const younger = await setUp(later, false)
  await Promise.all([older.front.open(), younger.front.open()])
  const first = askPage(older.dashboard, older.desk.add())
  await trying
  const second = askPage(younger.dashboard, younger.desk.add())
  expect([(await first).kind, (await second).kind]).toEqual(['unavailable', 'unavailable'])
})

it('tells who is refused the reason, and that no page can be opened either', async () => {
  const browser = { ...opener({ kind: 'opened' }), impossible: () => 'no screen' }
  const { run, front } = await setUp({ looks: looks('orphan', true), opener: browser }, false)
  await front.open()
  expect(await askState(await run())).toMatchObject({ value: { refuses: 'orphan', noPage: 'no screen' } })
})

it.each([
  ['can', undefined, 'shown'],
  ['can not', 'no screen', 'unavailable'],
] as const)(
  'counts a page of another sidecar that can not decide as one where ours %s be opened from it',
  async (_can, impossible, kind) => {
    const near = [{ run: { id: 'n' }, state: { pageOpen: true }, decides: false, isElder: false }]
    const showing = new Showing({
      opening: {
        isShown: false,
        impossible,
        open: () => Promise.resolve({ opened: false, why: 'no screen' }),
      } as unknown as PageOpening,
      neighbours: { near: () => Promise.resolve(near as unknown as Near[]) } as unknown as Neighbours,
      openDoor: () => Promise.resolve(),
      isAsked: () => false,
      isAttended: () => false,
      isOnlyTerminal: () => false,
      onLost: () => undefined,
    } satisfies ShowingOptions)
    expect((await showing.page.reach?.({} as never, asker))?.kind).toBe(kind)
    showing.close()
  },
)
