/** The requests to a remote server that are under way: those that HTTP hasn't answered, and those that MCP hasn't. */
import type { Id } from '../../wire/ids.ts'
import type { Post, Work } from './http/post.ts'

export class Posts {
  /** Those that have no answer yet, also where HTTP has answered with a stream. */
  readonly #unanswered = new Map<unknown, Post>()
  readonly #open = new Set<Post>()
  #waiters: (() => void)[] = []

  /** Sends one by `work`. */
  async during(post: Post, work: () => Promise<void>): Promise<void> {
    this.#open.add(post)
    this.#unanswered.set(post.id, post)
    try {
      await work()
    } finally {
      this.over(post)
    }
  }

  /** HTTP has answered it, or it has failed. */
  over(post: Post): void {
    if (this.#open.delete(post) && this.#open.size === 0) for (const wake of this.#waiters.splice(0)) wake()
  }

  of(id: unknown): Post | undefined {
    return this.#unanswered.get(id)
  }

  /** The server has said something that belongs to this one. */
  begun(id: unknown): void {
    const post = this.#unanswered.get(id)
    if (post !== undefined) post.hasBegun = true
  }

  workOn(id: unknown): Work {
    return this.#unanswered.get(id) ?? { sentAt: performance.now(), hasBegun: false }
  }

  /** By an answer, or in its place. */
  answered(id: unknown): void {
    this.#unanswered.delete(id)
  }

  /** Those of which nothing has left. */
  unsent(): readonly Id[] {
    return [...this.#open].flatMap(({ id, left, refused }) =>
      left || refused || id === undefined ? [] : [id],
    )
  }

  /** Resolves when each has been answered by HTTP, or has failed. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }
}
