/** Splitting a text at a sign that doesn't count inside quotes, and taking quotes off. */

const CLOSING: Readonly<Record<string, string>> = { '"': '"', "'": "'", '{': '}' }

/** Quotes count where a value begins. One that isn't closed is an ordinary character. */
export function splitOutsideQuotes(text: string, sign: RegExp): readonly string[] {
  if (!sign.test(text)) return [text]
  const chunks: string[] = []
  const unclosed = new Set<string>()
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    const closing = CLOSING[character]
    if (
      closing !== undefined &&
      !unclosed.has(closing) &&
      (at === 0 || /[\s=:;,([]/.test(text.charAt(at - 1)))
    ) {
      const end = endOf(text, at, closing)
      if (end === at) unclosed.add(closing)
      at = end
    } else if (character === '\\' && sign.source === '\\s') {
      // libpq's way to write a blank.
      at += 1
    } else if (sign.test(character)) {
      if (at > start) chunks.push(text.slice(start, at))
      start = at + 1
    }
  }
  if (start < text.length) chunks.push(text.slice(start))
  return chunks
}

/** Where the quote that begins at `from` is closed; `from` itself when it never is. */
function endOf(text: string, from: number, closing: string): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\' && closing !== '}') at += 1
    else if (text[at] === closing) {
      if (text[at + 1] !== closing || closing === '"') return at
      at += 1
    }
  }
  return from
}

/** A value without its quotes and with their escapes undone; with and without what may be a comment behind it. */
export function unquote(written: string): readonly string[] {
  const text = written.trim()
  const closing = CLOSING[text.charAt(0)]
  const end = closing === undefined ? 0 : endOf(text, 0, closing)
  if (end > 0) {
    const inside = text.slice(1, end)
    if (text.startsWith('{')) return [inside.replaceAll('}}', '}'), text]
    const undone = text.startsWith('"')
      ? inside.replace(/\\n/g, '\n').replace(/\\(["\\$`/])/g, '$1')
      : inside.replaceAll("''", "'").replace(/\\(['\\])/g, '$1')
    return [...new Set([inside, undone])]
  }
  const trimmed = text.replace(/[;,]+$/, '')
  const uncommented = trimmed.replace(/\s+#.*$/, '')
  // Where a pair is the last one between brackets.
  const unbracketed = uncommented.replace(/["']?[)\]}]{1,8}[;,]?$/, '')
  return [...new Set([trimmed, uncommented, unbracketed, trimmed.replace(/\\(?=\s)/g, '')])]
}
