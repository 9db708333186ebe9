/**
 * What people paste from the configuration of their host is accepted as it is: the whole file, its `mcpServers:`
 * beside our own keys, or the object below `servers:`. Keys that only other hosts know are named in a warning and
 * do nothing; above all they allow nothing. This file turns such a tree into ours, before the schema sees it.
 */
import { nearestName } from '../secrets/nearest.ts'
import type { Finding, Path } from './problem.ts'
import { showKey } from './problem.ts'
import type { Tree } from './tree.ts'

const ALLOW = 'list the tools that may run without asking in `tools: { allow: […] }`'
const BLOCK = 'list the tools that must not run in `tools: { block: […] }`'
const TIMEOUT = 'write `timeout: 60s`, with its unit'

/** Keys of server entries that only other hosts know, and what to write here instead. */
export const HOST_KEYS: Readonly<Record<string, string>> = {
  alwaysAllow: ALLOW,
  alwaysLoad: 'remove it',
  autoApprove: ALLOW,
  dev: 'remove it',
  disabledTools: BLOCK,
  enabledTools: ALLOW,
  envFile: 'declare the file as a store under `secrets:` and refer to it in `env:`',
  excludeTools: BLOCK,
  gallery: 'remove it',
  headersHelper: 'declare a store of type exec under `secrets:` and refer to it in `headers:`',
  includeTools: ALLOW,
  oauth: 'remove it',
  request_timeout_ms: TIMEOUT,
  sandboxEnabled: 'write `sandbox: required` to start the server only when it is confined',
  serverUrl: 'write `url:`',
  startup_timeout_sec: 'write `startTimeout: 60s`, with its unit',
  toolTimeout: TIMEOUT,
  tool_timeout_sec: TIMEOUT,
  trust: ALLOW,
}

/** Of our own keys, those that other hosts give another type. */
const OTHER_TYPES: readonly {
  key: string
  is: (value: unknown) => boolean
  message: string
  hint: string
}[] = [
  {
    key: 'timeout',
    is: (value) => typeof value === 'number',
    message: '"timeout" has no unit and is ignored; some hosts mean seconds, others milliseconds',
    hint: TIMEOUT,
  },
  {
    key: 'tools',
    is: Array.isArray,
    message: '"tools" as a list is of another host; it is ignored and allows nothing',
    hint: ALLOW,
  },
  {
    key: 'sandbox',
    is: isMapping,
    message: '"sandbox" as a mapping is of another host and is ignored',
    hint: 'write `sandbox: required` to start the server only when it is confined',
  },
]

/** Keys beside `mcpServers` in the files of other hosts. */
const HOST_ROOT_KEYS = ['globalShortcut', 'inputs', 'isUsingBuiltInNodeForMcp', 'preferences']

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

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** None of what is no mapping. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isMapping(value) ? Object.entries(value) : []
}

function mapValues(
  mapping: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value, key)]))
}
