/**
 * Makes what hides visible. Text from a child, a model or a file can hold characters that turn the reading
 * direction, take no width, overwrite the line or drive the terminal; wherever a person reads such text, they
 * are written out as `‹U+202E›`.
 */

/**
 * Controls, format characters (bidi, zero width, tags), surrogates, private use and unassigned code points; line
 * separators; blanks that aren't the ASCII space; variation selectors, fillers and the grapheme joiner, which
 * are letters or marks to Unicode and nothing to the eye.
 */
const HIDDEN =
  /[\p{C}\p{Zl}\p{Zp}]|\u034F|\u115F|\u1160|\u17B4|\u17B5|[\u180B-\u180F]|\u3164|[\uFE00-\uFE0F]|\uFFA0|[\u{E0100}-\u{E01EF}]|(?! )\p{Zs}/gu

/** One line: line breaks and tabs are written out too. */
export function visibleLine(text: string): string {
  return text.replace(HIDDEN, codePoint)
}

/** Several lines: `\n` and `\t` stay. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) =>
    character === '\n' || character === '\t' ? character : codePoint(character),
  )
}

/** Text as it is, and what hides apart from it, so that a written-out character can't be confused with its name. */
export interface VisiblePart {
  readonly text: string
  /** The code point's name, e.g. `U+202E`, when the part is one hidden character. */
  readonly hidden?: string
}

/** Every part of the text, in order; `\n` and `\t` are hidden only in what has to be one line. */
export function visibleParts(text: string, lines: 'one' | 'several'): VisiblePart[] {
  const parts: VisiblePart[] = []
  let from = 0
  for (const { 0: character, index } of text.matchAll(HIDDEN)) {
    if (lines === 'several' && (character === '\n' || character === '\t')) continue
    if (index > from) parts.push({ text: text.slice(from, index) })
    parts.push({ text: character, hidden: codePoint(character).slice(1, -1) })
    from = index + character.length
  }
  if (from < text.length) parts.push({ text: text.slice(from) })
  return parts
}

/** As JSON, with nothing in it that a terminal could take for more than text. */
export function asciiJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(/[\u007f-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function codePoint(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`
}

/** A JSON text that says the same, with what hides written as `\u202e`. Only in strings can anything hide. */
export function visibleJson(json: string): string {
  return json.replace(HIDDEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
