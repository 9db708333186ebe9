/** The native dialog: real ones under Xvfb where zenity and xdotool are, and stand-ins that note what they were given. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
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
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Answer, Asker } from '../../../src/approval/channels/channel.ts'
import { desktopChannel, type DesktopOptions } from '../../../src/approval/channels/desktop.ts'
import { APPROVE, DENY, LATER, TITLE } from '../../../src/approval/channels/desktop/dialog.ts'
import {
  sessionEnvironment,
  type SessionSources,
} from '../../../src/approval/channels/desktop/session-env.ts'
import type { Pending } from '../../../src/approval/pending.ts'
import { wrap } from '../../../src/approval/wrap.ts'
import { question, type QuestionFacts } from '../../../src/approval/question.ts'

const asker: Asker = { kind: 'none', why: 'no host is connected' }
const FACTS: QuestionFacts = {
  server: 'github',
  tool: 'delete_repository',
  risk: 'destructive',
  why: 'risk: named delete',
  args: { owner: 'octo', repo: 'demo' },
  changes: [],
}

function pendingOf(args: Record<string, unknown> = FACTS.args, text?: string): Pending {
  const facts = { ...FACTS, args }
  return {
    id: '9b2f6a52-5d25-4f5c-9d7b-0f4f4bb5b0aa',
    facts,
    text: text ?? question(facts)?.text ?? '',
    askedAt: Date.now(),
    expiresAt: Date.now() + 600_000,
    waiting: true,
    state: 'open',
    offer: undefined,
  }
}

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-dialog-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const never = (): AbortSignal => new AbortController().signal

/** Text that would do harm if anybody took it for more than text. */
const HOSTILE = [
  '"; touch pwned; "',
  '$(touch pwned) `touch pwned`',
  '--help',
  '-EncodedCommand AAAA',
  '" & (do shell script "touch pwned") & "',
  '<b>bold</b> &amp; <a href="file:///etc/passwd">x</a>',
  String.raw`C:\new\table %PATH% ${'$'}{HOME}`,
]

