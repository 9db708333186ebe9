/**
 * Text from elsewhere, cut into pieces that the page shows each in its own way, so that nothing in it hides: hidden
 * characters by name, stretches of blanks by their length, masked secrets as such, and words that mix alphabets.
 * The pieces' `text` put together is the text as it came. Pure.
 */
import { visibleParts } from '../../../visible.ts'

export interface ShownPiece {
  readonly kind: 'text' | 'hidden' | 'blank' | 'masked' | 'mixed'
  readonly text: string
  /** What is shown in its place, where it can't be shown as it is. */
  readonly shown?: string
  /** For people who wonder. */
  readonly note?: string
}

/** Blanks beyond these push what follows out of sight. */
const MANY_SPACES = 48
const MANY_LINES = 12
const STRETCH = new RegExp(` {${MANY_SPACES},}|(?:\\n[ \\t]*){${MANY_LINES},}`, 'g')
/** As the redactor writes them. A model can write it too, which the note says. */
const MASK = /\[redacted:[^\]\n]{1,256}\]/g
const WORD = /[\p{L}\p{M}\p{N}_]+/gu
const ALPHABETS = {
  Latin: /\p{Script=Latin}/u,
  Greek: /\p{Script=Greek}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Armenian: /\p{Script=Armenian}/u,
  Cherokee: /\p{Script=Cherokee}/u,
  Coptic: /\p{Script=Coptic}/u,
}

export function pieces(text: string, lines: 'one' | 'several'): ShownPiece[] {
  return joinAlike(visibleParts(text, lines)).flatMap((part) => {
    if (part.hidden === undefined) return plain(part.text)
    const times = part.times > 1 ? ` ×${part.times.toLocaleString('en')}` : ''
    return [
      {
        kind: 'hidden',
        text: part.text,
        shown: `‹${part.hidden}${times}›`,
        note: 'a character that can’t be seen',
      },
    ]
  })
}

/** Which alphabets a word mixes that hold letters of the same looks; empty for an honest one. */
export function mixedAlphabets(word: string): string[] {
  // Latin alone is by far the most common.
  if (/^[\p{ASCII}]*$/u.test(word)) return []
  const found = Object.entries(ALPHABETS).flatMap(([name, letters]) => (letters.test(word) ? [name] : []))
  return found.length > 1 ? found : []
}

/** What a name shows that a person should know before trusting it. */
export function nameNotes(name: string): string[] {
  const words = name.match(WORD) ?? []
  const mixed = words.find((word) => mixedAlphabets(word).length > 0)
  if (mixed !== undefined) return [`mixes ${mixedAlphabets(mixed).join(' and ')} letters that look alike`]
  if (/\p{Script=Hebrew}|\p{Script=Arabic}/u.test(name))
    return ['has letters that are read from right to left']
  const foreign = Object.entries(ALPHABETS).find(
    ([script, letters]) => script !== 'Latin' && letters.test(name),
  )
  return foreign === undefined ? [] : [`has ${foreign[0]} letters, some of which look like Latin ones`]
}

function joinAlike(
  parts: ReturnType<typeof visibleParts>,
): { text: string; hidden: string | undefined; times: number }[] {
  const joined: { text: string; hidden: string | undefined; times: number }[] = []
  for (const { text, hidden } of parts) {
    const last = joined.at(-1)
    if (hidden !== undefined && last?.hidden === hidden) {
      last.text += text
      last.times += 1
    } else joined.push({ text, hidden, times: 1 })
  }
  return joined
}

function plain(text: string): ShownPiece[] {
  return split(text, STRETCH, stretch).flatMap((outer) =>
    outer.kind === 'text'
      ? split(outer.text, MASK, mask).flatMap((inner) =>
          inner.kind === 'text' ? split(inner.text, WORD, mixed) : [inner],
        )
      : [outer],
  )
}

function stretch(text: string): ShownPiece {
  const lines = text.split('\n').length - 1
  const what =
    lines > 0 ? `${lines.toLocaleString('en')} empty lines` : `${text.length.toLocaleString('en')} spaces`
  return {
    kind: 'blank',
    text,
    shown: `‹${what}›`,
    note: 'blank space, written out so that nothing hides behind it',
  }
}

function mask(text: string): ShownPiece {
  return { kind: 'masked', text, note: 'a secret was masked here (or the caller wrote these very words)' }
}

function mixed(text: string): ShownPiece | undefined {
  const alphabets = mixedAlphabets(text)
  return alphabets.length === 0
    ? undefined
    : { kind: 'mixed', text, note: `mixes ${alphabets.join(' and ')} letters that look alike` }
}

function split(text: string, what: RegExp, make: (found: string) => ShownPiece | undefined): ShownPiece[] {
  const result: ShownPiece[] = []
  let from = 0
  for (const { 0: found, index } of text.matchAll(what)) {
    const piece = make(found)
    if (piece === undefined) continue
    if (index > from) result.push({ kind: 'text', text: text.slice(from, index) })
    result.push(piece)
    from = index + found.length
  }
  if (from < text.length) result.push({ kind: 'text', text: text.slice(from) })
  return result
}
