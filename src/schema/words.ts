/** Quoting a schema in an error: bounded, on one line, and fenced, so that none of it reads as our own words. */
import { asciiJson } from '../visible.ts'

const MAX_QUOTED = 48
const MAX_OPTIONS = 8

export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).toWellFormed()}…` : text
  return typeof value === 'string' || cut !== text ? asciiJson(cut) : asciiJson(value)
}

export function oneOf(options: readonly string[]): string {
  const shown = options.slice(0, MAX_OPTIONS)
  const rest = options.length - shown.length
  return `${shown.join(' or ')}${rest > 0 ? ` or one of ${rest} more` : ''}`
}

export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
