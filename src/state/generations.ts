/**
 * The files of a book (book.ts): a directory, and in it each state of the book as a file that is never changed, named by
 * its generation, `1.json`, `2.json` and so on. The newest one counts; those before it are removed.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { signOf } from '../watch/sign.ts'
import { checkDirectory } from './directory.ts'
import type { HeldLock } from './lock.ts'
import { readOwn, Unusable } from './read-own.ts'

/** One beyond it can't be counted up any more; only a hand makes such a file. */
const MAX_NUMBER = 1e14

export interface BookGeneration<Content> {
  readonly number: number
  /** Another one for each generation, and where somebody has changed the file all the same. */
  readonly sign: string
  readonly content: Content
}

export class Generations<Content> {
  readonly #dir: string
  readonly #maxBytes: number
  readonly #parse: (text: string) => Content
  #known: BookGeneration<Content> | undefined

  constructor(dir: string, maxBytes: number, parse: (text: string) => Content) {
    this.#dir = dir
    this.#maxBytes = maxBytes
    this.#parse = parse
  }

  /**
   * Read anew only where it may be another one, for it is asked often, and seldom anything has changed. The same object
   * while nothing has. Undefined where there is none.
   * @param isHeld Nobody else can change anything: the directory is looked through, which doesn't depend on what a network
   *   file system remembers of single files.
   * @throws Unusable; a system error.
   */
  newest(isHeld = false): BookGeneration<Content> | undefined {
    const before = this.#known
    if (!isHeld && before !== undefined && this.#isNewest(before)) return before
    this.#known = undefined
    for (;;) {
      const number = newestNumber(this.#dir)
      if (number === 0) return undefined
      const file = this.#fileOf(number)
      try {
        // Before it is read: a file that is changed meanwhile has another sign the next time.
        const sign = signOf(file)
        if (before?.number === number && before.sign === sign) {
          this.#known = before
          return before
        }
        const content = this.#parse(readOwn(file, this.#maxBytes).text)
        this.#known = { number, sign, content }
        return this.#known
      } catch (error) {
        // By now there is a newer one, and this one was removed.
        if (systemErrorCode(error) !== 'ENOENT') throw error
      }
    }
  }

  /**
   * Adds the one after `before` and removes the older ones.
   * @returns false where there is one already.
   * @throws LostLock; a system error. Then nothing was changed.
   */
  add(held: HeldLock, before: BookGeneration<Content> | undefined, text: string, content: Content): boolean {
    const number = (before?.number ?? 0) + 1
    this.#known = undefined
    if (!held.create(this.#fileOf(number), text)) return false
    this.#known = { number, sign: signOf(this.#fileOf(number)), content }
    removeOlder(this.#dir, number)
    return true
  }

  #fileOf(number: number): string {
    return join(this.#dir, `${number}.json`)
  }

  /** Generations go from the oldest on, so it is the newest as long as it is there and the next one isn't. */
  #isNewest({ number, sign }: BookGeneration<Content>): boolean {
    return signOf(this.#fileOf(number)) === sign && signOf(this.#fileOf(number + 1)) === 'ENOENT'
  }
}

/** 0 where there is none. @throws Unusable; a system error. */
export function newestNumber(dir: string): number {
  const newest = Math.max(0, ...namesIn(dir).map(numberOf))
  if (newest > MAX_NUMBER) throw new Unusable('is damaged')
  if (newest > 0) checkDirectory(dir)
  return newest
}

/** What stays behind is in nobody's way, so a failure here is none. */
function removeOlder(dir: string, newest: number): void {
  try {
    for (const name of namesIn(dir)) {
      const number = numberOf(name)
      // Version 0.1 wrote here first what it linked then; a killed one left that behind.
      if ((number > 0 && number < newest) || name.endsWith('.tmp')) rmSync(join(dir, name), { force: true })
    }
  } catch {
    // The next change tries again.
  }
}

function namesIn(dir: string): string[] {
  try {
    // An error that is thrown costs ten times a look that finds nothing.
    return statSync(dir, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(dir)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

/** 0 for what isn't one. */
function numberOf(name: string): number {
  return /^[1-9]\d{0,14}\.json$/.test(name) ? Number.parseInt(name, 10) : 0
}
