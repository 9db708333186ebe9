/**
 * Remembers for an object the JSON text that it was read from, or is written as. So a result that nobody changes is
 * handed on as it came and is not printed again (write.ts).
 *
 * The text belongs to the very object: whoever changes something makes another object, and that has no text.
 */

const texts = new WeakMap<object, string>()

/** The JSON of this object in one line, where it is known. */
export function jsonTextOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? texts.get(value) : undefined
}

/** @param text JSON of this value without a line break between its tokens */
export function keepText(value: object, text: string): void {
  texts.set(value, text)
}
