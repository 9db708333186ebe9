/** The day as data: calls.jsonl (what is called, when, and what came back) and tools.jsonl (what each server lists). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Ids in the user's servers.yaml, and the names of the same servers in test/published/servers.json. */
export const SERVERS = {
  filesystem: 'filesystem',
  git: 'git',
  github: 'github',
  memory: 'memory',
  notion: 'notion',
  playwright: 'playwright',
  slack: 'slack',
  thinking: 'sequential-thinking',
}

export function linesOf(name) {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/**
 * In order; `minute` since the day began. The first line says what the file is.
 * @param work the folder that stands for `{work}`, in which the project is
 */
export function callsOf(work) {
  return linesOf('calls.jsonl')
    .slice(1)
    .map((line) => JSON.parse(JSON.stringify(line).replaceAll('{work}', work)))
    .map(([minute, server, tool, args, answer]) => ({ minute, server, tool, args, answer }))
}

/** Definitions by server, as the servers list them. */
export function toolsOf() {
  const tools = Object.fromEntries(Object.keys(SERVERS).map((id) => [id, []]))
  for (const [server, tool] of linesOf('tools.jsonl').slice(1)) tools[server].push(tool)
  return tools
}
