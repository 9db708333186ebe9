/**
 * Paths and URLs for reading: the part that decides stands out (the last segment, the host), and what leads
 * elsewhere than one thinks is said. Nothing is normalised: the parts put together are the text as it came. Pure.
 */
import { nameNotes } from './pieces.ts'

export interface AddressPart {
  readonly kind: 'plain' | 'up' | 'start' | 'main'
  readonly text: string
}

export interface Address {
  readonly parts: readonly AddressPart[]
  readonly notes: readonly string[]
}

const PATH_NAME =
  /(?:^|[_-])(?:path|file|filename|filepath|dir|directory|folder|source|destination|cwd|root)s?$|(?:Path|File|Filename|FilePath|Dir|Directory|Folder)s?$/
const PATH_SHAPE = /^(?:\/|~[\w-]*\/|\.\.?[/\\]|[A-Za-z]:[/\\]|\\\\|file:)[^\n]*$/
const URL_SHAPE = /^([A-Za-z][A-Za-z0-9+.-]*:[/\\]{2})([^/?#\\]*)([^]*)$/

/** Undefined for what is neither, by the argument's name or the text's own beginning. */
export function readAddress(name: string, text: string): Address | undefined {
  if (text === '' || text.length > 4096 || /[\r\n]/.test(text)) return undefined
  if (!/^file:/i.test(text) && URL_SHAPE.test(text)) return readUrl(text)
  if (PATH_NAME.test(name) || (PATH_SHAPE.test(text) && !text.slice(1).includes(' '))) return readPath(text)
  return undefined
}

function readPath(text: string): Address {
  const start = /^(?:file:(?:\/\/)?|\\\\|~[\w-]*(?=[/\\]|$)|[A-Za-z]:)?[/\\]*/.exec(text)?.[0] ?? ''
  const segments = text.slice(start.length).split(/([/\\]+)/)
  const last = segments.findLastIndex((segment) => segment !== '' && !/^[/\\]/.test(segment))
  const parts = segments.flatMap((segment, index): AddressPart[] => {
    if (segment === '') return []
    if (segment === '..') return [{ kind: 'up', text: segment }]
    return [{ kind: index === last ? 'main' : 'plain', text: segment }]
  })
  return {
    parts: start === '' ? parts : [{ kind: 'start', text: start }, ...parts],
    notes: [...pathNotes(text, start, segments), ...nameNotes(text)],
  }
}

function pathNotes(text: string, start: string, segments: readonly string[]): string[] {
  const notes: string[] = []
  if (start.startsWith('~')) notes.push('in a home folder')
  else if (/^(?:\\\\|\/\/[^/])/.test(text)) notes.push('on another machine, perhaps')
  else if (/^file:/i.test(start)) notes.push('a file: address')
  else if (start !== '') notes.push('absolute: begins at the root')
  if (segments.includes('..')) notes.push('goes up with “..”')
  if (/%(?:2e|2f|5c|00)/i.test(text)) notes.push('has written-out dots or slashes (%2e, %2f)')
  if (segments.some((segment) => /^\.[^.]/.test(segment))) notes.push('hidden: a name begins with a dot')
  if (/\$\{?\w|%\w+%|`/.test(text)) notes.push('names a variable or a command')
  if (/^\s|\s$|\s[/\\]/.test(text)) notes.push('a blank at an end of a name')
  if (/[*?[\]]/.test(text)) notes.push('may stand for several (*, ?, [ ])')
  return notes
}

function readUrl(text: string): Address {
  const [, scheme = '', authority = '', rest = ''] = URL_SHAPE.exec(text) ?? []
  const userEnd = authority.lastIndexOf('@') + 1
  const host = authority.slice(userEnd)
  const parts: AddressPart[] = [
    { kind: 'start', text: scheme },
    { kind: 'up', text: authority.slice(0, userEnd) },
    { kind: 'main', text: host },
    { kind: 'plain', text: rest },
  ]
  return {
    parts: parts.filter(({ text }) => text !== ''),
    notes: [...urlNotes(scheme, userEnd, host), ...nameNotes(host)],
  }
}

function urlNotes(scheme: string, userEnd: number, host: string): string[] {
  const notes: string[] = []
  if (/^http:/i.test(scheme)) notes.push('not encrypted (http)')
  if (scheme.includes('\\')) notes.push('has backslashes')
  if (userEnd > 0) notes.push('the host is what stands after the “@”')
  if (/(?:^|\.)xn--/i.test(host)) notes.push('the host is written in another alphabet (xn--)')
  if (
    /^(?:localhost|127\.|0\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|\[|\d+$|0x)/i.test(host)
  )
    notes.push('on this machine or network')
  return notes
}
