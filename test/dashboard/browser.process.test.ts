/** How the browser is started: which program, without a shell, and left to the user. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemBrowser, systemOpener } from '../../src/dashboard/browser.ts'
import { findAdopter } from '../../src/dashboard/caller/adopter.ts'
import { until } from '../until.ts'
import { temporaryDir } from './support.ts'

const URL_ = "http://127.0.0.1:1/enter/x'$(touch broken);`&|"
const linux = process.platform === 'linux'

function program(text: string, name = 'opener'): string {
  const file = join(temporaryDir(), name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

function open(argv: readonly string[] | undefined, env: NodeJS.ProcessEnv = {}) {
  const browser = systemBrowser({ argv, env: { PATH: process.env['PATH'], ...env } })
  onTestFinished(() => browser.close())
  return browser
}

it.each<[string, NodeJS.Platform, boolean, NodeJS.ProcessEnv, unknown]>([
  ['macOS', 'darwin', false, {}, ['/usr/bin/open']],
  [
    'Windows',
    'win32',
    false,
    { SYSTEMROOT: 'C:\\W' },
    ['C:\\W\\System32\\rundll32.exe', 'url.dll,FileProtocolHandler'],
  ],
  ['Linux without a screen', 'linux', false, {}, 'there is no graphical session to open a browser in'],
])('asks the system: %s', (_name, platform, screen, env, expected) => {
  expect(systemOpener(platform, env, screen)).toEqual(expected)
})

it.runIf(linux)('finds xdg-open in PATH, but not in a relative place', () => {
  const file = program('', 'xdg-open')
  expect(systemOpener('linux', { PATH: `.:bin:${join(file, '..')}` }, true)).toEqual([file])
})

it.runIf(linux)('hands the address over as one argument, with few variables', async () => {
  const dir = temporaryDir()
  const file = program(`printf '%s\\n' "$#" "$@" > ${dir}/args; env > ${dir}/part; mv ${dir}/part ${dir}/env`)
  const browser = open([file, '--new window'], {
    DISPLAY: ':9',
    VAULT_TOKEN: 's3cret',
    NODE_OPTIONS: '--inspect',
  })
  expect(await browser.open(URL_)).toEqual({ kind: 'opened' })
  await until(() => existsSync(join(dir, 'env')), 'it has run')
  expect(readFileSync(join(dir, 'args'), 'utf8').split('\n')).toEqual(['2', '--new window', URL_, ''])
  const env = readFileSync(join(dir, 'env'), 'utf8')
  expect([env.includes('DISPLAY=:9'), /s3cret|NODE_OPTIONS/.test(env)]).toEqual([true, false])
})

it.each([
  ['is not there', ['/nowhere/browser'], /could not be started \(ENOENT\)/],
  ['fails at once', ['/bin/false'], /could not be started \(it ended with 1\)/],
])('says why when the program %s', async (_name, argv, why) => {
  expect(await open(argv).open(URL_)).toEqual({ kind: 'failed', why: expect.stringMatching(why) })
})

it.runIf(linux)(
  'leaves a browser that stays to the user: no descendant of ours, and not ended with us',
  async () => {
    const dir = temporaryDir()
    const browser = open([program(`echo $$ > ${dir}/pid; exec sleep 30`)])
    expect(await browser.open(URL_)).toEqual({ kind: 'opened' })
    const pid = await pidIn(dir)
    onTestFinished(() => void process.kill(pid, 'SIGKILL'))
    browser.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    expect(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])).toBe(await findAdopter())
  },
)

it.runIf(linux)('ends an xdg-open that hangs', async () => {
  const dir = temporaryDir()
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'xdg-open'),
    `#!${process.execPath}\nrequire('fs').writeFileSync('${dir}/pid', String(process.pid)); setTimeout(() => {}, 30000)`,
  )
  chmodSync(join(bin, 'xdg-open'), 0o755)
  const browser = open(undefined, { DISPLAY: ':9', PATH: bin })
  expect(await browser.open(URL_)).toEqual({ kind: 'opened' })
  const pid = await pidIn(dir)
  expect(existsSync(`/proc/${pid}`)).toBe(true)
  browser.close()
  // Who adopted it may take its time to notice.
  await expect.poll(() => lives(pid)).toBe(false)
})

/** A program is said to be opened when it has not failed for a moment, which may be before it begins. */
async function pidIn(dir: string): Promise<number> {
  const file = join(dir, 'pid')
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 'it tells its pid')
  return Number(readFileSync(file, 'utf8'))
}

function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}
