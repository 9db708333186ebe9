/**
 * Accepts what people paste from the configuration of their host: the whole file, its servers beside our own keys, or
 * the object below `servers:`. shapes.ts knows where the servers stand, and pasted-entry.ts what an entry of another
 * host means. Keys that only other hosts know are named in a warning and do nothing; above all they allow nothing.
 * This turns such a tree into ours, before the schema sees it.
 */
import { nearestName } from '../../nearest.ts'
import { isRecord } from '../../json/record.ts'
import { showKey, type Finding, type Path } from '../problem.ts'
import type { Tree } from '../text/tree.ts'
import { commentKey, ignoredKey, isCommentKey, unpasteEntry } from './pasted-entry.ts'
import { HOST_ROOT_KEYS } from './host-keys.ts'
import { Moves } from './moves.ts'
import { looksLikeServer, takeServers } from './shapes.ts'
import { projectsWithServers, switchedOff } from './switches.ts'

export interface Unpasted {
  readonly value: unknown
  /** Their paths are those in `value`. */
  readonly findings: readonly Finding[]
  /** From a path in `value` to the path in the file. */
  inFile(path: Path): Path
}

export function unpaste(tree: Tree, knownRootKeys: readonly string[]): Unpasted {
  const written = rootOf(tree.value)
  if (written === undefined) return { value: tree.value, findings: [], inFile: (path) => path }
  const findings: Finding[] = []
  const moves = new Moves()
  const root = { ...written }
  const at = takeServers(root, knownRootKeys, moves, findings)
  const whole = isWhole(root, tree.isJson || at[0] !== 'servers')
  if (whole) {
    root['version'] = 1
    findings.push({
      path: [],
      on: 'value',
      severity: 'warning',
      message: '"version" is missing and taken as 1',
      hint: 'add `version: 1`',
    })
  }
  const off = whole
    ? switchedOff(root, Object.keys(isRecord(root['servers']) ? root['servers'] : {}))
    : new Map()
  if (projectsWithServers(root) > 0) findings.push(ofProjects)
  dropRootKeys(root, knownRootKeys, whole, findings)
  if (isRecord(root['servers'])) {
    root['servers'] = Object.fromEntries(
      Object.entries(root['servers']).flatMap(([id, entry]): [string, unknown][] => {
        const server = readEntry(id, entry, { tree, moves, findings })
        if (server === undefined) return []
        const list: unknown = off.get(id)
        if (typeof list !== 'string' || !isRecord(server)) return [[id, server]]
        findings.push({
          path: ['servers', id],
          on: 'key',
          severity: 'warning',
          message: `${showKey(id)} is switched off by "${list}"`,
          hint: 'write `disabled: true` into its entry',
        })
        return [[id, { ...server, disabled: true }]]
      }),
    )
  }
  return { value: root, findings, inFile: (path) => moves.inFile(path) }
}

/** A file that is a list of servers counts as one with nothing else in it. */
function rootOf(value: unknown): Record<string, unknown> | undefined {
  if (Array.isArray(value)) return value.some(looksLikeServer) ? { '': value } : undefined
  return isRecord(value) ? value : undefined
}

/** A file of another host, which has no version of ours: none, or the one of what wrote it. */
function isWhole({ version }: Record<string, unknown>, isForeign: boolean): boolean {
  return (
    isForeign && (version === undefined || (typeof version === 'string' && /^v?\d+(?:\.\d+)+/.test(version)))
  )
}

function dropRootKeys(
  root: Record<string, unknown>,
  known: readonly string[],
  whole: boolean,
  findings: Finding[],
): void {
  for (const key of Object.keys(root)) {
    if (known.includes(key)) continue
    if (isCommentKey(key)) {
      delete root[key]
      findings.push(commentKey([key]))
      continue
    }
    // Beside the servers a host keeps all its settings; what looks like one of our keys is a slip all the same.
    if (!HOST_ROOT_KEYS.includes(key) && !(whole && nearestName(key, known) === undefined)) continue
    delete root[key]
    if (key !== 'projects') findings.push(ignoredKey([key], 'remove it'))
  }
}

const ofProjects: Finding = {
  path: ['projects'],
  on: 'key',
  severity: 'warning',
  message: 'the servers of single projects of that host are left out',
  hint: 'copy the entries that you mean to `servers:`',
}

/** What people put before or behind a name in place of a comment, where a host knows none. */
const OFF =
  /^(?:[_!~.;%*-]|(?:disabled?|inactive)(?=[^A-Za-z0-9])|off(?=[ _.:(]))|(?:[^A-Za-z0-9](?:disabled?|inactive)|[ _.:(]off)[^A-Za-z0-9]*$/i

/** Undefined for what is no server. An id with a mark before it says that somebody switched the entry off. */
function readEntry(id: string, entry: unknown, context: Parameters<typeof unpasteEntry>[2]): unknown {
  const path = ['servers', id]
  if (isCommentKey(id)) {
    context.findings.push(commentKey(path))
    return undefined
  }
  const [mark] = OFF.exec(id) ?? []
  if (mark !== undefined && isRecord(entry)) {
    context.findings.push({
      path,
      on: 'key',
      severity: 'error',
      message: `the name of this server ${id.startsWith(mark) ? 'begins' : 'ends'} with ${mark.trim()}, which some write to switch an entry off`,
      hint: 'write `disabled: true` into it, or rename it',
    })
  }
  return isRecord(entry) ? unpasteEntry(entry, path, context) : entry
}
