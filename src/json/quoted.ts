/**
 * A string and a number as JSON, in the words of JSON.stringify. Most strings that are written one by one (names of
 * members, ids, hashes) need no escape, and for those JSON.stringify costs more than a look at them. Pure.
 */

/** From the blank on, without quote, backslash and surrogates: nothing is escaped, and no pair can be halved. */
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/

/** As JSON.stringify writes it; half of a surrogate pair becomes an escape there. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** The same for UTF-8, which can't carry half of a surrogate pair: it becomes U+FFFD. */
export function quotedWellFormed(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text.toWellFormed())
}
