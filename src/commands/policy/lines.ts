/** The lines of a file of any size, one held at a time; one that is too long is named and not kept. */
import { createReadStream } from 'node:fs'
import { SidemuxError, systemErrorCode } from '../../errors.ts'

/** No record of the audit log is longer. */
const MAX_LINE_BYTES = 4 * 1024 * 1024

export interface NumberedLine {
  readonly line: number
  /** Undefined for one that is too long. */
  readonly text: string | undefined
}

/** @throws SidemuxError with exit code 2 when the file can't be read. */
export async function* linesOfFile(file: string): AsyncGenerator<NumberedLine> {
  let line = 1
  let parts: Buffer[] = []
  let size = 0
  const take = (end: Buffer): NumberedLine => {
    const whole = size + end.length <= MAX_LINE_BYTES
    const text = whole ? Buffer.concat([...parts, end]).toString('utf8') : undefined
    parts = []
    size = 0
    return { line: line++, text }
  }
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let from = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        yield take(chunk.subarray(from, end))
        from = end + 1
      }
      size += chunk.length - from
      if (size <= MAX_LINE_BYTES) parts.push(chunk.subarray(from))
      else parts = []
    }
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === undefined) throw error
    throw new SidemuxError(`${file} can't be read (${code})`, {
      hint: 'name a segment of the audit log (audit/*.jsonl in the state directory), or a list of calls',
      exitCode: 2,
    })
  }
  if (size > 0) yield take(Buffer.alloc(0))
}
