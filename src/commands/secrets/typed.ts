/** Reads what a person types or pastes in a terminal, key by key until Enter, without showing it. */
import { trimFinalNewline } from '../../secrets/text/read-text.ts'

/** Asks a terminal to mark what is pasted ("bracketed paste"), and to do so no longer. */
export const MARK_PASTE = '\u001B[?2004h'
export const MARK_NO_PASTE = '\u001B[?2004l'
const BEGIN = '\u001B[200~'
const END = '\u001B[201~'

export class Typed {
  #keys: string[] = []
  #isPasting = false
  #afterReturn = false
  /** The beginning of a mark whose end hasn't come yet. */
  #rest = ''

  /** A value of several lines ends with a line break, as its file would. */
  get value(): string {
    const text = trimFinalNewline(this.#keys.join(''))
    return text.includes('\n') && !text.endsWith('\n') ? `${text}\n` : text
  }

  take(text: string): 'more' | 'entered' | 'given up' | 'several lines' {
    let left = this.#rest + text
    this.#rest = ''
    while (left !== '') {
      const mark = this.#isPasting ? END : BEGIN
      if (left.startsWith(mark)) {
        this.#isPasting = !this.#isPasting
        left = left.slice(mark.length)
      } else if (mark.startsWith(left)) {
        this.#rest = left
        return 'more'
      } else {
        const key = String.fromCodePoint(left.codePointAt(0) ?? 0)
        left = left.slice(key.length)
        const outcome = this.#isPasting ? this.#paste(key) : this.#press(key)
        // Behind an Enter that was typed comes nothing yet; behind one that was pasted comes the next line.
        if (outcome === 'entered' && left.trim() !== '') return 'several lines'
        if (outcome !== 'more') return outcome
      }
    }
    return 'more'
  }

  #paste(key: string): 'more' {
    // A terminal sends the line breaks of a paste as \r; where there are both they are one.
    if (key === '\r' || (key === '\n' && !this.#afterReturn)) this.#keys.push('\n')
    else if (key >= ' ' || key === '\t') this.#keys.push(key)
    this.#afterReturn = key === '\r'
    return 'more'
  }

  #press(key: string): 'more' | 'entered' | 'given up' {
    if (key === '\r' || key === '\n') return 'entered'
    if (key === '\u0003' || (key === '\u0004' && this.#keys.length === 0)) return 'given up'
    if (key === '\u007F' || key === '\b') this.#keys.pop()
    else if (key === '\u0015') this.#keys = []
    else if (key >= ' ' || key === '\t') this.#keys.push(key)
    return 'more'
  }
}
