/**
 * The questions that are open now, bounded in number and size, each until it expires. Who watches them (the page, the
 * list in a terminal) is told once a turn, however much happened in it.
 */
import type { OpenQuestion } from './open-question.ts'
import { isFree, isOver } from './life.ts'

/** Open questions cost memory, and a host can retry late or never. */
const MAX_QUESTIONS = 10_000
const MAX_CHARACTERS = 64 * 1024 * 1024

interface Kept {
  readonly question: OpenQuestion
  readonly expiresAt: number
  readonly timer: NodeJS.Timeout
}

export class OpenQuestions {
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()
  /** So that a call finds its question without looking at all of them. */
  readonly #byDigest = new Map<string, Set<OpenQuestion>>()
  readonly #listeners = new Set<() => void>()
  #characters = 0
  #telling = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** False when there is no room for it. */
  add(question: OpenQuestion): boolean {
    const size = question.request.text.length
    if (this.#kept.size >= MAX_QUESTIONS || this.#characters + size > MAX_CHARACTERS) return false
    const { digest } = question.life
    this.#byDigest.set(digest, (this.#byDigest.get(digest) ?? new Set()).add(question))
    this.#characters += size
    this.#keep(question)
    return true
  }

  /** Something happened to it. */
  update(question: OpenQuestion): void {
    const kept = this.#kept.get(question.id)
    if (kept === undefined) return
    if (question.life.state.kind === 'over') this.#forget(kept)
    else if (question.life.expiresAt !== kept.expiresAt) this.#keep(question)
    this.changed()
  }

  get(id: string): OpenQuestion | undefined {
    const question = this.#kept.get(id)?.question
    return question === undefined || isOver(question.life, this.#now()) ? undefined : question
  }

  /** About the same call, and no call waits for it. */
  unwaited(digest: string): OpenQuestion | undefined {
    return [...(this.#byDigest.get(digest) ?? [])].find(
      ({ life }) => isFree(life) && !isOver(life, this.#now()),
    )
  }

  /** Oldest first. */
  all(): readonly OpenQuestion[] {
    return [...this.#kept.values()].map(({ question }) => question)
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

  #keep(question: OpenQuestion): void {
    const { expiresAt } = question.life
    clearTimeout(this.#kept.get(question.id)?.timer)
    const timer = setTimeout(() => question.send({ kind: 'expired' }), expiresAt - this.#now()).unref()
    this.#kept.set(question.id, { question, expiresAt, timer })
  }

  #forget({ question, timer }: Kept): void {
    const { digest } = question.life
    clearTimeout(timer)
    this.#kept.delete(question.id)
    this.#characters -= question.request.text.length
    const same = this.#byDigest.get(digest)
    same?.delete(question)
    if (same?.size === 0) this.#byDigest.delete(digest)
  }
}
