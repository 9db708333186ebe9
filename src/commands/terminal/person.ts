/**
 * Asks the person at the terminal: shows the whole question, a screen at a time, and reads whole words. Input that
 * was typed before the question could be read is dropped, since it was meant for something else.
 */
import { createInterface, type Interface } from 'node:readline/promises'
import { MIN_READ_MS } from '../../approval/channels/quick.ts'
import type { Pending } from '../../approval/facts/pending.ts'
import { wrap } from '../../approval/wrap.ts'
import { SidemuxError } from '../../errors.ts'
import { visibleText } from '../../visible.ts'
import type { Io } from '../io.ts'

const DEFAULT_ROWS = 24
const DEFAULT_COLUMNS = 80
const MIN_ROWS = 5
const MIN_COLUMNS = 20
/** Lines of ours below each screen. */
const FOOT = 2

/** @throws SidemuxError where nobody sits. */
export function requirePerson({ stdin }: Io, action: string): void {
  if (stdin.isTTY === true) return
  throw new SidemuxError(`"approvals ${action}" needs a person at a terminal`, {
    hint: 'run it in a terminal, without redirecting its input; or decide on the page in the browser: sidemux approvals page',
    exitCode: 2,
  })
}

export class Person {
  readonly #io: Io
  readonly #lines: Interface

  constructor(io: Io) {
    this.#io = io
    this.#lines = createInterface({ input: io.stdin, output: io.stderr })
  }

  /** Undefined when he turns away (Ctrl-C, Ctrl-D), and when `signal` fires. */
  async ask(
    pending: Pick<Pending, 'text'>,
    prompt: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const over = new AbortController()
    const end = (): void => over.abort()
    // Node leaves a question unanswered for good when its terminal is closed.
    this.#lines.once('close', end)
    signal.addEventListener('abort', end, { once: true })
    try {
      await this.#read(pending.text, over.signal)
      for (;;) {
        const shownAt = Date.now()
        const answer = await this.#lines.question(prompt, { signal: over.signal })
        if (Date.now() - shownAt >= MIN_READ_MS) return answer.trim().toLowerCase()
        this.#say('that was too quick to be an answer to this; read it, and type again\n')
      }
    } catch (error) {
      if (over.signal.aborted) return undefined
      throw error
    } finally {
      signal.removeEventListener('abort', end)
    }
  }

  close(): void {
    this.#lines.close()
  }

  /** Every line is shown; each screen stays until it is turned. */
  async #read(text: string, signal: AbortSignal): Promise<void> {
    const { rows, columns } = this.#io.stderr as { rows?: number; columns?: number }
    // A terminal that doesn't know its size says 0.
    const lines = wrap(visibleText(text), Math.max(MIN_COLUMNS, (columns || DEFAULT_COLUMNS) - 1))
    const page = Math.max(MIN_ROWS, (rows || DEFAULT_ROWS) - FOOT)
    this.#say('\n')
    for (let at = 0; at < lines.length; at += page) {
      this.#say(`${lines.slice(at, at + page).join('\n')}\n`)
      const left = lines.length - at - page
      if (left > 0)
        await this.#lines.question(`-- ${left} more ${left === 1 ? 'line' : 'lines'}; press Return --`, {
          signal,
        })
    }
    this.#say('\n')
  }

  #say(text: string): void {
    this.#io.stderr.write(text)
  }
}
