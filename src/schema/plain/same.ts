/** Compares JSON values as JSON Schema does (2020-12 core, 4.2.2): 1 is 1.0, and order of members is none. */
import { isRecord } from '../../json/record.ts'
import type { PlainRun } from './run.ts'

/** Writing a part as text is that much dearer than a look at it. */
const TEXT_STEPS = 8

export function isSame(a: unknown, b: unknown, run: PlainRun): boolean {
  run.spend(1)
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, at) => isSame(item, b[at], run))
  if (!isRecord(a) || !isRecord(b)) return a === b
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key], run))
  )
}

/** In one pass: each has a text that is the same for what is equal. */
export function allDiffer(items: readonly unknown[], run: PlainRun): boolean {
  const seen = new Set<string>()
  for (const item of items) {
    const text = textOf(item, run)
    if (seen.has(text)) return false
    seen.add(text)
  }
  return true
}

function textOf(value: unknown, run: PlainRun): string {
  run.spend(TEXT_STEPS)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, run)).join(',')}]`
  if (!isRecord(value)) return Object.is(value, -0) ? '0' : String(value)
  const keys = Object.keys(value).toSorted()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${textOf(value[key], run)}`).join(',')}}`
}
