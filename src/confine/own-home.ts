/**
 * Names the lasting home of a confined server. Who runs in a home can leave code there that the next one runs: a package
 * in a cache, a `node_modules`, settings. So another program, or another servers.yaml, has another home, even where the
 * entry has the same name. Another version of a package, or other arguments, keep it, with its logins. Pure.
 */
import { canonicalHash } from '../json/canonical.ts'
import { isInterpreter, isLineFlag, isRunner, runsLines } from './words.ts'
import { posix } from 'node:path'

/** Options whose value says what is run. */
const NAMING = /^(?:-p|--package|--from|--with|-m|-c|-e|--eval|-jar|--directory|--prefix|-C)$/

export interface HomeOwner {
  /** Of servers.yaml. */
  readonly config: string
  readonly id: string
  readonly command: string
  readonly args: readonly string[]
}

/** A file name: `github-1f3a9c2e`. */
export function homeName(owner: HomeOwner): string {
  const { config, id, command } = owner
  const what = { config, command: posix.basename(command), runs: runs(owner) }
  return `${id}-${canonicalHash(what)
    .replace(/^[^:]*:/, '')
    .slice(0, 8)}`
}

/** The packages, scripts and lines that are run, without versions. */
function runs({ command, args }: HomeOwner): string[] {
  const named = args.flatMap((arg, at) => {
    const [, option = '', value] = /^(-[^=]+)=(.*)$/s.exec(arg) ?? []
    if (value !== undefined) return NAMING.test(option) ? [value] : []
    const before = args[at - 1] ?? ''
    return NAMING.test(before) || (runsLines(command) && isLineFlag(before)) ? [arg] : []
  })
  const first = args.find((arg, at) => !arg.startsWith('-') && !NAMING.test(args[at - 1] ?? ''))
  const isProgram = isInterpreter(command) || isRunner(command)
  return [...named, ...(isProgram && first !== undefined ? [first] : [])].map(withoutVersion)
}

function withoutVersion(text: string): string {
  return /^(@?[\w.-]+(?:\/[\w.-]+)?(?:\[[\w,-]+\])?)(?:@|==|[<>~!]=|>|<)\S*$/.exec(text)?.[1] ?? text
}