describe('stand-ins for each system', () => {
  /** A program that notes its arguments, environment and input, and answers as told. */
  function standIn(
    name: string,
    answer: { print?: string; code?: number },
  ): { dir: string; noted: () => Noted } {
    const dir = scratch()
    const file = join(dir, 'noted.json')
    const script = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs')
writeFileSync(${JSON.stringify(file)}, JSON.stringify({ argv: process.argv.slice(2), env: process.env, input: readFileSync(0, 'utf8') }))
process.stdout.write(${JSON.stringify(answer.print ?? '')})
process.exitCode = ${answer.code ?? 0}
`
    writeFileSync(join(dir, name), script)
    chmodSync(join(dir, name), 0o700)
    return { dir, noted: () => JSON.parse(readFileSync(file, 'utf8')) as Noted }
  }
  interface Noted {
    readonly argv: string[]
    readonly env: Record<string, string>
    readonly input: string
  }
  const sources = (platform: NodeJS.Platform): SessionSources => ({
    platform,
    pid: 1,
    uid: 1,
    proc: '/nowhere',
    runtimeDirs: '/nowhere',
    x11Sockets: '/nowhere',
  })
  /** Each look at it is two seconds later, so that nobody reads too fast. */
  const slowly = (): (() => number) => {
    let now = Date.now()
    return () => (now += 2000)
  }
  const ENV = {
    HOME: '/home/u',
    DISPLAY: ':9',
    GITHUB_TOKEN: 'ghp_secret',
    GTK_MODULES: 'evil',
    LD_PRELOAD: '',
  }

  const SYSTEMS: [NodeJS.Platform, string, string, Answer['kind']][] = [
    ['linux', 'zenity', `${APPROVE}\n`, 'approved'],
    ['darwin', 'osascript', `${APPROVE}\n`, 'approved'],
    ['win32', 'powershell.exe', '6', 'approved'],
  ]
  it.each(SYSTEMS)(
    '%s: what is asked is data to %s, whatever it says',
    async (platform, name, print, kind) => {
      const code = platform === 'linux' ? 1 : 0
      const { dir, noted } = standIn(name, { print, code })
      const options: DesktopOptions = {
        env: ENV,
        sources: sources(platform),
        directories: [dir],
        now: slowly(),
      }
      const hostile = pendingOf(Object.fromEntries(HOSTILE.map((text, index) => [`a${index}`, text])))
      expect(await desktopChannel(options).ask(hostile, asker, never())).toEqual({ kind })
      const { argv, env, input } = noted()
      const first = argv
      for (const text of ['touch', 'delete_repository', 'octo', '--help', 'passwd'])
        expect(argv.join('\n')).not.toContain(text)
      expect(Object.keys(env).filter((key) => /TOKEN|GTK_|LD_/.test(key))).toEqual([])
      const shown =
        platform === 'win32'
          ? Buffer.from(env['SIDEMUX_DIALOG_TEXT'] ?? '', 'base64').toString('utf8')
          : platform === 'darwin'
            ? (JSON.parse(input) as { text: string }).text
            : input
      // Wrapping sets in, and takes nothing away.
      const flat = (text: string): string => text.replace(/\s+/g, '')
      for (const text of HOSTILE) expect(flat(shown)).toContain(flat(JSON.stringify(text)))
      // The same question again, with nothing of it the same but the program's own words.
      expect((await desktopChannel(options).ask(pendingOf(), asker, never())).kind).toBe(kind)
      expect(
        noted().argv.filter((arg) => !arg.startsWith('--height=') && !arg.startsWith('--timeout=')),
      ).toEqual(first.filter((arg) => !arg.startsWith('--height=') && !arg.startsWith('--timeout=')))
    },
  )

  it('kdialog gets each character that could mean anything as a number', async () => {
    const { dir, noted } = standIn('kdialog', { code: 0 })
    const options: DesktopOptions = { env: ENV, sources: sources('linux'), directories: [dir], now: slowly() }
    const text = `<b>&\\n'"$\`\nsecond`
    expect(await desktopChannel(options).ask(pendingOf({}, text), asker, never())).toEqual({ kind: 'denied' })
    expect(noted().argv).toContain(
      '--warningyesnocancel=<qt><pre>&#60;b&#62;&#38;&#92;n&#39;&#34;&#36;&#96;<br/>second</pre></qt>',
    )
  })

  it('PowerShell runs a fixed script, encoded, without a profile', async () => {
    const { dir, noted } = standIn('powershell.exe', { print: '7' })
    const options: DesktopOptions = { env: ENV, sources: sources('win32'), directories: [dir], now: slowly() }
    expect(await desktopChannel(options).ask(pendingOf(), asker, never())).toEqual({ kind: 'denied' })
    const { argv } = noted()
    expect(argv.slice(0, 4)).toEqual(['-NoLogo', '-NoProfile', '-NonInteractive', '-STA'])
    const script = Buffer.from(argv.at(-1) ?? '', 'base64').toString('utf16le')
    expect(script).toContain('MessageBoxDefaultButton]::Button2')
  })

  const ENDS: [NodeJS.Platform, string, { print?: string; code?: number }, Answer['kind']][] = [
    ['linux', 'zenity', { code: 0 }, 'denied'],
    ['linux', 'zenity', { code: 1 }, 'cancelled'],
    ['linux', 'zenity', { code: 5 }, 'cancelled'],
    ['linux', 'zenity', { code: 1, print: 'approve' }, 'unavailable'],
    ['linux', 'zenity', { code: 0, print: `${APPROVE}\n` }, 'denied'],
    ['linux', 'zenity', { code: 255 }, 'unavailable'],
    ['linux', 'kdialog', { code: 1 }, 'approved'],
    ['linux', 'kdialog', { code: 2 }, 'cancelled'],
    ['linux', 'kdialog', { code: 254 }, 'unavailable'],
    ['darwin', 'osascript', { print: `${DENY}\n` }, 'denied'],
    ['darwin', 'osascript', { print: `${LATER}\n` }, 'cancelled'],
    ['darwin', 'osascript', { print: '\n' }, 'cancelled'],
    ['darwin', 'osascript', { code: 1, print: `${APPROVE}\n` }, 'unavailable'],
    ['win32', 'powershell.exe', { print: '2' }, 'cancelled'],
    ['win32', 'powershell.exe', { print: '' }, 'unavailable'],
    ['win32', 'powershell.exe', { code: 1, print: '6' }, 'unavailable'],
  ]
  it.each(ENDS)('%s: %s that ends with %j is %s', async (platform, name, answer, kind) => {
    const { dir } = standIn(name, answer)
    const options: DesktopOptions = {
      env: ENV,
      sources: sources(platform),
      directories: [dir],
      now: slowly(),
    }
    expect((await desktopChannel(options).ask(pendingOf(), asker, never())).kind).toBe(kind)
  })

  it('a yes that comes sooner than anybody reads is no yes: it is asked again (promise 4)', async () => {
    const dir = scratch()
    const runs = join(dir, 'runs')
    writeFileSync(join(dir, 'zenity'), `#!/bin/sh\necho run >> ${runs}\necho '${APPROVE}'\nexit 1\n`)
    chmodSync(join(dir, 'zenity'), 0o700)
    const options: DesktopOptions = { env: ENV, sources: sources('linux'), directories: [dir] }
    expect(await desktopChannel(options).ask(pendingOf(), asker, never())).toEqual({ kind: 'cancelled' })
    expect(readFileSync(runs, 'utf8')).toBe('run\nrun\nrun\n')
  })

  const UNAVAILABLE: [string, Partial<DesktopOptions>, Pending, RegExp][] = [
    ['no program', { directories: ['/nowhere'] }, pendingOf(), /no program/],
    ['no screen', { env: { HOME: '/home/u' } }, pendingOf(), /no screen/],
    ['2,001 characters', {}, pendingOf({ x: 'a'.repeat(2000) }), /too long/],
    ['41 lines', {}, pendingOf({}, 'a\n'.repeat(40)), /too long/],
    [
      'lines that wrap into more than 40',
      {},
      pendingOf({}, 'a'.repeat(97).concat('\n').repeat(20)),
      /too long/,
    ],
  ]
  it.each(UNAVAILABLE)('%s: the next channel is asked', async (_what, given, pending, why) => {
    const { dir } = standIn('zenity', { code: 1, print: `${APPROVE}\n` })
    const options: DesktopOptions = { env: ENV, sources: sources('linux'), directories: [dir], ...given }
    expect(await desktopChannel(options).ask(pending, asker, never())).toEqual({
      kind: 'unavailable',
      why: expect.stringMatching(why) as string,
    })
  })
})

