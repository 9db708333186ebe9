/**
 * Describes how each argument is shown; show-values.ts turns the descriptions into elements. Nothing is left out or
 * cut; a long value says how long it is. Pure.
 */
import { readAddress, type Address } from './address.ts'
import { diffLines, type DiffRow } from './diff.ts'
import { isExact } from './exact.ts'
import { nameNotes, pieces } from './pieces.ts'
import { pairsIn, readPatch, type Pair } from './replaced.ts'
import { readSql, type Sql } from './sql.ts'
import { everyRow } from './sql-rows.ts'

export interface Argument {
  readonly name: string
  /** Undefined beside a value that says it itself. */
  readonly type: string | undefined
  readonly value: Value
  readonly notes: readonly string[]
}

export type Value =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'block'; readonly text: string; readonly size: Size | undefined }
  | { readonly kind: 'sql'; readonly sql: Sql; readonly size: Size | undefined }
  | {
      readonly kind: 'diff'
      readonly rows: readonly DiffRow[]
      readonly size: Size | undefined
      /** The rows' texts begin with their signs already. */
      readonly isSigned: boolean
    }
  | { readonly kind: 'json'; readonly text: string; readonly size: Size | undefined }
  | { readonly kind: 'members'; readonly members: readonly Argument[] }

/** Of what isn't taken in at a glance. */
export interface Size {
  readonly characters: number
  readonly lines: number
}

/** Longer is shown as a block, even on one line. */
const LONG_LINE = 120
const GLANCE = { lines: 14, characters: 900 }
/** Up to here JSON stands on one line. */
const SHORT_JSON = 72
/** Lists within lists within lists are shown as JSON from here on. */
const MAX_DEPTH = 6

export function shownArguments(args: Readonly<Record<string, unknown>>, depth = 0): Argument[] {
  const pairs = pairsIn(args)
  return Object.keys(args).flatMap((name) => {
    if (pairs.some(({ to }) => to === name)) return []
    const pair = pairs.find(({ from }) => from === name)
    return [pair === undefined ? argument(name, args[name], depth) : replacement(pair, args)]
  })
}

export function sizeOf(text: string): Size | undefined {
  const lines = text.split('\n').length
  if (lines <= GLANCE.lines && text.length <= GLANCE.characters) return undefined
  return { characters: Array.from(text).length, lines }
}

/** A change of the tool's definition, from JSON to JSON, as lines that people read. */
export function definitionDiff(before: string | undefined, after: string | undefined): DiffRow[] {
  return diffLines(before === undefined ? '' : readable(before), after === undefined ? '' : readable(after))
}

function argument(name: string, value: unknown, depth: number): Argument {
  return { name, ...described(name, value, depth), notes: notesOf(name, value) }
}

function replacement({ from, to }: Pair, args: Readonly<Record<string, unknown>>): Argument {
  const [before, after] = [String(args[from]), String(args[to])]
  const rows = diffLines(before, after)
  const all = rows.map(({ text }) => text).join('\n')
  return {
    name: `${from} → ${to}`,
    type: before === after ? 'no difference' : 'replaces what is marked − with what is marked +',
    value: { kind: 'diff', rows, size: sizeOf(all), isSigned: false },
    notes: notesOf('', [before, after].join('\n')),
  }
}

function described(name: string, value: unknown, depth: number): Pick<Argument, 'type' | 'value'> {
  if (typeof value === 'string')
    return { type: value === '' ? 'empty text' : undefined, value: textValue(name, value) }
  if (typeof value !== 'object' || value === null || isExact(value)) {
    return {
      type: value === null ? 'nothing' : typeof value === 'boolean' ? 'yes or no' : 'number',
      value: json(value),
    }
  }
  const count = Array.isArray(value) ? value.length : Object.keys(value).length
  const type = Array.isArray(value)
    ? `list of ${count}`
    : `object with ${count} member${count === 1 ? '' : 's'}`
  if (depth >= MAX_DEPTH || count === 0 || !needsMembers(name, value)) return { type, value: json(value) }
  const members = Array.isArray(value)
    ? value.map((item: unknown, index) => listItem(name, item, index, depth + 1))
    : shownArguments(value as Record<string, unknown>, depth + 1)
  return { type, value: { kind: 'members', members } }
}

/** A list's items are read like an argument of the list's name, and numbered as people count. */
function listItem(name: string, item: unknown, index: number, depth: number): Argument {
  const { value, notes, type } = argument(name, item, depth)
  const number = `${index + 1}`
  if (value.kind !== 'members') return { name: number, type, value, notes }
  // An edit that is nothing but a replacement needs no level of its own.
  const [only, ...others] = value.members
  return only?.value.kind === 'diff' && others.length === 0
    ? { ...only, name: `${number}: ${only.name}` }
    : { name: number, type: undefined, value, notes }
}

function textValue(name: string, text: string): Value {
  const address = readAddress(name, text)
  if (address !== undefined) return { kind: 'address', address }
  const sql = readSql(name, text)
  if (sql !== undefined) return { kind: 'sql', sql, size: sizeOf(text) }
  const patch = readPatch(name, text)
  if (patch !== undefined) return { kind: 'diff', rows: patch, size: sizeOf(text), isSigned: true }
  if (!/[\n\r]/.test(text) && text.length <= LONG_LINE) return { kind: 'line', text }
  return { kind: 'block', text, size: sizeOf(text) }
}

function json(value: unknown): Value {
  const short = JSON.stringify(value) ?? 'null'
  const text = short.length <= SHORT_JSON ? short : JSON.stringify(value, null, 2)
  return { kind: 'json', text, size: sizeOf(text) }
}

/** Where JSON would squeeze a text, a path or an edit into one escaped line. */
function needsMembers(name: string, value: object): boolean {
  if (!Array.isArray(value) && pairsIn(value as Record<string, unknown>).length > 0) return true
  return Object.entries(value).some(([key, member]) => {
    if (typeof member === 'object' && member !== null && !isExact(member)) {
      return needsMembers(Array.isArray(value) ? name : key, member)
    }
    if (typeof member !== 'string') return false
    return textValue(Array.isArray(value) ? name : key, member).kind !== 'line'
  })
}

function notesOf(name: string, value: unknown): string[] {
  const notes = nameNotes(name).map((note) => `its name ${note}`)
  if (typeof value !== 'string') return notes
  const kinds = new Set(pieces(value, 'several').map(({ kind }) => kind))
  if (kinds.has('hidden')) notes.push('has characters that can’t be seen, written out as ‹U+…›')
  if (kinds.has('masked')) notes.push('a secret is masked')
  const address = readAddress(name, value)
  if (address !== undefined) return [...notes, ...address.notes]
  if (kinds.has('mixed')) notes.push('a word mixes alphabets whose letters look alike')
  const sql = readSql(name, value)
  if (sql === undefined) return notes
  if (sql.ambiguous) notes.push('databases differ in what is a string or a comment here: read every word')
  return [...notes, ...everyRow(sql)]
}

function readable(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  } catch {
    return text
  }
}
