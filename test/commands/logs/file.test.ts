/** The log's lines while it is written, moved away and emptied: each once, in order. */
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { LogFile } from '../../../src/commands/logs/file.ts'

function place(): { path: string; file: LogFile; more: () => string } {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-logs-'))
  const path = join(dir, 'sidemux.log')
  const file = new LogFile(path)
  onTestFinished(() => {
    file.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return { path, file, more: () => [...file.lines()].join(' ') }
}

it('begins with the file before', () => {
  const { path, more } = place()
  writeFileSync(`${path}.1`, '1\n2\n')
  writeFileSync(path, '3\n')
  expect([more(), more()]).toEqual(['1 2 3', ''])
})

it('tells a line when it is whole, also one cut within a character', () => {
  const { path, more } = place()
  const line = Buffer.from('1 ü\n')
  writeFileSync(path, line.subarray(0, 3))
  expect(more()).toBe('')
  appendFileSync(path, line.subarray(3))
  expect(more()).toBe('1 ü')
})

it('goes on over a file that was moved away, once, twice and to nowhere', () => {
  const { path, more } = place()
  writeFileSync(path, '1\n')
  expect(more()).toBe('1')
  appendFileSync(path, '2\n')
  renameSync(path, `${path}.1`)
  expect(more()).toBe('2')
  writeFileSync(path, '3\n')
  expect(more()).toBe('3')
  appendFileSync(path, '4\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, '5\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, '6\n')
  expect(more()).toBe('4 5 6')
  rmSync(path)
  expect(more()).toBe('')
  writeFileSync(path, '7\n')
  expect(more()).toBe('7')
})

it('goes on over a file that was emptied', () => {
  const { path, more } = place()
  writeFileSync(path, '1\n2\n3\n')
  more()
  truncateSync(path)
  appendFileSync(path, '4\n')
  expect(more()).toBe('4')
})

it('waits for a file that there is not yet', () => {
  const { path, file, more } = place()
  expect([file.exists, more()]).toEqual([false, ''])
  writeFileSync(path, '1\n')
  expect([file.exists, more()]).toEqual([true, '1'])
})
