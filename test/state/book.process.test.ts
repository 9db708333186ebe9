/**
 * A book under what happens to its writers: killed and suspended at any moment, for longer than a lock is kept for them, while
 * a version 0.1 still writes, and on a full disk. Whatever was reported as written is there, once.
 * SIDEMUX_CHAOS_MS=60000 makes it last and prints what was counted.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../remove-tree.mjs'
import { newestFile } from './newest.ts'

/** What differs from the first of them is shown sooner. */
const lastsMs = (isFirst: boolean): number =>
  Number(process.env['SIDEMUX_CHAOS_MS'] ?? (isFirst ? 3000 : 1000))
const PROGRAM = join(import.meta.dirname, 'book-writer.mjs')

/** As on a file system that has no hard links, an SMB share or a memory stick. */
const NO_LINKS = `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
fs.linkSync = () => { throw Object.assign(new Error('no links'), { code: 'EPERM' }) }
syncBuiltinESMExports()`
const WITHOUT_LINKS = ['--import', `data:text/javascript,${encodeURIComponent(NO_LINKS)}`]

function place(): { state: string; dir: string } {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-book-'))
  onTestFinished(() => removeTree(state))
  mkdirSync(join(state, 'room'), { mode: 0o700 })
  return { state, dir: join(state, 'room', 'book') }
}

function entriesIn(dir: string): string[] {
  return (JSON.parse(readFileSync(newestFile(dir), 'utf8')) as { entries: string[] }).entries
}

class Writers {
  readonly #dir: string
  readonly #preload: readonly string[]
  readonly #running: ChildProcess[] = []
  #told = ''

  constructor(dir: string, preload: readonly string[]) {
    this.#dir = dir
    this.#preload = preload
    onTestFinished(() => {
      for (const child of this.#running) child.kill('SIGKILL')
    })
  }

  get told(): string[] {
    return this.#told.split('\n').slice(0, -1)
  }

  start(n: number, how: string): void {
    this.#running[n]?.kill('SIGKILL')
    const child = spawn(process.execPath, [...this.#preload, PROGRAM, this.#dir, how])
    child.stdout.on('data', (chunk: Buffer) => (this.#told += chunk.toString()))
    this.#running[n] = child
  }

  suspend(n: number, ms: number): void {
    const child = this.#running[n]
    child?.kill('SIGSTOP')
    setTimeout(() => child?.kill('SIGCONT'), ms)
  }

  async end(): Promise<void> {
    const alive = this.#running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    const gone = alive.map(async (child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(gone)
  }
}

const HOWS = ['sync', 'async']

it.skipIf(process.platform === 'win32').each([
  ['of writers that are killed and suspended', [], HOWS],
  ['of such writers where there are no hard links', WITHOUT_LINKS, HOWS],
  [
    'of such writers and of version 0.1, which is told that the book has moved',
    [],
    ['former', 'former', ...HOWS],
  ],
] as const)(
  'nothing is lost %s',
  async (_what, preload, hows) => {
    const { dir, state } = place()
    const writers = new Writers(dir, preload)
    const howOf = (n: number): string => hows[n % hows.length] ?? 'sync'
    const isFormer = hows.length > HOWS.length
    for (let n = 0; n < 8; n += 1) if (!isFormer || howOf(n) === 'former') writers.start(n, howOf(n))
    const has = async (count: number): Promise<void> => {
      while (writers.told.length < count) await sleep(10)
    }
    await has(isFormer ? 10 : 1)
    if (isFormer) for (let n = 0; n < 8; n += 1) if (howOf(n) !== 'former') writers.start(n, howOf(n))
    // Until all of it is moved the note has it too.
    const isMoved = (): boolean =>
      !isFormer || /"movedTo":"[^"]*"\}/.test(readFileSync(join(state, 'room', 'book.json'), 'utf8'))
    const end = performance.now() + lastsMs(!isFormer && preload.length === 0)
    const count = { killed: 0, suspended: 0 }
    // Those of version 0.1 may tell enough before one of the others, which are killed as well, has written anything.
    while (performance.now() < end || writers.told.length < 40 || !isMoved()) {
      await sleep(20 + 80 * Math.random())
      const n = Math.floor(8 * Math.random())
      if (Math.random() < 0.3) {
        writers.start(n, howOf(n))
        count.killed += 1
      } else {
        // Now and then for longer than others wait for one who gives no sign of life.
        writers.suspend(n, Math.random() < 0.05 ? 2500 : 200 * Math.random())
        count.suspended += 1
      }
    }
    await writers.end()
    const { told } = writers
    const there = entriesIn(dir)
    const lost = told.filter((entry) => !there.includes(entry))
    if (process.env['SIDEMUX_CHAOS_MS'] !== undefined)
      process.stdout.write(`${told.length} told, ${lost.length} lost, ${JSON.stringify(count)}\n`)
    expect(lost).toEqual([])
    expect(new Set(there).size).toBe(there.length)
    expect(isMoved()).toBe(true)
  },
  Math.max(60_000, lastsMs(true) * 3),
)

it.skipIf(process.platform === 'win32')(
  'where no more can be written, what was acknowledged stays, and it goes on when there is room',
  () => {
    const { dir } = place()
    // More than a lock takes, and soon less than the book.
    const limited = spawnSync(
      'sh',
      ['-c', 'ulimit -f 2; exec "$@"', 'sh', process.execPath, PROGRAM, dir, 'sync', '500'],
      { encoding: 'utf8' },
    )
    expect(limited.stderr).toMatch(/the book \S+ can't be read or written \(EFBIG\)/)
    const told = limited.stdout.split('\n').slice(0, -1)
    expect(told.length).toBeGreaterThan(10)
    expect(entriesIn(dir)).toEqual(told)
    // Neither half a state nor what was to become one.
    expect(readdirSync(join(dir, '..'), { recursive: true })).toHaveLength(2)
    const free = spawnSync(process.execPath, [PROGRAM, dir, 'async', '1'], { encoding: 'utf8' })
    expect(free.stderr).toBe('')
    expect(entriesIn(dir)).toEqual([...told, free.stdout.trim()])
  },
)
