/** What a host has left open is no server's to have (promise 2). */
import { spawn } from 'node:child_process'
import { openSync, closeSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { collect, place } from '../e2e/support.ts'

const MODULE = resolve(import.meta.dirname, '../../dist/upstream/process/inherited-files.js')
/** Beyond what Node hides by itself. */
const HIGH = 40

async function childSees(before: string): Promise<string> {
  const { dir } = place('')
  writeFileSync(join(dir, 'left-open'), 'canary')
  const fd = openSync(join(dir, 'left-open'), 'r')
  const code = `${before}
    const { spawn } = await import('node:child_process')
    spawn('cat', ['/proc/self/fd/${HIGH}'], { stdio: ['ignore', 'inherit', 'ignore'] })`
  const stdio = ['ignore', 'pipe', 'pipe', ...Array<'ignore'>(HIGH - 3).fill('ignore'), fd] as const
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: [...stdio] })
  const [said, errors] = [collect(parent.stdout), collect(parent.stderr)]
  await new Promise((done) => parent.on('close', done))
  closeSync(fd)
  return `${said()}${errors()}`
}

describe.skipIf(process.platform !== 'linux')('a file that the host has left open', () => {
  test('is closed before a server is started', async () => {
    expect(await childSees(`(await import(${JSON.stringify(MODULE)})).closeInheritedFiles()`)).toBe('')
  })

  test('would be read by a server otherwise', async () => {
    expect(await childSees('')).toBe('canary')
  })
})
