/**
 * Keeps the text of long results in files until the session ends: of this user alone (0600), bounded in number and in
 * bytes, the oldest given up first. A result is found by an id that nobody can guess, and by this sidemux alone. What a
 * killed one left is removed by the next that starts.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../state/directory.ts'
import { holderShape, thisProcess } from '../state/holder.ts'
import { stateFile, stateRoom } from '../state/paths.ts'
import { processFiles } from '../state/process-files.ts'

const MAX_RESULTS = 64
const MAX_BYTES = 64 * 1024 * 1024
const MAX_HOLDER_BYTES = 4096
const MAX_RUNS = 10_000
/** Of one that can't be seen from here, as in another container: nobody is at it so long after its start. */
const ELSEWHERE_MS = 7 * 24 * 60 * 60_000

export class KeptResults {
  readonly #stateDir: string
  readonly #run = randomBytes(8).toString('hex')
  /** By id, the oldest first. */
  readonly #kept = new Map<string, { readonly path: string; readonly bytes: number }>()
  #hasBegun = false
  #isClosed = false

  constructor(stateDir: string) {
    this.#stateDir = stateDir
  }

  /** The id by which it is read; undefined where it can't be kept. */
  keep(text: string): string | undefined {
    const bytes = Buffer.byteLength(text)
    if (this.#isClosed || bytes > MAX_BYTES) return undefined
    try {
      this.#begin()
      const id = randomBytes(12).toString('hex')
      const path = stateFile(this.#stateDir, 'result', { run: this.#run, result: id })
      const file = openSync(path, 'wx', 0o600)
      try {
        writeFileSync(file, text)
      } finally {
        closeSync(file)
      }
      this.#kept.set(id, { path, bytes })
      this.#giveUp()
      return id
    } catch {
      return undefined
    }
  }

  /** Its whole text; undefined where there is none of that id, or it was given up. */
  text(id: string): string | undefined {
    const kept = this.#kept.get(id)
    if (kept === undefined) return undefined
    try {
      return readFileSync(kept.path, 'utf8')
    } catch {
      return undefined
    }
  }

  /** All of it is gone then. Never throws. */
  close(): void {
    this.#isClosed = true
    for (const { path } of this.#kept.values()) rmSync(path, { force: true })
    this.#kept.clear()
    if (this.#hasBegun) rmSync(this.#holderFile, { force: true })
  }

  get #holderFile(): string {
    return stateFile(this.#stateDir, 'results', { run: this.#run })
  }

  /** Whose these are is said before there is one. */
  #begin(): void {
    if (this.#hasBegun) return
    makeDirectory(stateRoom(this.#stateDir, 'results'))
    writeFileSync(this.#holderFile, JSON.stringify(thisProcess()), { mode: 0o600, flag: 'wx' })
    this.#hasBegun = true
  }

  #giveUp(): void {
    const sum = (): number => [...this.#kept.values()].reduce((all, { bytes }) => all + bytes, 0)
    for (const [id, { path }] of this.#kept) {
      if (this.#kept.size <= MAX_RESULTS && sum() <= MAX_BYTES) return
      this.#kept.delete(id)
      rmSync(path, { force: true })
    }
  }
}

/** Removes what killed ones left. Never throws. */
export function sweepResults(stateDir: string): void {
  const dir = stateRoom(stateDir, 'results')
  if (!existsSync(dir)) return
  const runs = processFiles(dir, {
    ending: '.json',
    maxBytes: MAX_HOLDER_BYTES,
    most: MAX_RUNS,
    read: (text, name) => ({
      holder: holderShape.parse(JSON.parse(text)),
      content: name.slice(0, -'.json'.length),
    }),
  })
  const alive = new Set(
    runs
      .filter(
        ({ standing: is, silentMs }) => is !== 'gone' && (is !== 'elsewhere' || silentMs < ELSEWHERE_MS),
      )
      .map(({ content }) => content),
  )
  try {
    for (const name of readdirSync(dir)) {
      const [run = ''] = name.split('.')
      // A file of whose run nothing is known is nobody's: whose it is is written first and removed last.
      if (!alive.has(run) && /\.(?:json|txt)$/.test(name)) rmSync(join(dir, name), { force: true })
    }
  } catch {
    // Somebody else sweeps it.
  }
}
