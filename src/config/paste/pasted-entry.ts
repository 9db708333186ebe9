/**
 * One entry as another host has it, in our words: another key for the same thing, a command with its arguments in a
 * list or a mapping, an entry that is switched off. Only what is sure is turned; what only other hosts know is named
 * in a warning and does nothing, above all it allows nothing. Whatever says "off" switches off.
 */
import { mapValues } from '../mapping.ts'
import { isRecord } from '../../json/record.ts'
import { showKey, type Finding, type Path } from '../problem.ts'
import type { Tree } from '../text/tree.ts'
import { HOST_KEYS, OTHER_TYPES } from './host-keys.ts'
import type { Move, Moves } from './moves.ts'
import { mistake, warning } from './said.ts'
import { switchOff } from './switches.ts'
import { readType } from './pasted-transport.ts'

type Server = Record<string, unknown>

/** Ours, and what others call it. The first one that is there counts. */
const SAME: readonly (readonly [ours: string, others: readonly string[], is: (value: unknown) => boolean])[] =
  [
    ['url', ['httpUrl', 'serverUrl', 'baseUrl', 'uri'], isText],
    ['command', ['cmd'], (value) => isText(value) || Array.isArray(value)],
    ['env', ['envs', 'environment', 'environmentVariables'], isRecord],
    ['headers', ['http_headers', 'httpHeaders'], isRecord],
    ['cwd', ['workingDirectory', 'working_directory', 'workingDir'], isText],
    ['inheritEnv', ['env_vars'], Array.isArray],
  ]

/** Parts of a host that it lists beside its servers. */
const PARTS_OF_HOSTS: ReadonlySet<unknown> = new Set([
  'builtin',
  'platform',
  'frontend',
  'inline_python',
  'inMemory',
])

export interface EntryContext {
  readonly tree: Tree
  readonly moves: Moves
  readonly findings: Finding[]
}

/** Undefined for what is no server. `path` is ours. */
export function unpasteEntry(entry: Record<string, unknown>, path: Path, context: EntryContext): unknown {
  const { tree, moves, findings } = context
  const file = moves.inFile(path)
  if (PARTS_OF_HOSTS.has(entry['type'])) {
    findings.push(
      warning(path, 'this is a part of another host and no MCP server; it is left out', 'remove it'),
    )
    return undefined
  }
  const server = { ...entry }
  const move = (key: string, to: Path): void => moves.add([...path, key], [...file, ...to])
  dropComments(server, path, findings)
  unfold(server, 'transport', ['type', 'url', 'headers', 'command', 'args', 'env'], move)
  unfoldCommand(server, path, move, context)
  rename(server, path, move, findings)
  switchOff(server, path, move, findings)
  readType(server, path, move, findings)
  dropEmpty(server, tree.isJson)
  for (const key of Object.keys(server)) {
    const hint = Object.hasOwn(HOST_KEYS, key) ? HOST_KEYS[key] : undefined
    if (hint === undefined) continue
    delete server[key]
    findings.push(ignoredKey([...path, key], hint))
  }
  for (const { key, is, message, hint } of OTHER_TYPES) {
    if (!is(server[key])) continue
    delete server[key]
    findings.push(warning([...path, key], message, hint))
  }
  for (const key of ['env', 'headers']) {
    const values = server[key]
    if (!isRecord(values)) continue
    dropComments(values, [...path, key], findings)
    server[key] = mapValues(withoutComments(values), (value, name) =>
      variableAsWritten(value, [...path, key, name], context),
    )
  }
  const args = server['args']
  if (Array.isArray(args)) {
    server['args'] = args.map((value: unknown, index) => asWritten(value, [...path, 'args', index], context))
  }
  return server
}

/** Keys that begin as a comment does, because JSON has none. */
export function isCommentKey(key: string): boolean {
  return /^(?:\/\/|#|\/\*|[_$]{1,2}comments?$)/i.test(key)
}

function dropComments(server: Server, path: Path, findings: Finding[]): void {
  for (const key of Object.keys(server)) {
    if (!isCommentKey(key)) continue
    if (path.length === 2) delete server[key]
    findings.push(commentKey([...path, key]))
  }
}

function withoutComments(values: Server): Server {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !isCommentKey(key)))
}

