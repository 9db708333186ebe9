/**
 * What is in the state directory counts as a right, and what is written there is for nobody else: no link is followed, no
 * pipe waited for, no file taken that others can write (promise 2).
 */
import {
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { appendLine } from '../../src/secrets/leases/ledger-lines.ts'
import { SecretBox } from '../../src/secrets/stores/local/secret-box.ts'
import { ensureStateDir } from '../../src/state/directory.ts'
import { withLockSync } from '../../src/state/lock.ts'
import { openOwn, readOwn } from '../../src/state/read-own.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sidemux-own-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const BEFORE = 'of somebody else'
/** What may stand where a file is expected. */
const PLANTS: Readonly<Record<string, (file: string, other: string) => void>> = {
  'a link': (file, other) => symlinkSync(other, file),
  'a link to nothing': (file, other) => symlinkSync(`${other}.new`, file),
  'a file that others can write': (file) => {
    writeFileSync(file, BEFORE)
    chmodSync(file, 0o666)
  },
  'a directory': (file) => mkdirSync(file),
}

const WRITERS: Readonly<Record<string, (file: string) => unknown>> = {
  'the log': (file) => {
    const log = createLog({ level: 'info', file, stderrLevel: 'silent', scrub: (line) => line })
    log.info('written')
  },
  'a ledger of leases': (file) => appendLine(file, { written: true }),
  'any file of its own': (file) => openOwn(file, constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT),
}

describe.each(Object.keys(WRITERS))('%s', (writer) => {
  test.each(Object.keys(PLANTS))('is not written where there is %s', (plant) => {
    const [file, other] = [join(dir, 'state', 'file'), join(dir, 'other')]
    mkdirSync(dirname(file), { mode: 0o700 })
    writeFileSync(other, BEFORE)
    PLANTS[plant]?.(file, other)
    try {
      WRITERS[writer]?.(file)
    } catch {
      // Said, or not: nothing is to be written.
    }
    expect([readFileSync(other, 'utf8'), existsSync(`${other}.new`)]).toEqual([BEFORE, false])
    if (plant === 'a file that others can write' && writer !== 'any file of its own')
      expect(readFileSync(file, 'utf8')).toBe(BEFORE)
  })
})

test.each(Object.keys(PLANTS))('the key to secrets is none where there is %s', async (plant) => {
  const file = join(dir, 'key')
  PLANTS[plant]?.(file, '/dev/zero')
  await expect(new SecretBox(file).seal('a', 'b')).rejects.toThrow(/key/)
})

test.runIf(process.platform !== 'win32')('what is no file is not read, and not waited for', () => {
  expect(() => readOwn('/dev/zero', 10)).toThrow('is damaged')
})

test('no lock is made where its directory is a link', () => {
  mkdirSync(join(dir, 'state/room'), { recursive: true })
  mkdirSync(join(dir, 'elsewhere'))
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'state/locks'))
  const bounds = { waitMs: 10, staleMs: 10 }
  expect(() => withLockSync(join(dir, 'state/room/file'), bounds, () => undefined)).toThrow(/link/)
})

describe.runIf(process.platform !== 'win32')('the state directory', () => {
  const ensured = (mode: number): string => {
    const state = join(dir, 'state')
    mkdirSync(state)
    chmodSync(state, mode)
    return ensureStateDir({ SIDEMUX_STATE_DIR: state })
  }

  test('is nobody else’s to write in', () => {
    expect(statSync(ensured(0o777)).mode & 0o777).toBe(0o755)
  })

  test('is none that is for everybody, whose mode stays', () => {
    expect(() => ensured(0o1777)).toThrow(/is for everybody/)
    expect(statSync(join(dir, 'state')).mode & 0o7777).toBe(0o1777)
  })

  test.runIf(process.getuid?.() === 0)('is none of another user', () => {
    const state = join(dir, 'state')
    mkdirSync(state)
    chownSync(state, 1, 1)
    expect(() => ensureStateDir({ SIDEMUX_STATE_DIR: state })).toThrow(/belongs to another user/)
  })
})
