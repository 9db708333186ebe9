/**
 * Files that belong to one process each, and are of use only while it lives or until somebody has settled what it left: run
 * files and the ledgers of leases. They are no book: one process alone writes each of them, so nothing can be lost to
 * another, and what matters to all others is whether that process still lives.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { standing, type Holder } from './holder.ts'
import { readOwn } from './read-own.ts'
import { fileClock } from './replace.ts'

/** How old what a killed process was preparing is at least. */
const ABANDONED_MS = 60_000

export interface ProcessFileForm<T> {
  /** Of the names: ".json" */
  readonly ending: string
  /** What is larger is passed over. */
  readonly maxBytes: number
  /** So many are looked at. */
  readonly most: number
  /** Undefined for what is none. @param name of the file */
  read(text: string, name: string): { readonly holder: Holder; readonly content: T } | undefined
}

export interface ProcessFile<T> {
  readonly path: string
  readonly content: T
  readonly standing: ReturnType<typeof standing>
  /** How long its process hasn't written or touched it, by the clock of the file system. */
  readonly silentMs: number
}

/**
 * Those of a directory that can be read, in the order of their names; never throws. What a killed process was only
 * preparing is removed.
 */
export function processFiles<T>(dir: string, form: ProcessFileForm<T>): ProcessFile<T>[] {
  let names: string[]
  try {
    names = readdirSync(dir).toSorted()
  } catch {
    return []
  }
  let clock: number | undefined
  const now = (): number => (clock ??= clockIn(dir))
  for (const name of names.filter((name) => name.endsWith('.tmp'))) sweep(join(dir, name), now)
  return names
    .filter((name) => name.endsWith(form.ending))
    .slice(0, form.most)
    .flatMap((name) => look(join(dir, name), name, form, now) ?? [])
}

function look<T>(
  path: string,
  name: string,
  form: ProcessFileForm<T>,
  now: () => number,
): ProcessFile<T> | undefined {
  try {
    const { text, mtimeMs } = readOwn(path, form.maxBytes)
    const found = form.read(text, name)
    if (found === undefined) return undefined
    const is = standing(found.holder)
    // What is certain needs no clock.
    const silentMs = is === 'alive' || is === 'gone' ? 0 : now() - mtimeMs
    return { path, content: found.content, standing: is, silentMs }
  } catch {
    // Gone meanwhile, or not to be read.
    return undefined
  }
}

function sweep(draft: string, now: () => number): void {
  try {
    const { mtimeMs } = statSync(draft)
    // Also one of the future: the clock was set back.
    if (Math.abs(now() - mtimeMs) > ABANDONED_MS) rmSync(draft, { force: true })
  } catch {
    // Gone meanwhile.
  }
}

function clockIn(dir: string): number {
  try {
    return fileClock(join(dir, 'clock'))
  } catch {
    // Where nothing can be written there is nothing better.
    return Date.now()
  }
}
