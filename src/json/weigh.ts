/**
 * Measures how long an object is as JSON, without writing it twice. The length is needed before the object is sent. Of a
 * long one the text that had to be written is kept (text.ts).
 */
import { jsonTextOf, keepText } from './text.ts'
import { jsonParts } from './write.ts'

/** From so many characters on keeping a text is cheaper than writing it again. */
const LONG = 1024

/** Bytes in UTF-8; null when it can't be written as JSON. */
export function weigh(value: Readonly<Record<string, unknown>>): number | null {
  const text = jsonTextOf(value)
  if (text !== undefined) return Buffer.byteLength(text)
  try {
    const parts = jsonParts(value)
    const [only] = parts
    if (parts.length === 1 && typeof only === 'string' && only.length >= LONG) keepText(value, only)
    return parts.reduce(
      (sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : part.length),
      0,
    )
  } catch {
    return null
  }
}
