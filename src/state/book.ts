/**
 * A book: what several processes read and change, and of which nothing that was acknowledged may be lost. Grants, pins,
 * secrets and logins are each kept in one.
 *
 * Each state of it is a file that is never changed, named by its generation (generations.ts). A change is made under the
 * lock of its directory. It is written beside it, put on the disk and then linked to the name of the next generation,
 * which fails where somebody else was first. So no state takes the place of one that its maker hasn't seen. A writer that is
 * killed, or finds the disk full, leaves the state before. A reader sees the one state or the other, and never half of one.
 *
 * A book that can't be read is an error and no empty book, and it is never written over: an empty one would grant or
 * trust what somebody has taken back. That of a later version is left as it is too.
 */
import { basename, dirname } from 'node:path'
import { signOf, watchSign } from '../watch/sign.ts'
import { asBookError, BookError, type BookName } from './book-error.ts'
import { LostLock } from './claim.ts'
import { bookContent, bookText, type TextForm } from './book-text.ts'
import { makeDirectory } from './directory.ts'
import { moveFormer, readFormer, type Former } from './former.ts'
import { Generations, type BookGeneration } from './generations.ts'
import { withLock, withLockSync, type HeldLock } from './lock.ts'

export interface BookForm<T> extends TextForm<T>, BookName {
  /** What is larger is neither written nor read. */
  readonly maxBytes: number
}

/** A change takes milliseconds, and this thread does nothing else meanwhile. */
const QUICK = { waitMs: 5000, staleMs: 1500 }
/** A change that waits for others, as for a keychain. */
const SLOW = { waitMs: 8000, staleMs: 4000 }

/** What a text holds, or why that can't be used. */
type Content<T> = { readonly value: T } | { readonly error: unknown }

interface State<T> {
  readonly sign: string
  /** Undefined where there is no book yet. */
  readonly content: Content<T> | undefined
  /** Undefined where there is none of them. */
  readonly generation?: BookGeneration<Content<T>> | undefined
  /** It is still where version 0.1 kept it. */
  readonly isFormer?: true
}

export class Book<T> {
  readonly directory: string
  readonly #form: BookForm<T>
  readonly #former: Former<T> | undefined
  readonly #generations: Generations<Content<T>>
  #sign: string | undefined
  #revision = 0
  /** What version 0.1 left was moved, or can't be. */
  #isMoved = false

  /** @param former where version 0.1 kept it, if it was another place */
  constructor(directory: string, form: BookForm<T>, former?: Former<T>) {
    this.directory = directory
    this.#form = form
    this.#former = former
    this.#generations = new Generations(directory, form.maxBytes, (text) => this.#contentIn(text))
  }

