/**
 * The programs of the system that a test needs. On a developer's machine a test without them is skipped and says why;
 * in CI the file fails, since a test that never runs shows nothing.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Whether this program can be started: a path, or a name that is looked for in PATH. */
function isThere(program) {
  const places = isAbsolute(program) ? [''] : (process.env.PATH ?? '').split(delimiter)
  return places.some((place) => {
    try {
      accessSync(join(place, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** For what can't be told from a program's file: whether it is so, and what to say where it isn't. */
export function needsThat(holds, what) {
  if (holds) return true
  if (process.env.CI !== undefined) throw new Error(`${what}; in CI no test is skipped`)
  process.stderr.write(`skipped: ${what}\n`)
  return false
}

export function needs(...programs) {
  const missing = programs.filter((program) => !isThere(program))
  return needsThat(missing.length === 0, `not installed: ${missing.join(', ')}`)
}
