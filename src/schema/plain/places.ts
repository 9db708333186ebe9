/** Names the places that a check looks at, and goes through what a schema or a value holds. */
import { encodePointer } from '@cfworker/json-schema'
import type { PlainRun } from './run.ts'

/** A JSON Pointer a few steps further; empty where nothing is told. */
export function under(run: PlainRun, from: string, ...steps: readonly string[]): string {
  return run.tells ? `${from}/${steps.map(encodePointer).join('/')}` : ''
}

export function each<T>(all: readonly T[], run: PlainRun, is: (one: T) => boolean): boolean {
  run.spend(all.length)
  let fits = true
  for (const one of all) {
    if (is(one)) continue
    if (run.isEnough) return false
    fits = false
  }
  return fits
}
