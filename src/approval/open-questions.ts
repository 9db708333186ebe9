/**
 * The questions that are open now, bounded in number and size, each until it expires. Who watches them (the page, the
 * list in a terminal) is told once a turn, however much happened in it.
 */
import type { OpenQuestion } from './open-question.ts'

/** Open questions cost memory, and a host can retry late or never. */
const MAX_QUESTIONS = 10_000
const MAX_CHARACTERS = 64 * 1024 * 1024

export interface OpenQuestionsOptions {
  readonly expireMs: number
  readonly now: () => number
  onExpire(question: OpenQuestion): void
}

export class OpenQuestions {
  /** Of those that are kept from now on. */
  expireMs: number
  readonly #options: OpenQuestionsOptions
  readonly #byId = new Map<string, OpenQuestion>()
  /** So that a call finds its question without looking at all of them. */
  readonly #byDigest = new Map<string, Set<OpenQuestion>>()
  readonly #expiries = new Map<string, NodeJS.Timeout>()
  readonly #listeners = new Set<() => void>()
  #characters = 0
  #telling = false

  constructor(options: OpenQuestionsOptions) {
    this.#options = options
    this.expireMs = options.expireMs
  }

  /** False when there is no room for it. */
  add(question: OpenQuestion): boolean {
    const size = question.request.text.length
    if (this.#byId.size >= MAX_QUESTIONS || this.#characters + size > MAX_CHARACTERS) return false
    this.#byId.set(question.id, question)
    const same = this.#byDigest.get(question.digest) ?? new Set()
    this.#byDigest.set(question.digest, same.add(question))
    this.#characters += size
    this.keep(question)
    return true
  }

  /** From now on for as long as a question lives. */
  keep(question: OpenQuestion): void {
    const { expireMs } = this
    question.expiresAt = this.#options.now() + expireMs
    clearTimeout(this.#expiries.get(question.id))
    const expire = (): void => {
      this.#options.onExpire(question)
      this.forget(question)
    }
    this.#expiries.set(question.id, setTimeout(expire, expireMs).unref())
    this.changed()
  }

  forget(question: OpenQuestion): void {
    clearTimeout(this.#expiries.get(question.id))
    this.#expiries.delete(question.id)
    if (this.#byId.delete(question.id)) {
      this.#characters -= question.request.text.length
      const same = this.#byDigest.get(question.digest)
      same?.delete(question)
      if (same?.size === 0) this.#byDigest.delete(question.digest)
    }
    question.close()
    this.changed()
  }

  get(id: string): OpenQuestion | undefined {
    const question = this.#byId.get(id)
    return question === undefined || this.isOver(question) ? undefined : question
  }

  /** About the same call, and no call waits for it: its host gave up, or asks its user meanwhile. */
  unwaited(digest: string): OpenQuestion | undefined {
    for (const question of this.#byDigest.get(digest) ?? []) {
      const free = question.waiter === undefined && !question.deciding
      if (free && !this.isOver(question)) return question
    }
    return undefined
  }

  isOver({ state, expiresAt }: OpenQuestion): boolean {
    return state.kind === 'closed' || expiresAt <= this.#options.now()
  }

  /** Oldest first. */
  all(): readonly OpenQuestion[] {
    return [...this.#byId.values()]
  }

  changed(): void {
    if (this.#telling) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      for (const listener of this.#listeners) listener()
    })
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
