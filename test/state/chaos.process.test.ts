/**
 * The lock under what happens to processes: killed and suspended at any moment, for longer than a holder may be silent, and
 * woken again. Whatever was reported as written stays, and nothing is there twice.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../remove-tree.mjs'

const LASTS_MS = Number(process.env['SIDEMUX_CHAOS_MS'] ?? 4000)

/** As on a file system that has no hard links, an SMB share or a memory stick. */
const NO_LINKS = `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
fs.linkSync = () => { throw Object.assign(new Error('no links'), { code: 'EPERM' }) }
syncBuiltinESMExports()`
const FILE_SYSTEMS = [
  ['hard links', []],
  ['no hard links', ['--import', `data:text/javascript,${encodeURIComponent(NO_LINKS)}`]],
] as const

it.skipIf(process.platform === 'win32').each(FILE_SYSTEMS)(
  'with %s loses nothing that was reported as written',
  async (_what, preload) => {
    const state = mkdtempSync(join(tmpdir(), 'sidemux-chaos-'))
    const running: ChildProcess[] = []
    onTestFinished(async () => {
      for (const child of running) child.kill('SIGKILL')
      await removeTree(state)
    })
    mkdirSync(join(state, 'room'))
    const file = join(state, 'room', 'list')
    let reported = ''
    const start = (n: number): void => {
      const child = spawn(process.execPath, [
        ...preload,
        join(import.meta.dirname, 'appender.mjs'),
        file,
        n % 2 === 0 ? 'sync' : 'async',
      ])
      child.stdout.on('data', (chunk: Buffer) => (reported += chunk.toString()))
      running[n] = child
    }
    for (let n = 0; n < 6; n += 1) start(n)
    const count = { killed: 0, suspended: 0 }
    const end = performance.now() + LASTS_MS
    // A slow machine gets the time that it needs to write as much.
    while (performance.now() < end || reported.split('\n').length <= 51) {
      await sleep(20 + 60 * Math.random())
      const n = Math.floor(6 * Math.random())
      if (Math.random() < 0.3) {
        running[n]?.kill('SIGKILL')
        start(n)
        count.killed += 1
      } else {
        const child = running[n]
        child?.kill('SIGSTOP')
        setTimeout(() => child?.kill('SIGCONT'), 250 * Math.random())
        count.suspended += 1
      }
    }
    const gone = running.map(async (child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of running) child.kill('SIGKILL')
    await Promise.all(gone)
    const there = readFileSync(file, 'utf8').trim().split('\n')
    const told = reported.trim().split('\n')
    const lost = told.filter((entry) => !there.includes(entry))
    if (process.env['SIDEMUX_CHAOS_MS'] !== undefined)
      process.stdout.write(
        `${told.length} reported, ${lost.length} lost, ${count.killed} killed, ${count.suspended} suspended\n`,
      )
    expect(lost).toEqual([])
    expect(new Set(there).size).toBe(there.length)
    expect(told.length).toBeGreaterThan(50)
  },
)
