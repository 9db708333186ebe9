/** One writer at a time, and nobody waits for ever. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { locked } from '../../src/catalog/lock.ts'

function place(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-locked-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function leaveLock(file: string): void {
  writeFileSync(`${file}.lock`, '')
  utimesSync(`${file}.lock`, new Date(0), new Date(0))
}

it('a lock that was left behind is taken over', () => {
  const file = join(place(), 'pins.json')
  leaveLock(file)
  expect(locked(file, () => 'written')).toBe('written')
})

it('one that can not be removed is waited for like one that is held', () => {
  // With what is put behind it when it is moved away, the name is longer than any file system takes.
  const file = join(place(), 'x'.repeat(245))
  leaveLock(file)
  expect(() => locked(file, () => 'written')).toThrow(expect.objectContaining({ code: 'EBUSY' }) as Error)
})