  /** Undefined before the first change. @throws BookError when it can't be used. */
  read(): T | undefined {
    const state = this.#look()
    return valueOf(state.isFormer === true ? this.#movedOrNot(state) : state)
  }

  /** Another one each time that somebody else was found to have changed it; what is written here doesn't count. */
  get revision(): number {
    this.#look()
    return this.#revision
  }

  /** Another one for each state, also where it can't be used; never throws. */
  sign(): string {
    return this.#look().sign
  }

  /** Calls back when there is another state, whoever made it; returns how to stop. */
  watch(onChange: () => void): () => void {
    return watchSign(this.directory, 'directory', onChange, () => this.sign())
  }

  /**
   * @param next The next state, of the present one; undefined leaves it as it is, and then nothing is written. It is asked
   *   again when nobody else can change anything.
   * @throws what `next` throws; BookError. Then nothing was changed.
   */
  change(next: (value: T | undefined) => T | undefined): void {
    if (next(this.read()) === undefined) return
    try {
      makeDirectory(this.directory)
      withLockSync(this.directory, QUICK, (held) => {
        const state = this.#lookLocked(held)
        this.#write(held, state, next(valueOf(state)))
      })
    } catch (error) {
      throw asBookError(error, this.#form, this.directory)
    }
  }

  /** The same for a change that takes its time; `next` is asked again only where this process was suspended meanwhile. */
  async changeSlowly(next: (value: T | undefined) => Promise<T | undefined>): Promise<void> {
    // What can't be read is told before anybody is asked for anything.
    this.read()
    try {
      makeDirectory(this.directory)
      await withLock(this.directory, SLOW, async (held) => {
        const state = this.#lookLocked(held)
        this.#write(held, state, await next(valueOf(state)))
      })
    } catch (error) {
      throw asBookError(error, this.#form, this.directory)
    }
  }

  #write(held: HeldLock, { generation }: State<T>, value: T | undefined): void {
    if (value === undefined) return
    const { what, full, maxBytes } = this.#form
    const text = bookText(this.#form, value)
    if (Buffer.byteLength(text) > maxBytes)
      throw new BookError(`${what} would be larger than ${maxBytes} bytes, so nothing was changed`, {
        hint: full,
      })
    // False where somebody has written without the lock, as a hand may.
    if (!this.#generations.add(held, generation, text, { value })) throw new LostLock()
    this.#sign = this.#generations.newest()?.sign
  }

  #look(isHeld = false): State<T> {
    const state = this.#state(isHeld)
    if (this.#sign !== state.sign) this.#revision += 1
    this.#sign = state.sign
    return state
  }

  #state(isHeld: boolean): State<T> {
    try {
      for (;;) {
        const generation = this.#generations.newest(isHeld)
        if (generation !== undefined)
          return { sign: generation.sign, content: generation.content, generation }
        if (this.#former === undefined) return { sign: 'none', content: undefined }
        const former = this.#formerState(this.#former)
        // It may have been moved since it was looked for.
        if (former !== undefined && this.#generations.newest() === undefined) return former
      }
    } catch (error) {
      const told = asBookError(error, this.#form, this.directory)
      return { sign: `${signOf(this.directory)} ${String(told)}`, content: { error: told } }
    }
  }

  #formerState(former: Former<T>): State<T> {
    const { file } = former
    const sign = signOf(file)
    if (sign === 'ENOENT') return { sign: 'none', content: undefined }
    try {
      const value = readFormer(former, this.#form.maxBytes)
      return value === undefined
        ? { sign: 'none', content: undefined }
        : { sign, content: { value }, isFormer: true }
    } catch (error) {
      return { sign, content: { error: asBookError(error, this.#form, file) } }
    }
  }

  /** Moves it, for who only reads it; where that can't be done it is read where it is. */
  #movedOrNot(state: State<T>): State<T> {
    if (this.#isMoved) return state
    try {
      makeDirectory(this.directory)
      withLockSync(this.directory, QUICK, (held) => this.#moveFormer(held))
    } catch {
      // The next change tries it again, and says why it can't be done.
    }
    this.#isMoved = true
    return this.#look()
  }

  /**
   * The state that counts as long as the lock is held. What version 0.1 left is moved before, and then it is looked at
   * again: the move made the first look old. That it can't be moved matters only where it is all that there is.
   */
  #lookLocked(held: HeldLock): State<T> {
    const state = this.#look(true)
    if (this.#former === undefined || (this.#isMoved && state.isFormer !== true)) return state
    try {
      this.#moveFormer(held)
    } catch (error) {
      if (state.generation === undefined) throw error
    }
    this.#isMoved = true
    return this.#look(true)
  }

  #moveFormer(held: HeldLock): void {
    if (this.#former === undefined) return
    const { maxBytes } = this.#form
    const to = `${basename(dirname(this.directory))}/${basename(this.directory)}/`
    let own: BookGeneration<Content<T>> | undefined
    // Asked again where a version 0.1 has written meanwhile.
    moveFormer(this.#former, { maxBytes, bounds: QUICK, to }, (value) => {
      const before = this.#look()
      // Somebody has written a state of his own, which is newer than what is moved.
      if (before.generation !== own) return
      this.#write(held, before, value)
      // The one that was written just now may be written over, should this be asked again.
      own = this.#look().generation
    })
  }

  #contentIn(text: string): Content<T> {
    try {
      return { value: bookContent(this.#form, text) }
    } catch (error) {
      return { error: asBookError(error, this.#form, this.directory) }
    }
  }
}

/** @throws why it can't be used. */
function valueOf<T>({ content }: State<T>): T | undefined {
  if (content === undefined) return undefined
  if ('error' in content) throw content.error
  return content.value
}
