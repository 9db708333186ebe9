/**
 * Says what stands in the place of a value that was found: the placeholder, written in the way in which the value was.
 * Always as long as what was found, so that no length that was announced becomes wrong. Pure.
 */

type Writing = (text: string) => string

const WRITINGS: readonly Writing[] = [
  (text) => text,
  (text) => Buffer.from(text, 'utf8').toString('latin1'),
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => encodeURIComponent(text),
  (text) => encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${hex(mark)}`),
  (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  (text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  hex,
  (text) => hex(text).toUpperCase(),
  (text) => Array.from(text).toReversed().join(''),
]

/**
 * @param found how the value stands in the text
 * @param values that one placeholder stands for, or has stood for
 */
export function likeFound(found: string, placeholder: string, values: Iterable<string>): string {
  for (const value of values) {
    const write = WRITINGS.find((one) => one(value) === found)
    const text = write?.(placeholder) ?? inBase64(found, value, placeholder)
    if (text !== undefined) return fit(text, found.length)
  }
  return fit(placeholder, found.length)
}

/** Undefined where it isn't base64. Characters at its ends that hold bits of a neighbour too say nothing then. */
function inBase64(found: string, value: string, placeholder: string): string | undefined {
  for (const url of [false, true])
    for (const shift of [0, 1, 2]) {
      const core = coreOf(value, shift, url)
      const at = core === '' ? -1 : found.indexOf(core)
      if (at === -1 || found.length - core.length > 2) continue
      return (
        'A'.repeat(at) +
        fit(coreOf(placeholder, shift, url), core.length) +
        'A'.repeat(found.length - at - core.length)
      )
    }
  return undefined
}

/** Those characters that hold bits of nothing else, when so many bytes stand before. */
function coreOf(text: string, shift: number, url: boolean): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text, 'utf8')])
  const written = bytes.toString(url ? 'base64url' : 'base64').replace(/=+$/, '')
  return written.slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

function hex(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex')
}

function fit(text: string, length: number): string {
  return text.length >= length ? text.slice(0, length) : text.padEnd(length, '*')
}
