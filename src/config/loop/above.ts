/**
 * Keeps a sidemux from running below itself, however it was started. Which sidemuxes run above this process is read
 * from the processes it descends from (Linux: /proc, whatever variables were taken away on the way) and from a
 * variable that a sidemux puts into the environment of its servers where that can't be read.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { SidemuxError } from '../../errors.ts'
import { identityOfFile, isSameFile, isSidemuxFile, type FileIdentity } from './disk.ts'
import { MAX_NESTED } from './find.ts'
import { configOf } from './nested.ts'

/** Digests of the files that are served above, outermost first. A server's own `env:` doesn't reach it. */
export const ABOVE = 'SIDEMUX_ABOVE'

const MAX_ANCESTORS = 64

/** For the environment of servers; undefined where their ancestors tell it (promise 2: no variable without need). */
export function markBelow(
  file: string,
  env: NodeJS.ProcessEnv,
  platform = process.platform,
): string | undefined {
  if (platform === 'linux') return undefined
  return [...marks(env), digest(identityOfFile(file)?.path ?? file)].join(',')
}

/** @throws SidemuxError when this file is served above already, or too many are. */
export function refuseBelowItself(file: string, env: NodeJS.ProcessEnv, ancestors = sidemuxesAbove()): void {
  const own = identityOfFile(file) ?? { path: file, inode: '' }
  const marked = marks(env)
  const same =
    marked.includes(digest(own.path)) ||
    ancestors.some((above) => above !== undefined && isSameFile(above, own))
  if (same) {
    throw new SidemuxError(
      `${file} is served by a sidemux above this one already, which would go on without end`,
      {
        hint: 'remove the entry of servers.yaml that starts sidemux; it belongs into the config of your host only',
        exitCode: 2,
      },
    )
  }
  if (Math.max(marked.length, ancestors.length) < MAX_NESTED) return
  throw new SidemuxError(`no more than ${MAX_NESTED} sidemuxes run one below the other`, {
    hint: 'put the servers of this file into the one above it',
    exitCode: 2,
  })
}

/** The file of each, as far as it can be told. */
function sidemuxesAbove(): readonly (FileIdentity | undefined)[] {
  const found: (FileIdentity | undefined)[] = []
  let pid = process.ppid
  for (let steps = 0; pid > 1 && steps < MAX_ANCESTORS; steps++) {
    const argv = read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1)
    const cwd = linkOf(`/proc/${pid}/cwd`)
    const words = wordsOfSidemux(argv, cwd)
    if (words !== undefined) found.push(configOf({ words, cwd, env: environmentOf(pid) }))
    // The name in parentheses may hold anything; the parent is the second field behind it.
    pid = Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1] ?? 0)
  }
  return found
}

/** Options of Node, Deno and Bun whose value is the next word. */
const WITH_VALUE =
  /^(?:-r|-C|--require|--import|--loader|--experimental-loader|--conditions|--config|--preload)$/
/** What stands before the program of `deno run` and `bun run`. */
const RUN = /^(?:run|x)$/

/**
 * What follows the program's name on the command line of a running sidemux. Undefined for every other process: npx, a
 * shell, or a host that was told on its own command line how to start one, as the MCP Inspector is.
 */
export function wordsOfSidemux(argv: readonly string[], cwd: string): readonly string[] | undefined {
  const runtime = /^(node|nodejs|bun|deno)(?:\.exe)?$/.exec(basename(argv[0] ?? ''))?.[1]
  if (runtime === undefined) return undefined
  let at = 1
  while (at < argv.length) {
    const word = argv[at] ?? ''
    if (WITH_VALUE.test(word)) at += 2
    else if (word.startsWith('-') || (RUN.test(word) && !runtime.startsWith('node'))) at += 1
    else break
  }
  const program = argv[at]
  return program !== undefined && isSidemuxFile(resolve(cwd, program)) ? argv.slice(at + 1) : undefined
}

function environmentOf(pid: number): Record<string, string> {
  const pairs = read(`/proc/${pid}/environ`).split('\0')
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

function marks(env: NodeJS.ProcessEnv): readonly string[] {
  return (env[ABOVE] ?? '').split(',').filter((mark) => mark !== '')
}

function digest(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '/'
  }
}
