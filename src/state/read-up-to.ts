/**
 * Reads a file of which no more than a bound is wanted. The memory for it is as large as the file says of itself, and grows
 * where it holds more, as those of /proc do. Memory for the whole bound would be garbage each time, and V8 doesn't hurry to
 * free what lies outside its heap.
 */
import type { FileHandle } from 'node:fs/promises'

/** What most files of a user need. */
const LEAST = 4096

/** From where it stands to its end; one byte more than `most` tells that there is too much. */
export async function readUpTo(handle: Pick<FileHandle, 'read' | 'stat'>, most: number): Promise<Buffer> {
  const { size } = await handle.stat()
  let buffer = Buffer.alloc(Math.min(most, Math.max(size, LEAST)) + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null)
    length += bytesRead
    if (bytesRead === 0 || length > most) return buffer.subarray(0, length)
    if (length < buffer.length) continue
    const larger = Buffer.alloc(Math.min(most + 1, 2 * buffer.length))
    buffer.copy(larger)
    buffer = larger
  }
}
