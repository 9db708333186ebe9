/** The native dialog of each system, with stand-ins that note what they were given. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../src/approval/facts/channel.ts'
import { desktopChannel, type DesktopOptions } from '../../../src/approval/channels/desktop/desktop.ts'
import { APPROVE_BUTTON, DENY, LATER } from '../../../src/approval/channels/desktop/dialog.ts'
import type { SessionSources } from '../../../src/approval/channels/desktop/session-env.ts'
import type { Pending } from '../../../src/approval/facts/pending.ts'
import { asker, HOSTILE, never, pendingOf, scratch } from './dialogs.ts'

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
    ['linux', 'zenity', `${APPROVE_BUTTON}\n`, 'approved'],
    ['darwin', 'osascript', `${APPROVE_BUTTON}\n`, 'approved'],
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
    ['linux', 'zenity', { code: 0, print: `${APPROVE_BUTTON}\n` }, 'denied'],
    ['linux', 'zenity', { code: 255 }, 'unavailable'],
    ['linux', 'kdialog', { code: 1 }, 'approved'],
    ['linux', 'kdialog', { code: 2 }, 'cancelled'],
    ['linux', 'kdialog', { code: 254 }, 'unavailable'],
    ['darwin', 'osascript', { print: `${DENY}\n` }, 'denied'],
    ['darwin', 'osascript', { print: `${LATER}\n` }, 'cancelled'],
    ['darwin', 'osascript', { print: '\n' }, 'cancelled'],
    ['darwin', 'osascript', { code: 1, print: `${APPROVE_BUTTON}\n` }, 'unavailable'],
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

  it.each([
    ['yes', `echo '${APPROVE_BUTTON}'\nexit 1`],
    ['no', 'exit 0'],
  ])('a %s that comes sooner than anybody reads is none (promise 4)', async (_what, ends) => {
    const dir = scratch()
    const runs = join(dir, 'runs')
    writeFileSync(join(dir, 'zenity'), `#!/bin/sh\necho run >> ${runs}\n${ends}\n`)
    chmodSync(join(dir, 'zenity'), 0o700)
    // A busy machine may take longer to start a program than anybody takes to read.
    const now = (): number => 0
    const options: DesktopOptions = { env: ENV, sources: sources('linux'), directories: [dir], now }
    expect(await desktopChannel(options).ask(pendingOf(), asker, never())).toEqual({ kind: 'too-quick' })
    expect(readFileSync(runs, 'utf8')).toBe('run\n')
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
    const { dir } = standIn('zenity', { code: 1, print: `${APPROVE_BUTTON}\n` })
    const options: DesktopOptions = { env: ENV, sources: sources('linux'), directories: [dir], ...given }
    expect(await desktopChannel(options).ask(pending, asker, never())).toEqual({
      kind: 'unavailable',
      why: expect.stringMatching(why) as string,
    })
  })
})