describe('long lines', () => {
  it('are broken where they end, and what is broken off is set in', () => {
    expect(wrap('server: a\n    "x": "1234567890"', 14)).toEqual([
      'server: a',
      '    "x": "1234',
      '        567890',
      '        "',
    ])
    expect(wrap('短短短短', 6)).toEqual(['短短短', '    短'])
  })
})

describe("the user's screen", () => {
  function tree(): SessionSources {
    const proc = scratch()
    const add = (pid: number, parent: number, env: string): void => {
      execFileSync('mkdir', [join(proc, String(pid))])
      writeFileSync(join(proc, String(pid), 'stat'), `${pid} (a) b (c) S ${parent} 1 1`)
      writeFileSync(join(proc, String(pid), 'environ'), env)
    }
    add(30, 20, 'PATH=/x\0HOME=/h\0')
    add(20, 10, 'DISPLAY=:7\0XAUTHORITY=/a\0GITHUB_TOKEN=t\0')
    add(10, 1, 'DISPLAY=:8\0WAYLAND_DISPLAY=wayland-8\0')
    return {
      platform: 'linux',
      pid: 30,
      uid: process.getuid?.() ?? 0,
      proc,
      runtimeDirs: scratch(),
      x11Sockets: scratch(),
    }
  }

  it('is the one of the environment, where it names one', () => {
    expect(sessionEnvironment({ DISPLAY: ':1', HOME: '/h' }, tree())).toMatchObject({
      DISPLAY: ':1',
      HOME: '/h',
    })
  })

  it('is else the one of the nearest process above, and nothing else is taken from there', () => {
    expect(sessionEnvironment({ HOME: '/h', LANG: 'de_DE.UTF-8' }, tree())).toEqual({
      HOME: '/h',
      LANG: 'de_DE.UTF-8',
      PATH: expect.any(String) as string,
      DISPLAY: ':7',
      XAUTHORITY: '/a',
    })
  })

  it("is else a display of this user, never another user's, who would see the question and answer it", async () => {
    const alone = { ...tree(), proc: '/nowhere' }
    const server = createServer().listen(join(alone.x11Sockets, 'X3'))
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    expect(sessionEnvironment({}, alone)).toMatchObject({ DISPLAY: ':3' })
    expect(sessionEnvironment({}, { ...alone, uid: alone.uid + 1 })).not.toHaveProperty('DISPLAY')
  })
})

const MISSING = ['zenity', 'Xvfb', 'xdotool'].filter(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
)
if (MISSING.length > 0) process.stderr.write(`real dialogs are not tested: no ${MISSING.join(', ')}\n`)

describe.skipIf(MISSING.length > 0)('real dialogs, driven by keys', () => {
  let xvfb: ChildProcess
  let display = ''
  let home = ''
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'sidemux-home-'))
    xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    const pipe = xvfb.stdio[3] as NodeJS.ReadableStream
    display = await new Promise<string>((resolve) => {
      let text = ''
      pipe.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes('\n')) resolve(`:${text.trim()}`)
      })
    })
  })
  afterAll(() => {
    xvfb.kill('SIGTERM')
    rmSync(home, { recursive: true, force: true })
  })

  const xdo = (...args: string[]): string =>
    spawnSync('xdotool', args, { env: { ...process.env, DISPLAY: display }, encoding: 'utf8' }).stdout.trim()
  const windows = (): string[] =>
    xdo('search', '--onlyvisible', '--name', '^sidemux asks').split('\n').filter(Boolean)
  const env = (): NodeJS.ProcessEnv => ({ HOME: home, DISPLAY: display })

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
    const there = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
    if (!there) process.stderr.write(`real dialogs of ${program} are not tested: there is none\n`)
    describe.skipIf(!there)(program, () => {
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
      env: { ...process.env, DISPLAY: display },
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
    const module = join(import.meta.dirname, '../../../dist/approval/channels/desktop.js')
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
            readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`DISPLAY=${display}\0`)
          )
        } catch {
          return false
        }
      })
  }
})
