/** Reading the body of an answer: to its end, or as far as anybody needs it. Bounded in bytes, which count unpacked. */
import type { Readable } from 'node:stream'
import { coded } from './failure.ts'

/**
 * All of it.
 *
 * @throws Error with a `code`: BODY_TOO_LARGE, or that of a connection that broke. The rest is not read, and its
 *   connection ends.
 */
export async function wholeBody(body: AsyncIterable<unknown>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  // Who leaves the loop early ends the body.
  for await (const chunk of body) {
    const part = chunk as Uint8Array
    length += part.length
    if (length > maxBytes) throw coded('BODY_TOO_LARGE')
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export interface Some {
  readonly bytes: number
  readonly ms: number
}

/**
 * The beginning of a text that nobody needs all of: what came within the bounds, also where it broke off. Never rejects.
 * A body that goes on beyond them is destroyed, and its connection ends.
 */
export function readSome(body: Readable, { bytes, ms }: Some): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const end = (): void => {
      clearTimeout(timer)
      // A body that has come to its end gives its connection back.
      if (!body.readableEnded) body.destroy()
      resolve(Buffer.concat(chunks).subarray(0, bytes).toString('utf8'))
    }
    const timer = setTimeout(end, ms)
    body.on('end', end).on('error', end).on('close', end)
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.byteLength
      if (length >= bytes) end()
    })
  })
}
