/** What only root may read of the system is closed to root's servers, whoever looks for it (promise 2). */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closedIn, lookedThrough } from '../../src/confine/closed.ts'
import { realFiles } from '../../src/confine/real-files.ts'
import { needs } from '../servers/needs.mjs'

const base = mkdtempSync(join(tmpdir(), 'sidemux-closed-'))
const etc = join(base, 'etc')
const CLOSED = ['shadow', 'two words\nand lines', 'ssl/private', 'app/conf.d/secret', 'ü/key']

beforeAll(() => {
  const put = (path: string, mode: number): void => {
    mkdirSync(dirname(join(etc, path)), { recursive: true })
    writeFileSync(join(etc, path), '')
    chmodSync(join(etc, path), mode)
  }
  for (const path of ['hosts', 'app/conf', 'app/conf.d/open']) put(path, 0o644)
  for (const path of CLOSED.filter((one) => one !== 'ssl/private')) put(path, 0o640)
  put('ssl/private/key', 0o600)
  // A directory is closed as a whole, and what lies deeper than three levels isn't looked for.
  chmodSync(join(etc, 'ssl/private'), 0o710)
  put('a/b/c/deep', 0o600)
  symlinkSync(join(etc, 'shadow'), join(etc, 'link'))
})
afterAll(() => rmSync(base, { recursive: true }))

/** Before the system's in PATH. */
function standIn(script: string): string {
  const bin = mkdtempSync(join(base, 'bin-'))
  writeFileSync(join(bin, 'find'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'find'), 0o755)
  return bin
}

const sorted = (paths: readonly string[]): string[] => paths.toSorted()
const expected = sorted(CLOSED.map((path) => join(etc, path)))

test('by looks of our own', () => {
  expect(sorted(lookedThrough(etc, realFiles))).toEqual(expected)
})

test.runIf(needs('find'))('by the find of the system', async () => {
  expect(sorted(await closedIn(etc, process.env['PATH']))).toEqual(expected)
})

test.each([
  ['that lacks an option', 'exit 1'],
  ['that came to half of it', `printf '%s\\0' ${etc}/shadow; exit 1`],
  ['that was ended', `printf '%s\\0' ${etc}/shadow; kill -9 $$`],
])('with a find %s nothing is left open', async (_, script) => {
  expect(sorted(await closedIn(etc, standIn(script)))).toEqual(expected)
})
