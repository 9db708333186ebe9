/**
 * The keywords of JSON Schema that judge a value by themselves, such as `type` and `minimum`, each as a function.
 * Those that lead to other schemas, such as `items`, are in plain-compile.ts. The order is that of the library, so
 * that problems are told in its order. Each keyword costs one step; where the work grows (`required`, `enum`,
 * `uniqueItems`) the function counts it itself.
 */
import { ucs2length, validate } from '@cfworker/json-schema'
import { isRecord } from '../../json/record.ts'
import { TextPattern } from '../pattern/text-pattern.ts'
import { types } from '../sentences.ts'
import { typeOf } from '../words.ts'
import type { PlainRun } from './run.ts'
import { allDiffer, isSame } from './same.ts'

type Assert = (value: unknown, run: PlainRun) => boolean
type Make = (asked: unknown) => Assert

export const ANY_VALUE: readonly [string, Make][] = [
  ['type', ofType],
  ['const', (asked) => oneOf([asked])],
  ['enum', (asked) => oneOf(Array.isArray(asked) ? asked : [])],
]

export const OF_OBJECTS: readonly [string, Make][] = [
  ['required', required],
  ['minProperties', (asked) => forObjects((value) => Object.keys(value).length >= Number(asked))],
  ['maxProperties', (asked) => forObjects((value) => Object.keys(value).length <= Number(asked))],
]

export const OF_ARRAYS: readonly [string, Make][] = [
  ['maxItems', (asked) => forArrays((value) => value.length <= Number(asked))],
  ['minItems', (asked) => forArrays((value) => value.length >= Number(asked))],
]

export const UNIQUE: readonly [string, Make] = [
  'uniqueItems',
  (asked) => forArrays((value, run) => asked !== true || allDiffer(value, run)),
]

export const OF_NUMBERS_AND_TEXT: readonly [string, Make][] = [
  ['minimum', (asked) => forNumbers((value) => value >= Number(asked))],
  ['maximum', (asked) => forNumbers((value) => value <= Number(asked))],
  ['exclusiveMinimum', (asked) => forNumbers((value) => value > Number(asked))],
  ['exclusiveMaximum', (asked) => forNumbers((value) => value < Number(asked))],
  // Its arithmetic is exact, and bounded.
  ['multipleOf', (asked) => forNumbers((value) => validate(value, { multipleOf: Number(asked) }).valid)],
  ['minLength', (asked) => forText((value) => !isShorter(value, Number(asked)))],
  ['maxLength', (asked) => forText((value) => isShorter(value, Number(asked) + 1))],
  ['pattern', matching],
]

function ofType(asked: unknown): Assert {
  const wanted = new Set(types(asked))
  return (value) => {
    const is = typeOf(value)
    return wanted.has(is) || (is === 'number' && wanted.has('integer') && Number(value) % 1 === 0)
  }
}

function oneOf(asked: readonly unknown[]): Assert {
  const simple = new Set(asked.filter((one) => one === null || typeof one !== 'object'))
  const others = asked.filter((one) => !simple.has(one))
  return (value, run) => simple.has(value) || others.some((one) => isSame(value, one, run))
}

function required(asked: unknown): Assert {
  const names: readonly string[] = Array.isArray(asked) ? asked : []
  return (value, run) => {
    if (!isRecord(value)) return true
    run.spend(names.length)
    return names.every((name) => Object.hasOwn(value, name))
  }
}

/** In code points; they are counted only where the number of units doesn't tell. */
function isShorter(text: string, length: number): boolean {
  if (text.length < length) return true
  return text.length < 2 * length && ucs2length(text) < length
}

function forObjects(is: (value: object) => boolean): Assert {
  return (value) => !isRecord(value) || is(value)
}

function forArrays(is: (value: readonly unknown[], run: PlainRun) => boolean): Assert {
  return (value, run) => !Array.isArray(value) || is(value, run)
}

function forNumbers(is: (value: number) => boolean): Assert {
  return (value) => typeof value !== 'number' || is(value)
}

function matching(asked: unknown): Assert {
  const pattern = new TextPattern(String(asked))
  return (value, run) => typeof value !== 'string' || pattern.matches(value, run)
}

function forText(is: (value: string) => boolean): Assert {
  return (value) => typeof value !== 'string' || is(value)
}
