/**
 * Writes foreign text in one line of a question: nothing in it hides, begins a line of its own, or can be taken for
 * our words. Pure.
 */
import { visibleLine } from '../../visible.ts'

/** More spaces than these would wrap what follows them into a line that seems to be one of ours. */
const MAX_SPACES = 32
const PLAIN = /^[A-Za-z0-9_./-]{1,128}$/

/** @param most so many spaces in a row stay as they are; more are counted */
export function inOneLine(text: string, most = MAX_SPACES): string {
  return visibleLine(text).replace(/ {5,}/g, (spaces) =>
    spaces.length > most ? `‹${spaces.length} spaces›` : spaces,
  )
}

/** The specification's names as they are; anything else could be a sentence or markup, and is put in quotes. */
export function asName(name: string): string {
  return PLAIN.test(name) ? name : inOneLine(unrendered(JSON.stringify(name)))
}

/**
 * A host that renders Markdown would show neither a comment nor a tag, of a link only its text, and an entity as
 * something else. In JSON these characters may be written as escapes, which everybody shows as they are.
 * @param tagsEnd whether anything beside it could end a tag or a comment
 */
export function unrendered(json: string, tagsEnd = true): string {
  const text = tagsEnd ? json.replace(/<(?=[A-Za-z/!?])/g, String.raw`\u003c`) : json
  return text.replace(/\](?=[([])/g, String.raw`\u005d`).replace(/&(?=#?\w+;)/g, String.raw`\u0026`)
}
