/**
 * Knows where the servers stand in the files of each host: `mcpServers` of most, `servers` of VS Code,
 * `context_servers` of Zed, `mcp` of opencode, `extensions` of Goose, a list with names, the bare object, one server
 * with its name. What is no list of servers at all (a manifest, a registry's entry) is recognised by name, with what
 * to write instead.
 */
import { isRecord } from '../../json/record.ts'
import { showKey, type Finding, type Path } from '../problem.ts'
import { HOST_ROOT_KEYS } from './host-keys.ts'
import type { Moves } from './moves.ts'

type Root = Record<string, unknown>

/** Places that other hosts have, each tried only where there is no `servers` and no `mcpServers`. */
const PLACES: readonly Path[] = [
  ['mcp_servers'],
  ['context_servers'],
  ['amp.mcpServers'],
  ['mcp.servers'],
  ['mcp', 'servers'],
  ['mcp', 'mcpServers'],
  ['customizations', 'vscode', 'mcp', 'servers'],
  ['customizations', 'vscode', 'settings', 'mcp', 'servers'],
  ['mcp'],
  ['extensions'],
]

/** Takes the servers out of `root` into `root.servers`, and answers where the file has them. */
export function takeServers(root: Root, known: readonly string[], moves: Moves, findings: Finding[]): Path {
  const at = place(root, known, moves, findings)
  const listed = root['servers']
  if (Array.isArray(listed) && listed.some(isRecord)) root['servers'] = byName(listed, at, moves, findings)
  moves.add(['servers'], at)
  return at
}

function place(root: Root, known: readonly string[], moves: Moves, findings: Finding[]): Path {
  const { servers, mcpServers, '': list } = root
  if (Array.isArray(list)) {
    delete root['']
    root['servers'] = list
    return []
  }
  if (mcpServers !== undefined) {
    delete root['mcpServers']
    if (servers !== undefined) {
      findings.push(
        error(
          ['mcpServers'],
          'both "servers" and "mcpServers" are given',
          'move the entries of one into the other',
        ),
      )
      return ['servers']
    }
    root['servers'] = mcpServers
    return ['mcpServers']
  }
  if (servers !== undefined) {
    const inner = isRecord(servers) ? servers['mcpServers'] : undefined
    const isWrapped = isRecord(servers) && Object.keys(servers).length === 1 && isRecord(inner)
    if (!isWrapped || looksLikeServer(inner)) return ['servers']
    root['servers'] = inner
    return ['servers', 'mcpServers']
  }
  for (const path of PLACES) {
    const found = path.reduce<unknown>((inside, step) => (isRecord(inside) ? inside[step] : undefined), root)
    if (!holdsServers(found)) continue
    delete root[String(path[0])]
    root['servers'] = found
    return path
  }
  return bare(root, known, moves) ?? other(root, findings)
}

/** `{ "github": { … } }` with nothing around it, or `{ "name": "github", "command": … }`. */
function bare(root: Root, known: readonly string[], moves: Moves): Path | undefined {
  if (looksLikeServer(root)) {
    const { name, ...server } = root
    if (typeof name !== 'string' || name === '') return undefined
    for (const key of Object.keys(root)) delete root[key]
    root['servers'] = { [name]: server }
    moves.add(['servers', name], [])
    return []
  }
  const entries = Object.entries(root).filter(
    ([key, value]) => !known.includes(key) && !HOST_ROOT_KEYS.includes(key) && isRecord(value),
  )
  if (!entries.some(([, value]) => looksLikeServer(value))) return undefined
  for (const [key] of entries) delete root[key]
  root['servers'] = Object.fromEntries(entries)
  return []
}

/** What is recognised and holds no servers that could be started. */
function other(root: Root, findings: Finding[]): Path {
  const found = KINDS.find(({ is }) => is(root))
  if (found === undefined) return ['servers']
  const at = found.at === undefined || root[found.at] === undefined ? [] : [found.at]
  for (const key of Object.keys(root)) delete root[key]
  Object.assign(root, { version: 1, servers: {} })
  findings.push({ ...error(at, found.message, found.hint), on: at.length === 0 ? 'value' : 'key' })
  return ['servers']
}

