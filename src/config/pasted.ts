/**
 * What people paste from the configuration of their host is accepted as it is: the whole file, its `mcpServers:`
 * beside our own keys, or the object below `servers:`. Keys that only other hosts know are named in a warning and
 * do nothing; above all they allow nothing. This file turns such a tree into ours, before the schema sees it.
 */
import { HOST_KEYS, HOST_ROOT_KEYS, OTHER_TYPES } from './hostKeys.ts'
import { isMapping, mapValues } from './mapping.ts'
import { nearestName } from '../secrets/nearest.ts'
import type { Finding, Path } from './problem.ts'
import { showKey } from './problem.ts'
import type { Tree } from './tree.ts'

export interface Unpasted {
  readonly value: unknown
  readonly findings: readonly Finding[]
  /** From a path in `value` to the path in the file. */
  inFile(path: Path): Path
}

export function unpaste(tree: Tree, knownRootKeys: readonly string[]): Unpasted {
  if (!isMapping(tree.value)) return { value: tree.value, findings: [], inFile: (path) => path }
  const findings: Finding[] = []
  const root = { ...tree.value }
  const serversPath = takeServers(root, findings)
  const whole = (tree.isJson || serversPath[0] === 'mcpServers') && root['version'] === undefined
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
  for (const key of Object.keys(root)) {
    if (knownRootKeys.includes(key)) continue
    // Beside the servers a host keeps all its settings; what looks like one of our keys is a slip all the same.
    if (!HOST_ROOT_KEYS.includes(key) && !(whole && nearestName(key, knownRootKeys) === undefined)) continue
    delete root[key]
    findings.push(ignoredKey([key], 'remove it'))
  }
  if (isMapping(root['servers'])) {
    root['servers'] = mapValues(root['servers'], (entry, id) =>
      unpasteServer(entry, [...serversPath, id], tree, findings),
    )
  }
  return {
    value: root,
    findings,
    inFile: (path) => (path[0] === 'servers' ? [...serversPath, ...path.slice(1)] : path),
  }
}

/** Leaves the entries in `root.servers` and answers where the file has them. */
function takeServers(root: Record<string, unknown>, findings: Finding[]): Path {
  const { servers, mcpServers } = root
  if (mcpServers !== undefined) {
    delete root['mcpServers']
    if (servers === undefined) {
      root['servers'] = mcpServers
      return ['mcpServers']
    }
    findings.push({
      path: ['mcpServers'],
      on: 'key',
      severity: 'error',
      message: 'both "servers" and "mcpServers" are given',
      hint: 'move the entries of one into the other',
    })
    return ['servers']
  }
  if (isMapping(servers) && Object.keys(servers).length === 1 && isMapping(servers['mcpServers'])) {
    const inner = servers['mcpServers']
    if (!looksLikeServer(inner)) {
      root['servers'] = inner
      return ['servers', 'mcpServers']
    }
  }
  return ['servers']
}

/** A server that someone called "mcpServers". */
function looksLikeServer(value: Record<string, unknown>): boolean {
  return typeof value['command'] === 'string' || typeof value['url'] === 'string'
}

function unpasteServer(entry: unknown, path: Path, tree: Tree, findings: Finding[]): unknown {
  if (!isMapping(entry)) return entry
  const server = { ...entry }
  for (const key of Object.keys(server)) {
    const hint = Object.hasOwn(HOST_KEYS, key) ? HOST_KEYS[key] : undefined
    if (hint === undefined) continue
    delete server[key]
    findings.push(ignoredKey([...path, key], hint))
  }
  for (const { key, is, message, hint } of OTHER_TYPES) {
    if (!is(server[key])) continue
    delete server[key]
    findings.push({ path: [...path, key], on: 'key', severity: 'warning', message, hint })
  }
  for (const key of ['env', 'headers']) {
    const values = server[key]
    if (!isMapping(values)) continue
    server[key] = mapValues(values, (value, name) => asWritten(value, [...path, key, name], tree))
  }
  const args = server['args']
  if (Array.isArray(args)) {
    server['args'] = args.map((value: unknown, index) => asWritten(value, [...path, 'args', index], tree))
  }
  return server
}

/** `PORT: 8080` and `DEBUG: true` are meant as text, and `0x10` as those four characters. */
function asWritten(value: unknown, path: Path, tree: Tree): unknown {
  if (typeof value !== 'number' && typeof value !== 'boolean') return value
  return tree.sourceText(path) ?? value
}

function ignoredKey(path: Path, hint: string): Finding {
  const key = String(path.at(-1))
  return {
    path,
    on: 'key',
    severity: 'warning',
    message: `${showKey(key)} is a key of another host; it is ignored and allows nothing`,
    hint,
  }
}
