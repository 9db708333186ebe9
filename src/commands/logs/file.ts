/**
 * The log's lines, those that there are and those to come, in the order in which they were written. The file is moved
 * to `….1` when it is long (log.ts), or may be emptied by somebody, and another one takes its place: nothing is told
 * twice, and what stood in the one before is told first.
 */
import { closeSync, constants, fstatSync, readSync, statSync } from 'node:fs'
import { systemErrorCode } from '../../errors.ts'
import { openOwn } from '../../state/read-own.ts'

const PIECE_BYTES = 256 * 1024
const NEWLINE = 10

interface Open {
  readonly fd: number
  readonly id: string
  at: number
  /** Of the last line, which isn't whole yet. */
  rest: Buffer
}

export class LogFile {
  readonly #path: string
  #open: Open | undefined
  /** What the file before looked like when it was told last; a number of a file alone may come again. */
  #told: string | undefined
  #begun = false

  constructor(path: string) {
    this.#path = path
  }

  /** Whether there is one, now or from before. */
  get exists(): boolean {
    return idOf(this.#path) !== undefined || idOf(this.#before) !== undefined
  }

  /** What has come since it was last asked; at first all there is. @throws the system's error when it can't be read. */
  *lines(): Generator<string> {
    if (!this.#begun) {
      this.#begun = true
      this.#open = opened(this.#path)
      // It may have been moved in this moment.
      yield* this.#tellBefore()
    }
    if (this.#open !== undefined) yield* read(this.#open)
    const now = idOf(this.#path)
    if (now === undefined || now === this.#open?.id) return
    const last = this.#open
    if (last !== undefined) {
      // The last words of the one that was moved.
      yield* read(last)
      closeSync(last.fd)
    }
    if (last !== undefined) yield* this.#tellBefore()
    this.#open = opened(this.#path)
    if (this.#open !== undefined) yield* read(this.#open)
  }

  /** Unless it is the one that is open, or has been told. */
  *#tellBefore(): Generator<string> {
    const stat = statSync(this.#before, { throwIfNoEntry: false, bigint: true })
    const looks = stat && `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`
    if (looks === undefined || looks === this.#told) return
    this.#told = looks
    if (idOf(this.#before) !== this.#open?.id) yield* whole(this.#before)
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }

  get #before(): string {
    return `${this.#path}.1`
  }
}

function idOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`
}

function opened(path: string): Open | undefined {
  try {
    const fd = openOwn(path, constants.O_RDONLY)
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return { fd, id: `${dev}:${ino}`, at: 0, rest: Buffer.alloc(0) }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function* whole(path: string): Generator<string> {
  const file = opened(path)
  if (file === undefined) return
  try {
    yield* read(file)
  } finally {
    closeSync(file.fd)
  }
}

/** Cut at line breaks before it is decoded, as a character may lie across two pieces. */
function* read(file: Open): Generator<string> {
  if (fstatSync(file.fd).size < file.at) {
    file.at = 0
    file.rest = Buffer.alloc(0)
  }
  for (;;) {
    const piece = Buffer.alloc(PIECE_BYTES)
    const length = readSync(file.fd, piece, 0, PIECE_BYTES, file.at)
    if (length === 0) return
    file.at += length
    const text = Buffer.concat([file.rest, piece.subarray(0, length)])
    const end = text.lastIndexOf(NEWLINE)
    file.rest = text.subarray(end + 1)
    for (const line of text
      .subarray(0, end + 1)
      .toString('utf8')
      .split('\n'))
      if (line !== '') yield line
  }
}
