/** What a machine can confine with is tried, not assumed (promise 1). */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findConfiner } from '../../src/confine/confiner/confiner.ts'
import { needs } from '../servers/needs.mjs'
import { withoutBubblewrap } from './without-bubblewrap.ts'

const folder = mkdtempSync(join(tmpdir(), 'sidemux-confiner-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.runIf(needs('bwrap'))('bubblewrap that works is found', async () => {
  expect(await findConfiner({ platform: 'linux', path: process.env['PATH'] })).toMatchObject({
    kind: 'bubblewrap',
  })
})

test.runIf(needs('perl'))(
  'where it may make no namespaces there is Landlock, and its own words say why',
  async () => {
    expect(await findConfiner({ platform: 'linux', path: withoutBubblewrap(folder).PATH })).toEqual({
      kind: 'landlock',
      program: expect.stringMatching(/perl$/),
      abi: expect.any(Number),
      instead: expect.stringContaining('(bwrap: No permissions to create a new namespace)'),
    })
  },
)

test.each([
  [7, /new namespace\)$/],
  [5, /, and before Linux 6.12 it may signal/],
  [1, /signal .*, and before Linux 5.19 it moves no file/],
])('what version %i of Landlock does not close is said', async (abi, words) => {
  const { PATH } = withoutBubblewrap(folder)
  const bin = program('perl', `echo ${abi}`)
  expect(await findConfiner({ platform: 'linux', path: `${bin}:${PATH}` })).toMatchObject({
    kind: 'landlock',
    abi,
    instead: expect.stringMatching(words),
  })
})

test.each([
  [
    'a perl that reaches nothing',
    'echo 7\ncase $1 in -f) echo "no" >&2; exit 1; esac',
    /could not be used \(no\)/,
  ],
  ['a kernel without it', 'printf %s -1', /this kernel has no Landlock/],
])('with %s there is nothing', async (_, script, why) => {
  const { PATH } = withoutBubblewrap(folder)
  const bin = program('perl', script)
  expect(await findConfiner({ platform: 'linux', path: `${bin}:${PATH}` })).toEqual({
    kind: 'none',
    why: expect.stringMatching(why),
    hint: expect.stringContaining('user namespaces'),
  })
})

test.each([
  ['bubblewrap', 'bwrap', (bin: string) => bin],
  ['landlock', 'perl', (bin: string) => `${bin}:${withoutBubblewrap(folder).PATH}`],
])(
  '%s whose trial was cut off is taken to work, so that nothing runs unconfined',
  async (kind, name, path) => {
    const bin = program(name, 'kill -9 $$')
    expect(await findConfiner({ platform: 'linux', path: path(bin) })).toMatchObject({
      kind,
      program: join(bin, name),
    })
  },
)

test('no program that confines is taken from a project, where a server may have put it', async () => {
  const bin = program('bwrap', 'exit 0', 'node_modules/.bin')
  const found = await findConfiner({ platform: 'linux', path: `${bin}:${bin}/:${process.env['PATH']}` })
  expect(found).not.toMatchObject({ program: expect.stringContaining('node_modules') })
})

/** @returns the folder that it lies in */
function program(name: string, line: string, below = 'bin'): string {
  const bin = join(mkdtempSync(join(folder, 'own-')), below)
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`)
  chmodSync(join(bin, name), 0o755)
  return bin
}

test.each([
  ['win32', /on Linux and macOS only/],
  ['darwin', process.platform === 'darwin' ? /never/ : /sandbox-exec could not be used/],
] as const)('on %s without one it says so', async (platform, why) => {
  expect(await findConfiner({ platform, path: '' })).toMatchObject(
    platform === process.platform ? { kind: 'seatbelt' } : { kind: 'none', why: expect.stringMatching(why) },
  )
})
