/**
 * Reads in a kept result: a part of it, or where words stand in it. The same is asked by our own tool and by the address of
 * the result. Pure, but for the store.
 */
import type { JsonObject } from '../json/record.ts'
import type { KeptResults } from './kept-results.ts'

/** What is asked; all as hosts and models write it, so a number may be text. */
export interface ResultQuestion {
  readonly id?: unknown
  readonly from?: unknown
  readonly length?: unknown
  readonly search?: unknown
}

const MAX_LENGTH = 50_000
const USUAL_LENGTH = 20_000
const MAX_MATCHES = 20
const MAX_WORDS = 200
const AROUND = 200

export type ResultPart = { readonly text: string } | { readonly wrong: string }

/** @param mask a value that became a secret since it was kept */
export function readResult(
  kept: Pick<KeptResults, 'text'>,
  { id, from = 0, length = USUAL_LENGTH, search }: ResultQuestion,
  mask: (text: string) => string,
): ResultPart {
  if (typeof id !== 'string') return { wrong: 'id is required and is text' }
  const whole = kept.text(id)
  if (whole === undefined)
    return { wrong: 'no such result is kept: it is of another session, or was given up for newer ones' }
  const text = mask(whole)
  if (search !== undefined && search !== null && search !== '')
    return typeof search === 'string' && search.length <= MAX_WORDS
      ? { text: matches(text, search) }
      : { wrong: `search is a text of at most ${MAX_WORDS} characters` }
  const [start, size] = [Number(from ?? 0), Number(length ?? USUAL_LENGTH)]
  if (!Number.isSafeInteger(start) || start < 0)
    return { wrong: 'from is the number of a character, from 0 on' }
  if (!Number.isSafeInteger(size) || size < 1) return { wrong: `length is a number from 1 to ${MAX_LENGTH}` }
  const end = Math.min(text.length, start + Math.min(size, MAX_LENGTH))
  const part = text.slice(start, end).toWellFormed()
  const more = end < text.length ? `; go on with "from": ${end}` : ''
  return { text: `[characters ${start} to ${end} of ${text.length}${more}]\n${part}` }
}

/** Whatever the case of its letters. */
function matches(text: string, words: string): string {
  const [among, sought] = [text.toLowerCase(), words.toLowerCase()]
  const found: string[] = []
  let count = 0
  // A letter whose small form is longer would shift all behind it.
  const isExact = among.length === text.length
  for (let at = (isExact ? among : text).indexOf(isExact ? sought : words); at !== -1;) {
    count += 1
    if (found.length < MAX_MATCHES) {
      const around = text.slice(Math.max(0, at - AROUND), at + words.length + AROUND).toWellFormed()
      found.push(`[at ${at}]\n${around}`)
    }
    at = (isExact ? among : text).indexOf(isExact ? sought : words, at + words.length)
  }
  if (count === 0) return `[nothing of that in ${text.length} characters]`
  const more = count > found.length ? `, the first ${found.length} are shown` : ''
  return [`[found ${count} times${more}; read around one with "from"]`, ...found].join('\n\n')
}

/** Of a URI of ours: `sidemux://sidemux/results/ID?from=0&length=100&search=words`; undefined for any other. */
export function questionInUri(uri: string): ResultQuestion | undefined {
  if (!uri.startsWith(RESULT_URI)) return undefined
  const [id = '', query = ''] = uri.slice(RESULT_URI.length).split('?')
  const asked: JsonObject = Object.fromEntries(new URLSearchParams(query))
  return { ...asked, id }
}

/** No server can be called sidemux. */
export const RESULT_URI = 'sidemux://sidemux/results/'
