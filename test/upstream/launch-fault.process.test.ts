/** What is told of a program that could not be started, where the files themselves can't be looked at. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { partAtFault } from '../../src/upstream/process/launch-fault.ts'

test.skipIf(process.platform === 'win32')('a working directory below one that may not be entered', () => {
  const closed = mkdtempSync(join(tmpdir(), 'sidemux-closed-'))
  onTestFinished(() => rmSync(closed, { recursive: true }))
  const cwd = join(closed, 'inside')
  mkdirSync(cwd)
  chmodSync(closed, 0o000)
  try {
    const launching = { command: 'node', cwd, env: {} }
    expect(asSomebody(() => partAtFault('EACCES', launching))).toBe('cwd')
  } finally {
    chmodSync(closed, 0o700)
  }
})

/** Root may enter everything. */
function asSomebody<T>(act: () => T): T {
  if (process.geteuid?.() !== 0) return act()
  process.seteuid?.(65_534)
  try {
    return act()
  } finally {
    process.seteuid?.(0)
  }
}
