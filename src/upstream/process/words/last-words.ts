/**
 * Keeps the last lines that a process printed to stderr, and the first that it printed to stdout when they were no
 * MCP. They are shown when a server didn't start or has gone. Little is kept, in memory only, and it is masked when
 * it is read (promise 3).
 */
import { isRecord } from '../../../json/record.ts'
import { lastOf, quotedWords, tells } from './said.ts'
import { MAX_LINE_LENGTH, printable, type MaskLine } from './lines.ts'

const MAX_LINES = 60
const MAX_STDOUT_BYTES = 4096

export class LastWords {
  readonly #mask: () => MaskLine
  readonly #stderr: string[] = []
  /** The last one of those before them that may say what is wrong. */
  #telling: string | undefined
  readonly #stdout: Buffer[] = []
  #left = MAX_STDOUT_BYTES

  /** @param mask for lines that are judged together, each time anew */
  constructor(mask: () => MaskLine) {
    this.#mask = mask
  }

  /** A line of stderr. */
  heard(line: string): void {
    this.#stderr.push(line.slice(0, MAX_LINE_LENGTH))
    if (this.#stderr.length <= MAX_LINES) return
    const dropped = this.#stderr.shift() ?? ''
    if (tells(dropped)) this.#telling = dropped
  }

  /** What came by stdout, whatever it is. */
  read(chunk: Buffer): void {
    if (this.#left <= 0) return
    this.#stdout.push(Buffer.from(chunk.subarray(0, this.#left)))
    this.#left -= chunk.length
  }

  /** Undefined where it said nothing that helps. */
  get said(): string | undefined {
    const mask = this.#mask()
    const odd = this.#oddLine
    const blocks = [
      quotedWords(
        'it printed to stdout, where MCP is spoken',
        odd === undefined ? [] : [printable(mask(odd))],
      ),
      quotedWords('it printed last', lastOf(this.#lines.map((line) => printable(mask(line))))),
    ].filter((block) => block !== undefined)
    return blocks.length === 0 ? undefined : blocks.join('\n')
  }

  get #lines(): readonly string[] {
    return this.#telling === undefined ? this.#stderr : [this.#telling, ...this.#stderr]
  }

  /** The first line of stdout that is no message. */
  get #oddLine(): string | undefined {
    const lines = Buffer.concat(this.#stdout).toString('utf8').split(/\r?\n/)
    // The last one may have been cut off.
    return lines.find((line, index) => line.trim() !== '' && !isMessage(line, index === lines.length - 1))
  }
}

function isMessage(line: string, isLast: boolean): boolean {
  try {
    return isRecord(JSON.parse(line))
  } catch {
    return isLast && line.trimStart().startsWith('{')
  }
}
