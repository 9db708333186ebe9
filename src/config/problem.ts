/**
 * The types of what is wrong in servers.yaml, for people. Rules find it by path (`Finding`); only the document knows
 * the lines (`Mark`). Neither ever quotes a value of the file, because it could be a token in the wrong place. Names
 * of keys are quoted when they look like names.
 */
import { isAbsolute, relative } from 'node:path'

export type Severity = 'error' | 'warning'

export interface Position {
  /** Both count from 1, columns in UTF-16 units. */
  readonly line: number
  readonly col: number
}

export interface Mark extends Position {
  readonly severity: Severity
  readonly message: string
  readonly hint?: string
}

export interface ConfigProblem extends Mark {
  /** As a terminal can open it: relative to the working directory where the file is below it. */
  readonly file: string
}

export type Path = readonly (string | number)[]

export interface Finding {
  readonly path: Path
  /** What to point at: the key, or the value. What isn't there is looked for one level up. */
  readonly on: 'key' | 'value'
  /** How far into a string value. */
  readonly offset?: number
  readonly severity: Severity
  readonly message: string
  readonly hint?: string
}

export function formatProblem(problem: ConfigProblem): string {
  const line = `${problem.file}:${problem.line}:${problem.col}: ${problem.severity === 'warning' ? 'warning: ' : ''}${problem.message}`
  return problem.hint === undefined ? line : `${line}\n  hint: ${problem.hint}`
}

/** A file as a terminal in `cwd` can open it. */
export function showFile(file: string, cwd: string): string {
  const inside = relative(cwd, file)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? file : inside
}

/** A key as it may be shown: what doesn't look like a name may be a value that slipped into its place. */
export function showKey(key: string, otherwise = 'a key'): string {
  return isShowable(key) ? JSON.stringify(key) : otherwise
}

export function isShowable(key: string): boolean {
  return /^[\w.$@/-][\w.$@/ -]{0,39}$/.test(key)
}

/** How people call the place that a path leads to. */
export function showPlace(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'the file'
  if (typeof last === 'string') {
    return showKey(last, path.length === 1 ? 'a key' : `a key in ${showPlace(path.slice(0, -1))}`)
  }
  return `item ${last + 1} of ${showPlace(path.slice(0, -1))}`
}
