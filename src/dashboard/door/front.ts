/**
 * The front of one sidecar's door: who it is, and the port on which neighbours and commands find it. It is open as soon as
 * a host is there, and what is behind it, the page and all that decides, is loaded when somebody comes or is asked: most
 * sessions never need it.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { DoorPort } from './door-port.ts'
import type { Incoming, ReplyOrStream } from './http.ts'

export interface FrontOptions {
  readonly stateDir: string
  /** The path of servers.yaml. */
  readonly config: string
  readonly now: () => number
  /** What is behind it, loaded when it is needed first. */
  readonly behind: () => Promise<{ answer(request: Incoming, port: number): Promise<ReplyOrStream> }>
}

export class Front {
  readonly id = randomUUID()
  readonly key = randomBytes(32).toString('base64url')
  readonly startedAt: number
  readonly #port: DoorPort

  constructor({ stateDir, config, now, behind }: FrontOptions) {
    this.startedAt = now()
    const { id, key, startedAt } = this
    this.#port = new DoorPort({
      stateDir,
      now,
      run: { version: 1, id, pid: process.pid, startedAt, key, config },
      answer: async (request, port) => (await behind()).answer(request, port),
    })
  }

  /** Its port. What failed is tried again when it is needed the next time. */
  async open(): Promise<number> {
    return this.#port.open()
  }

  /** For good. */
  async close(): Promise<void> {
    await this.#port.close()
  }
}
