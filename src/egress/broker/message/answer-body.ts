/** The body of an answer on its way to the server: unpacked, and masked while it comes. */
import { Transform, type Readable, type TransformCallback } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import type { Pace } from '../pace.ts'
import type { AnswerMask, AnswerStream } from './mask.ts'

/** A text up to this is held to its end, and looked through as a whole. */
const MOST_HELD = 256 * 1024
/** After such a pause a stream lets out what could still have been the beginning of a value. */
const PAUSE_MS = 20

/** @param codings in the order in which they were put on it */
export function unpacking(codings: readonly string[]): Transform[] {
  return codings.toReversed().map((coding) => {
    if (coding === 'br') return createBrotliDecompress()
    // Some send deflate without its wrapping; Node tells by the first byte.
    return coding === 'deflate' ? new Inflate() : createGunzip()
  })
}

/** zlib's format, or bare deflate, which some servers send under the same name. */
class Inflate extends Transform {
  #inner: Transform | undefined

  override _transform(chunk: Buffer, _: string, done: TransformCallback): void {
    if (this.#inner === undefined) {
      this.#inner = ((chunk[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()
      this.#inner.on('data', (part: Buffer) => this.push(part))
      this.#inner.on('error', (error) => this.destroy(error))
    }
    this.#inner.write(chunk, () => done())
  }

  override _flush(done: TransformCallback): void {
    if (this.#inner === undefined) return done()
    this.#inner.once('end', () => done())
    this.#inner.end()
  }
}

export interface MaskingOptions {
  readonly pace: Pace
  readonly isText: boolean
  /** It may be held to its end. */
  readonly mayHold: boolean
  /** Before the last of it. */
  readonly onEnd?: () => void
}

export class Masking extends Transform {
  readonly #mask: AnswerMask
  readonly #stream: AnswerStream
  readonly #options: MaskingOptions
  #held: Buffer[] | undefined
  #size = 0
  #pause: NodeJS.Timeout | undefined

  constructor(mask: AnswerMask, options: MaskingOptions) {
    super()
    this.#mask = mask
    this.#stream = mask.stream(options.isText)
    this.#options = options
    this.#held = options.mayHold && options.isText ? [] : undefined
  }

  override _transform(chunk: Buffer, _: string, done: TransformCallback): void {
    clearTimeout(this.#pause)
    this.#options.pace.work(() => this.#pass(this.#gathered(chunk)), done)
    if (this.#held === undefined && this.#stream.holds)
      this.#pause = setTimeout(() => this.#put(this.#stream.settle()), PAUSE_MS).unref()
  }

  override _flush(done: TransformCallback): void {
    clearTimeout(this.#pause)
    const held = this.#held
    this.#put(
      held === undefined ? this.#stream.flush() : this.#mask.whole(Buffer.concat(held).toString('latin1')),
    )
    this.#letGo()
    this.#options.onEnd?.()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#pause)
    this.#letGo()
    done(error)
  }

  /** What is to be masked now; nothing as long as all of it is held. */
  #gathered(chunk: Buffer): Buffer | undefined {
    if (this.#held === undefined) return chunk
    this.#held.push(chunk)
    const hasRoom = this.#size + chunk.length <= MOST_HELD && this.#options.pace.hold(chunk.length)
    if (hasRoom) {
      this.#size += chunk.length
      return undefined
    }
    const all = Buffer.concat(this.#held)
    this.#held = undefined
    this.#letGo()
    return all
  }

  #letGo(): void {
    this.#options.pace.letGo(this.#size)
    this.#size = 0
  }

  #pass(bytes: Buffer | undefined): void {
    if (bytes !== undefined) this.#put(this.#stream.push(bytes.toString('latin1')))
  }

  #put(text: string): void {
    if (text !== '' && !this.destroyed) this.push(Buffer.from(text, 'latin1'))
  }
}

/** Reads a body that may be no longer than so many bytes, and than there is room for; undefined where it is. */
export async function bodyWithin(body: Readable, most: number, pace: Pace): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      if (size + part.length > most || !pace.hold(part.length)) return undefined
      size += part.length
      parts.push(part)
    }
    return Buffer.concat(parts)
  } finally {
    pace.letGo(size)
  }
}