const ENTRY = 'write `servers: { NAME: { command: …, args: […], env: { … } } }`'

const KINDS: readonly {
  is: (root: Root) => boolean
  at?: string
  message: string
  hint: string
}[] = [
  {
    is: looksLikeServer,
    message: 'this is one server, and it has no name',
    hint: 'write it as `servers: { NAME: { … } }`',
  },
  {
    is: ({ server }) => isRecord(server) && isRecord(server['mcp_config']),
    at: 'server',
    message:
      'this is the manifest of an extension (MCPB, DXT), and says how a host would start it once it is unpacked',
    hint: `${ENTRY} with what stands in "mcp_config", the folder in place of \${__dirname}`,
  },
  {
    is: ({ packages, remotes }) => Array.isArray(packages) || Array.isArray(remotes),
    at: 'packages',
    message: 'this is an entry of the MCP registry (server.json), which says where a server can be had',
    hint: `${ENTRY}: for npm \`command: npx, args: [-y, PACKAGE]\`, for pypi \`command: uvx, args: [PACKAGE]\`; of "remotes" the \`url:\``,
  },
  {
    is: ({ startCommand }) => isRecord(startCommand),
    at: 'startCommand',
    message: 'this is a smithery.yaml, which says how Smithery builds a server',
    hint: ENTRY,
  },
  {
    is: ({ projects }) =>
      isRecord(projects) &&
      Object.values(projects).some((one) => isRecord(one) && isRecord(one['mcpServers'])),
    at: 'projects',
    message: 'the servers of this file belong to single projects of that host, so none is taken',
    hint: 'copy the `mcpServers` object of the project that you mean',
  },
  {
    is: ({ name, version, dependencies, scripts }) =>
      typeof name === 'string' &&
      typeof version === 'string' &&
      (isRecord(dependencies) || isRecord(scripts)),
    at: 'name',
    message: 'this is a package.json',
    hint: `${ENTRY}, for example \`command: npx, args: [-y, PACKAGE]\``,
  },
]

/** A list whose items say their names, as Continue has it. */
function byName(list: readonly unknown[], at: Path, moves: Moves, findings: Finding[]): Root {
  const servers: Root = {}
  for (const [index, item] of list.entries()) {
    const name = isRecord(item) ? (item['name'] ?? item['id']) : undefined
    const path = ['servers', typeof name === 'string' && name !== '' ? name : `item ${index + 1}`]
    const key = String(path[1])
    const twice = Object.hasOwn(servers, key)
    if (!twice) moves.add(path, [...at, index])
    if (!isRecord(item) || typeof name !== 'string' || name === '') {
      findings.push(
        error(
          path,
          'this server has no name',
          'give it one: `name: …`, or write `servers: { NAME: { … } }`',
          'value',
        ),
      )
    } else if (twice) {
      findings.push(error(path, `${showKey(name)} is given twice`, 'rename one of them'))
    } else {
      const { name: _name, ...server } = item
      servers[key] = server
    }
  }
  return servers
}

/** A mapping with at least one server in it, or a list of servers. */
function holdsServers(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(looksLikeServer)
  return isRecord(value) && !looksLikeServer(value) && Object.values(value).some(looksLikeServer)
}

const STARTS = ['command', 'cmd', 'url', 'httpUrl', 'serverUrl', 'baseUrl', 'uri'] as const

export function looksLikeServer(value: unknown): boolean {
  if (!isRecord(value)) return false
  return (
    STARTS.some((key) => typeof value[key] === 'string') ||
    Array.isArray(value['command']) ||
    (isRecord(value['command']) && typeof value['command']['path'] === 'string')
  )
}

function error(path: Path, message: string, hint: string, on: Finding['on'] = 'key'): Finding {
  return { path, on, severity: 'error', message, hint }
}