export function commentKey(path: Path): Finding {
  return warning(
    path,
    'a key that begins like a comment is taken for one; it does nothing',
    'remove it, or rename it if it is meant',
  )
}

/** `transport: { type: http, url: … }`: what isn't there beside it. */
function unfold(server: Server, key: string, members: readonly string[], move: Move): void {
  const inside = server[key]
  if (!isRecord(inside)) return
  delete server[key]
  for (const member of members) {
    if (inside[member] === undefined || server[member] !== undefined) continue
    server[member] = inside[member]
    move(member, [key, member])
  }
}

/** `command: [npx, -y, x]`, and `command: { path, args, env }`. */
function unfoldCommand(server: Server, path: Path, move: Move, context: EntryContext): void {
  const key = server['command'] === undefined && Array.isArray(server['cmd']) ? 'cmd' : 'command'
  const command = server[key]
  if (isRecord(command)) {
    const { path: program, args, env } = command
    server['command'] = program
    move('command', ['command', 'path'])
    for (const [name, value] of [
      ['args', args],
      ['env', env],
    ] as const) {
      if (value === undefined || server[name] !== undefined) continue
      server[name] = value
      move(name, ['command', name])
    }
  }
  if (!Array.isArray(command)) return
  const words: readonly unknown[] = command
  const more = server['args']
  if (more !== undefined && !(Array.isArray(more) && more.length === 0)) {
    const message = '"command" is a list, and there are "args" too'
    context.findings.push(
      mistake(
        [...path, 'args'],
        message,
        'write the program as `command:`, and all that follows it as `args:`',
      ),
    )
    return
  }
  delete server[key]
  const file = context.moves.inFile(path)
  server['command'] = words[0]
  server['args'] = words.slice(1)
  move('command', [key, 0])
  move('args', [key])
  for (const index of words.slice(1).keys())
    context.moves.add([...path, 'args', index], [...file, key, index + 1])
}

function rename(server: Server, path: Path, move: Move, findings: Finding[]): void {
  for (const [ours, others, is] of SAME) {
    for (const other of others) {
      const value = server[other]
      if (value === '' || value === null) delete server[other]
      if (value === undefined || !is(value)) continue
      if (isSet(server[ours]) && isSet(value)) {
        const message = `${showKey(other)} is what is called "${ours}" here, and both are given`
        findings.push(mistake([...path, other], message, 'keep one of them'))
      } else if (!isSet(server[ours])) {
        server[ours] = value
        move(ours, [other])
      }
      delete server[other]
    }
  }
}

function isSet(value: unknown): boolean {
  return (
    value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  )
}

/** The form of a host has a field for each kind of server, and writes all of them down. */
function dropEmpty(server: Server, isJson: boolean): void {
  if (isText(server['command']) && server['url'] === '') delete server['url']
  if (isText(server['url']) && server['command'] === '') delete server['command']
  if (!isJson) return
  for (const key of ['command', 'args', 'cwd', 'env', 'url', 'headers'])
    if (server[key] === null) delete server[key]
}

/** `PORT: 8080` and `DEBUG: true` are meant as text, and `0x10` as those four characters. */
function asWritten(value: unknown, path: Path, { tree, moves }: EntryContext): unknown {
  if (typeof value !== 'number' && typeof value !== 'boolean') return value
  return tree.sourceText(moves.inFile(path)) ?? value
}

/** Also of a variable that is a mapping, which says how it is handed over. */
function variableAsWritten(value: unknown, path: Path, context: EntryContext): unknown {
  if (!isRecord(value) || !('value' in value)) return asWritten(value, path, context)
  return { ...value, value: asWritten(value['value'], [...path, 'value'], context) }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

export function ignoredKey(path: Path, hint: string): Finding {
  return warning(
    path,
    `${showKey(String(path.at(-1)))} is a key of another host; it is ignored and allows nothing`,
    hint,
  )
}
