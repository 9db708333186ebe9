/** The sentences about a pasted key. */
import type { Finding, Path } from '../problem.ts'

export function warning(path: Path, message: string, hint: string): Finding {
  return { path, on: 'key', severity: 'warning', message, hint }
}

export function mistake(path: Path, message: string, hint: string): Finding {
  return { path, on: 'key', severity: 'error', message, hint }
}
