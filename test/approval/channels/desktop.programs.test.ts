/** The native dialog: real ones under Xvfb, driven by keys. */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../../../src/approval/facts/channel.ts'
import { desktopChannel } from '../../../src/approval/channels/desktop/desktop.ts'
import { TITLE } from '../../../src/approval/channels/desktop/dialog.ts'
import { wrap } from '../../../src/approval/wrap.ts'
import { openDisplay, type Display } from '../../servers/display.ts'
import { needs } from '../../servers/needs.mjs'
import { asker, HOSTILE, never, pendingOf, scratch } from './dialogs.ts'

describe.runIf(needs('zenity', 'kdialog', 'Xvfb', 'xdotool'))('real dialogs, driven by keys', () => {
  let screen: Display
  let home = ''
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'sidemux-home-'))
    screen = await openDisplay()
  })
  afterAll(() => {
    screen.close()
    rmSync(home, { recursive: true, force: true })
  })

  const xdo = (...args: string[]): string =>
    spawnSync('xdotool', args, {
      env: { ...process.env, DISPLAY: screen.name },
      encoding: 'utf8',
    }).stdout.trim()
  const windows = (): string[] =>
    xdo('search', '--onlyvisible', '--name', '^sidemux asks').split('\n').filter(Boolean)
  const env = (): NodeJS.ProcessEnv => ({ HOME: home, DISPLAY: screen.name })

  async function opened(): Promise<void> {
    const end = Date.now() + 20_000
    while (windows().length === 0) {
      if (Date.now() > end) throw new Error('no dialog was shown')
      await sleep(50)
    }
    // Reading takes a while, and the window wants its focus.
    await sleep(1500)
  }

  async function closed(): Promise<void> {
    const end = Date.now() + 20_000
    while (windows().length > 0) {
      if (Date.now() > end) throw new Error('the dialog stayed')
      await sleep(50)
    }
  }

  /** A directory with nothing in it but this program. */
  function only(program: string): string[] {
    const dir = scratch()
    const path = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
    symlinkSync(path, join(dir, program))
    return [dir]
  }

  const PROGRAMS: [string, string[], string[]][] = [
    ['zenity', ['Tab', 'Tab', 'Tab', 'Return'], ['Escape']],
    ['kdialog', ['Tab', 'Return'], ['Escape']],
  ]
  for (const [program, approve, close] of PROGRAMS) {
    describe(program, () => {
      const CASES: [string, string[], Answer['kind']][] = [
        ['Return alone is the no', ['Return'], 'denied'],
        ['Approve takes going there', approve, 'approved'],
        ['closing decides nothing', close, 'cancelled'],
      ]
      it.each(CASES)('%s (promise 4)', async (_what, keys, kind) => {
        const channel = desktopChannel({ env: env(), directories: only(program) })
        const answer = channel.ask(pendingOf(), asker, never())
        await opened()
        for (const key of keys) xdo('key', key)
        expect(await answer).toEqual({ kind })
      })

      it('goes away, with its process, when the question was answered elsewhere', async () => {
        const gone = new AbortController()
        const answer = desktopChannel({ env: env(), directories: only(program) }).ask(
          pendingOf(),
          asker,
          gone.signal,
        )
        await opened()
        gone.abort()
        expect(await answer).toEqual({ kind: 'unanswered' })
        await closed()
        expect(processesNamed(program)).toEqual([])
      })
    })
  }

  it('shows markup, options, line breaks and hidden characters as they are, and runs no shell', async () => {
    const dir = scratch()
    const copy = join(dir, 'copy')
    // What zenity was given, noted on the way to it.
    writeFileSync(join(dir, 'zenity'), `#!/bin/sh\ntee ${copy} | exec /usr/bin/zenity "$@"\n`)
    chmodSync(join(dir, 'zenity'), 0o700)
    const pending = pendingOf({
      ...Object.fromEntries(HOSTILE.map((text, index) => [`a${index}`, text])),
      bidi: 'a\u202Eb\nrisk: read',
    })
    const answer = desktopChannel({ env: env(), directories: [dir] }).ask(pending, asker, never())
    await opened()
    // What is selected in the window is what the window holds.
    const selected = selectAll()
    xdo('key', 'Escape')
    expect(await answer).toEqual({ kind: 'cancelled' })
    const given = readFileSync(copy, 'utf8')
    expect(given).toContain('"a‹U+202E›b\\nrisk: read"')
    expect(given).toBe(wrap(pending.text, 96).join('\n'))
    if (selected !== undefined) expect(selected).toBe(given)
    expect(existsSync(join(dir, 'pwned')) || existsSync('/pwned') || existsSync(join(home, 'pwned'))).toBe(
      false,
    )
  })

  /** Undefined without xclip. */
  function selectAll(): string | undefined {
    xdo('key', 'ctrl+a')
    const { status, stdout } = spawnSync('xclip', ['-o', '-selection', 'primary'], {
      env: { ...process.env, DISPLAY: screen.name },
      encoding: 'utf8',
      timeout: 5000,
    })
    return status === 0 ? stdout : undefined
  }

  it('one at a time, in the order in which they were asked; who is withdrawn in line never shows', async () => {
    const channel = desktopChannel({ env: env(), directories: only('zenity') })
    const second = new AbortController()
    const answers = [
      channel.ask(pendingOf({ n: 1 }), asker, never()),
      channel.ask(pendingOf({ n: 2 }), asker, second.signal),
      channel.ask(pendingOf({ n: 3 }), asker, never()),
    ]
    await opened()
    expect(windows()).toHaveLength(1)
    second.abort()
    expect(await answers[1]).toEqual({ kind: 'unanswered' })
    expect(windows()).toHaveLength(1)
    xdo('key', 'Return')
    expect(await answers[0]).toEqual({ kind: 'denied' })
    await opened()
    expect(windows()).toHaveLength(1)
    xdo('key', 'Escape')
    expect(await answers[2]).toEqual({ kind: 'cancelled' })
    await closed()
  })

  it('ends with the sidecar, however that ends (promise 8)', async () => {
    const module = join(import.meta.dirname, '../../../dist/approval/channels/desktop/desktop.js')
    const script = `import(${JSON.stringify(module)}).then(({ desktopChannel }) => desktopChannel({ env: process.env }).ask(${JSON.stringify(pendingOf())}, { kind: 'none', why: '' }, new AbortController().signal))`
    const owner = spawn(process.execPath, ['-e', script], {
      env: { ...env(), PATH: process.env['PATH'] },
      stdio: 'ignore',
    })
    await opened()
    owner.kill('SIGKILL')
    await closed()
  })

  it('a display that is not there is no decision', async () => {
    const channel = desktopChannel({ env: { HOME: home, DISPLAY: ':4711' }, directories: only('zenity') })
    expect((await channel.ask(pendingOf(), asker, never())).kind).toBe('unavailable')
  })

  it('has a title that holds nothing of the question', async () => {
    const gone = new AbortController()
    const answer = desktopChannel({ env: env(), directories: only('zenity') }).ask(
      pendingOf(),
      asker,
      gone.signal,
    )
    await opened()
    expect(xdo('getwindowname', windows()[0] ?? '')).toBe(TITLE)
    gone.abort()
    await answer
  })

  function processesNamed(name: string): string[] {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .filter((pid) => {
        try {
          return (
            readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name &&
            readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`DISPLAY=${screen.name}\0`)
          )
        } catch {
          return false
        }
      })
  }
})
