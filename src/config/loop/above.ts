/**
 * What keeps a sidemux from running below itself, however it was started. Which sidemuxes run above this process is read
 * from the processes it descends from (Linux: /proc, whatever variables were taken away on the way) and from a variable
 * that a sidemux puts into the environment of its servers where that can't be read.
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
    const words = ownWords(argv, cwd)
    if (words !== undefined) found.push(configOf({ words, cwd, env: environmentOf(pid) }))
    // The name in parentheses may hold anything; the parent is the second field behind it.
    pid = Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1] ?? 0)
  }
  return found
}

/** Of a running sidemux, and not of what is about to start one, as npx or a shell. */
function ownWords(argv: readonly string[], cwd: string): readonly string[] | undefined {
  if (!/^(?:node|nodejs|bun|deno)(?:\.exe)?$/.test(basename(argv[0] ?? ''))) return undefined
  const at = argv.findIndex(
    (word, index) => index > 0 && !word.startsWith('-') && isSidemuxFile(resolve(cwd, word)),
  )
  return at === -1 || at > 8 ? undefined : argv.slice(at + 1)
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
