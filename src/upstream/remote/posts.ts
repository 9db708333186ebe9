/**
 * The requests that are under way as a POST each. The SDK's transport would write a request anew, and numbers with more
 * digits than a double has would lose some; and it doesn't say which request a POST is. So a request carries a ticket, in
 * a header that never leaves, for which it gets its own body back.
 */
const TICKET = 'x-sidemux-request'

export interface Post {
  readonly id: number | string
  readonly body: string
  /** Something of it may have reached the server. */
  left: boolean
  /** The answer is a stream of events. */
  streamed: boolean
}

export class Posts {
  readonly #open = new Map<string, Post>()
  #last = 0

  /** While `work` goes on, whose requests are to have these headers. */
  async during(post: Post, work: (headers: Record<string, string>) => Promise<void>): Promise<void> {
    this.#last += 1
    const ticket = String(this.#last)
    this.#open.set(ticket, post)
    try {
      await work({ [TICKET]: ticket })
    } finally {
      this.#open.delete(ticket)
    }
  }

  /** Those of which nothing has left. */
  unsent(): readonly Post['id'][] {
    return [...this.#open.values()].filter(({ left }) => !left).map(({ id }) => id)
  }

  /** Takes the ticket out of the headers of what is about to be sent. */
  claim(headers: Headers): Post | undefined {
    const post = this.#open.get(headers.get(TICKET) ?? '')
    headers.delete(TICKET)
    return post
  }
}
