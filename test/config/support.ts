/** Loads a text or bytes as servers.yaml, from a directory of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config, ServerConfig } from '../../src/config/config.ts'
import { loadConfig, type ConfigChoice, type LoadedConfig } from '../../src/config/load.ts'
import type { ConfigProblem } from '../../src/config/problem.ts'

export async function load(
  content: string | Uint8Array,
  choice: Partial<ConfigChoice> = {},
): Promise<LoadedConfig & { dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-config-'))
  try {
    writeFileSync(join(dir, 'servers.yaml'), content)
    return { dir, ...(await loadConfig({ path: join(dir, 'servers.yaml'), env: {}, cwd: dir, ...choice })) }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** `line:col: message`, warnings marked. */
export function brief({ line, col, severity, message }: ConfigProblem): string {
  return `${line}:${col}: ${severity === 'warning' ? 'warning: ' : ''}${message}`
}

export async function briefs(
  content: string | Uint8Array,
  choice: Partial<ConfigChoice> = {},
): Promise<string[]> {
  return (await load(content, choice)).problems.map(brief)
}

/** Fails the test when the text has an error. */
export async function accepted(
  content: string,
  choice: Partial<ConfigChoice> = {},
): Promise<Config & { dir: string }> {
  const { config, problems } = await load(content, choice)
  if (config === undefined) throw new Error(problems.map(brief).join('\n'))
  return config
}

/** A server in short: id, command line, environment, what it inherits; or its address, and its transport if it is older. */
export function inShort({ id, launch }: ServerConfig): string {
  if (launch.kind === 'remote')
    return `${id} ${launch.url.source}${launch.transport === 'sse' ? ' (sse)' : ''}`
  const env = [...launch.env].map(([name, { source }]) => `${name}=${source}`)
  const inherited = launch.inheritEnv.map((name) => `+${name}`)
  return [id, launch.command.source, ...launch.args.map(({ source }) => source), ...env, ...inherited].join(
    ' ',
  )
}
