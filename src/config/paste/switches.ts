/**
 * Reads the switches that turn a server off in the files of other hosts: a key of its entry, or a list beside the
 * servers. Any switch that says "off" counts. A switch that can't be read is an error, so that nothing starts by
 * mistake.
 */
import { mappingEntries } from '../mapping.ts'
import { isRecord } from '../../json/record.ts'
import { showKey, type Finding, type Path } from '../problem.ts'
import type { Move } from './moves.ts'
import { mistake } from './said.ts'

/** What says whether an entry is on, and what of it means off. */
const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ['enabled', false],
  ['isEnabled', false],
  ['isActive', false],
  ['active', false],
  ['isDisabled', true],
  ['disable', true],
])

export function switchOff(
  server: Record<string, unknown>,
  path: Path,
  move: Move,
  findings: Finding[],
): void {
  for (const [key, off] of SWITCHES) {
    const value = server[key]
    if (value === undefined) continue
    delete server[key]
    if (typeof value !== 'boolean') {
      const message = `${showKey(key)}: expected true or false`
      findings.push(mistake([...path, key], message, 'write `disabled: true` or `disabled: false`'))
    } else if (value === off && server['disabled'] !== true) {
      server['disabled'] = true
      move('disabled', [key])
    }
  }
}

/** Names that a file's lists switch off, by the list that does so. */
export function switchedOff(
  root: Record<string, unknown>,
  ids: readonly string[],
): ReadonlyMap<string, string> {
  const off = new Map<string, string>()
  const { mcp } = root
  const lists: readonly (readonly [string, unknown, boolean])[] = [
    ...['disabledMcpServers', 'disabledMcpjsonServers', 'excludeMCPServers', 'disabledServers'].map(
      (key) => [key, root[key], true] as const,
    ),
    ['allowMCPServers', root['allowMCPServers'], false],
    ['mcp.excluded', isRecord(mcp) ? mcp['excluded'] : undefined, true],
    ['mcp.allowed', isRecord(mcp) ? mcp['allowed'] : undefined, false],
  ]
  for (const [key, list, excludes] of lists) {
    if (!Array.isArray(list)) continue
    for (const id of ids) if (list.includes(id) === excludes && !off.has(id)) off.set(id, key)
  }
  return off
}

/** Projects of a host that have servers of their own, which nobody asked for by pasting the file. */
export function projectsWithServers(root: Record<string, unknown>): number {
  return mappingEntries(root['projects']).filter(
    ([, project]) => isRecord(project) && mappingEntries(project['mcpServers']).length > 0,
  ).length
}
