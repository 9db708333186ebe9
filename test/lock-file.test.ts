/** A lock of the living is theirs; one that a killed process left is in nobody's way. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { isLeftOver, removeLeftOver } from '../src/lock-file.ts'

const STALE_MS = 10_000
const dead = spawnSync(process.execPath, ['--version']).pid

function place(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-lock-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

it.each([
  ['a living process', `${process.pid}`, 0, false],
  ['a living process, with more than its pid', `${process.pid} 1b4e28ba`, 0, false],
  ['a dead process', `${dead}`, 0, true],
  ['a dead process, with more than its pid', `${dead} 1b4e28ba`, 0, true],
  ['whoever is still writing it', '', 0, false],
  ['nobody knows whom', 'not a pid', 0, false],
  // kill(-pid) would speak of a group, kill(0) of our own.
  ['no process', `-${dead}`, 0, false],
  ['a living process, for too long', `${process.pid}`, STALE_MS + 1000, true],
  ['whoever began to write it long ago', '', STALE_MS + 1000, true],
])('of %s', (_whose, text, ageMs, expected) => {
  const lock = join(place(), 'file.lock')
  writeFileSync(lock, text)
  const at = new Date(Date.now() - ageMs)
  utimesSync(lock, at, at)
  expect(isLeftOver(lock, STALE_MS)).toBe(expected)
})

it('that is gone by now is not left over, and removing it is no failure', () => {
  const lock = join(place(), 'file.lock')
  expect(isLeftOver(lock, STALE_MS)).toBe(false)
  expect(removeLeftOver(lock, STALE_MS)).toBe(false)
})

it('is removed without a trace', () => {
  const dir = place()
  const lock = join(dir, 'file.lock')
  writeFileSync(lock, `${dead}`)
  expect(removeLeftOver(lock, STALE_MS)).toBe(true)
  expect(existsSync(lock)).toBe(false)
  expect(readdirSync(dir)).toEqual([])
})

it('is put back when it is that of somebody who removed it first and works now', () => {
  const dir = place()
  const lock = join(dir, 'file.lock')
  writeFileSync(lock, `${process.pid} 1b4e28ba`)
  expect(removeLeftOver(lock, STALE_MS)).toBe(false)
  expect(readFileSync(lock, 'utf8')).toBe(`${process.pid} 1b4e28ba`)
  expect(readdirSync(dir)).toEqual(['file.lock'])
})
