/** The hosts and the servers that are paired, and how a host gets to a server: by itself, or through the sidecar. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'
import { launched } from '../serve-here.ts'
import { ASK_THE_HOST_ONLY, CLI } from '../support.ts'
import { SERVER, type Era, type Way } from './check.ts'
import { usual, type Connect, type JsonObject, type Program, type RawPeer } from './peer.ts'
import { rawNew, rawOld } from './raw-peer.ts'
import { sdkNew, sdkNewAsOld, sdkOld } from './sdk-peers.ts'

export interface Host {
  readonly era: Era
  readonly of: string
  readonly connect: Connect
  /** The same, where the host has no SDK. */
  readonly raw?: Connect<RawPeer>
}

export interface Child {
  readonly era: Era
  readonly of: string
  readonly args: readonly string[]
}

export const HOSTS: readonly Host[] = [
  { era: 'old', of: 'SDK 1.32', connect: sdkOld },
  { era: 'old', of: 'SDK 2.4', connect: sdkNewAsOld },
  { era: 'old', of: 'no SDK', connect: rawOld, raw: rawOld },
  { era: 'new', of: 'SDK 2.4', connect: sdkNew },
  { era: 'new', of: 'no SDK', connect: rawNew, raw: rawNew },
]

const script = (file: string): string => resolve(import.meta.dirname, '../../servers/primitives', file)

export const CHILDREN: readonly Child[] = [
  { era: 'old', of: 'SDK 1.32', args: [script('old.mjs')] },
  { era: 'old', of: 'no SDK', args: [script('raw.mjs'), 'legacy'] },
  { era: 'new', of: 'SDK 2.4', args: [script('new.mjs')] },
  { era: 'new', of: 'no SDK', args: [script('raw.mjs'), 'modern'] },
]

const PATH = process.env['PATH'] ?? ''

export interface Running {
  readonly way: Way
  close(): Promise<void>
}

/** The host launches the server itself. */
export async function direct(host: Host, child: Child, capabilities: JsonObject): Promise<Running> {
  const program = { command: process.execPath, args: child.args, env: { PATH } }
  return running(host, child, program, capabilities, () => {})
}

/** The host launches the sidecar, whose one server is the child; `entry` is added to what servers.yaml says of it. */
export async function through(
  host: Host,
  child: Child,
  capabilities: JsonObject,
  entry: JsonObject = {},
): Promise<Running> {
  const server = { command: process.execPath, args: child.args, ...entry }
  const { program, cleanUp } = sidecarOf({ [SERVER]: server })
  return running(host, child, program, capabilities, cleanUp)
}

/** The same with a sidecar that runs within this process. */
export async function throughHere(...[host, child, capabilities, entry = {}]: Parameters<typeof through>) {
  const server = { command: process.execPath, args: child.args, ...entry }
  const { program, dir, cleanUp } = sidecarOf({ [SERVER]: server })
  const launch = () => launched({ dir, env: program.env }, program.args.slice(1))
  return running(host, child, { ...program, launch }, capabilities, cleanUp)
}

/** One for all checks of a pair, started by the first of them. */
export function shared(start: () => Promise<Running>): () => Promise<Way> {
  let started: Promise<Running> | undefined
  afterAll(async () => (await started?.catch(() => undefined))?.close())
  return async () => {
    started ??= start()
    const { way } = await started
    way.peer.answer = usual
    way.peer.asked.length = 0
    way.peer.heard.length = 0
    return way
  }
}

/** How a host launches a sidecar of these servers, all of whose tools are allowed. */
export function sidecarOf(servers: Readonly<Record<string, JsonObject>>): {
  readonly program: Program
  readonly dir: string
  readonly cleanUp: () => void
} {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-'))
  mkdirSync(join(dir, 'state'), { mode: 0o700 })
  const entries = Object.entries(servers).map(([id, entry]) => [id, { tools: { allow: ['*'] }, ...entry }])
  const yaml = `version: 1\nservers: ${JSON.stringify(Object.fromEntries(entries))}${ASK_THE_HOST_ONLY}defaults: { listWait: 50s }\n`
  writeFileSync(join(dir, 'servers.yaml'), yaml)
  const program = {
    command: process.execPath,
    args: [CLI, 'serve', '--config', join(dir, 'servers.yaml')],
    env: { PATH, HOME: dir, SIDEMUX_STATE_DIR: join(dir, 'state'), SIDEMUX_TRUST: 'off' },
  }
  return { program, dir, cleanUp: () => rmSync(dir, { recursive: true, force: true }) }
}

async function running(
  host: Host,
  child: Child,
  program: Program,
  capabilities: JsonObject,
  cleanUp: () => void,
): Promise<Running> {
  const raw = await host.raw?.(program, capabilities)
  const peer = raw ?? (await host.connect(program, capabilities))
  const isThrough = program.args.includes(CLI)
  const way: Way = {
    peer,
    again: () => host.connect(program, capabilities),
    raw,
    host: host.era,
    child: child.era,
    through: isThrough,
    name: (own) => (isThrough ? `${SERVER}_${own}` : own),
    uri: (own) => (isThrough ? `sidemux://${SERVER}/${own}` : own),
  }
  const close = async (): Promise<void> => {
    await peer.close()
    cleanUp()
  }
  return { way, close }
}
