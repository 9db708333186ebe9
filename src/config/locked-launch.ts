/**
 * The launch of a server as servers.lock has it (catalog/lock/): what a reviewer has to see, in a form that is the same on
 * each machine. Paths below the directory of servers.yaml are written from there. References are written as such, and
 * what is written out but looks like a secret is hidden, so no value of one is in it. Pure.
 */
import { relative, sep } from 'node:path'
import type { JsonObject } from '../json/record.ts'
import type { LaunchFacts } from '../trust/facts.ts'

/** @param dir of servers.yaml */
export function launchToLock(
  { kind, target, args, cwd, given, inherited }: LaunchFacts,
  dir: string,
): JsonObject {
  const templates = Object.fromEntries(
    // What is written out begins with `=` there (trust/facts.ts).
    [...given].map(([name, text]) => [name, withoutMarks(text.replace(/^=/, ''))]),
  )
  const hasTemplates = given.size > 0
  if (kind === 'remote') return { url: withoutMarks(target), ...(hasTemplates && { headers: templates }) }
  const from = placeFrom(dir, cwd)
  return {
    command: placeFrom(dir, withoutMarks(target)),
    ...(args.length > 0 && { args: args.map(withoutMarks) }),
    ...(from !== '.' && { cwd: from }),
    ...(hasTemplates && { env: templates }),
    ...(inherited.length > 0 && { inheritEnv: inherited }),
  }
}

/** By a few digits of a hash (trust/facts.ts) a short value could be guessed, and this file is for everybody. */
function withoutMarks(text: string): string {
  return text.replaceAll(/‹hidden [0-9a-f]{6}›/g, '‹hidden›')
}

function placeFrom(dir: string, path: string): string {
  if (path === dir) return '.'
  return path.startsWith(dir.endsWith(sep) ? dir : `${dir}${sep}`)
    ? `./${relative(dir, path).replaceAll('\\', '/')}`
    : path
}
