/** A file's lines, streamed, no more than one held at a time. */
import { createReadStream } from 'node:fs'
import { MAX_LINE } from '../chain/files.ts'

export interface SegmentLine {
  /** Undefined for a last line without an end, and for one longer than any record; nothing follows it. */
  readonly text: string | undefined
  /** The latter of the two. */
  readonly isTooLong?: boolean
  /** Where the next line starts, in bytes. */
  readonly next: number
}

export async function* linesOf(file: string, start = 0): AsyncGenerator<SegmentLine> {
  let rest: Buffer[] = []
  let size = 0
  let next = start
  for await (const chunk of createReadStream(file, { start }) as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      next += size + end - from + 1
      yield { text: Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8'), next }
      rest = []
      size = 0
      from = end + 1
    }
    rest.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > MAX_LINE) break
  }
  if (size > 0) yield { text: undefined, next, isTooLong: size > MAX_LINE }
}
