/** The hosts and the servers that are paired, and how a host gets to a server: by itself, or through the sidecar. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'
import { launched } from '../serve-here.ts'
import { ASK_THE_HOST_ONLY, CLI } from '../support.ts'
import { SERVER, type Era, type Way } from './check.ts'
import { usual, type Connect, type JsonObject, type Peer, type Program, type RawPeer } from './peer.ts'
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
  /** As whom servers.yaml names it where several lie side by side. */
  readonly id: string
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
  { id: 'kid-of-sdk-1', era: 'old', of: 'SDK 1.32', args: [script('old.mjs')] },
  { id: 'kid-of-2025', era: 'old', of: 'no SDK', args: [script('raw.mjs'), 'legacy'] },
  { id: 'kid-of-sdk-2', era: 'new', of: 'SDK 2.4', args: [script('new.mjs')] },
  { id: 'kid-of-2026', era: 'new', of: 'no SDK', args: [script('raw.mjs'), 'modern'] },
]

const PATH = process.env['PATH'] ?? ''

export interface Running {
  readonly way: Way
  close(): Promise<void>
}

interface Connected {
  readonly peer: Peer
  readonly raw: RawPeer | undefined
}

async function connected(host: Host, program: Program, capabilities: JsonObject): Promise<Connected> {
  const raw = await host.raw?.(program, capabilities)
  return { peer: raw ?? (await host.connect(program, capabilities)), raw }
}

/** The host launches the server itself. */
export async function direct(host: Host, child: Child, capabilities: JsonObject): Promise<Running> {
  const program = { command: process.execPath, args: child.args, env: { PATH } }
  const { peer, raw } = await connected(host, program, capabilities)
  const again = (): Promise<Peer> => host.connect(program, capabilities)
  const as = { server: SERVER, host: host.era, child: child.era, through: false }
  const own = (name: string): string => name
  return { way: { peer, again, raw, ...as, name: own, uri: own }, close: () => peer.close() }
}

/** A server of a sidecar; `entry` is added to what servers.yaml says of it. */
export interface Beside {
  readonly child: Child
  readonly entry?: JsonObject
}

/** A host and its sidecar, and its way to each of the servers by their ids. */
export interface Company {
  to(id: string): Way
  close(): Promise<void>
}

/** The host's sidecar runs within this process, and its servers lie side by side. */
export async function through(
  host: Host,
  servers: Readonly<Record<string, Beside>>,
  capabilities: JsonObject,
): Promise<Company> {
  const entries = Object.entries(servers).map(([id, { child, entry }]) => [
    id,
    { command: process.execPath, args: child.args, ...entry },
  ])
  const { program, dir, cleanUp } = sidecarOf(Object.fromEntries(entries))
  const here = { ...program, launch: () => launched({ dir, env: program.env }, program.args.slice(1)) }
  const { peer, raw } = await connected(host, here, capabilities)
  let next: Promise<Peer> | undefined
  const again = (): Promise<Peer> => (next ??= host.connect(here, capabilities))
  const to = (id: string): Way => {
    const child = servers[id]?.child.era
    if (child === undefined) throw new Error(`there is no server ${id}`)
    const names = { name: (own: string) => `${id}_${own}`, uri: (own: string) => `sidemux://${id}/${own}` }
    return { peer, again, raw, server: id, host: host.era, child, through: true, ...names }
  }
  const close = async (): Promise<void> => {
    await peer.close()
    await (await next?.catch(() => undefined))?.close()
    cleanUp()
  }
  return { to, close }
}

/** With one server. */
export async function throughOne(
  host: Host,
  child: Child,
  capabilities: JsonObject,
  entry: JsonObject = {},
): Promise<Running> {
  const company = await through(host, { [SERVER]: { child, entry } }, capabilities)
  return { way: company.to(SERVER), close: () => company.close() }
}

/** One for all checks of a pair, or of a host, started by the first of them. */
export function shared<T extends { close(): Promise<void> }>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined
  afterAll(async () => (await started?.catch(() => undefined))?.close())
  return () => (started ??= start())
}

/** As if nothing had been said to the host yet. */
export function anew(way: Way): Way {
  way.peer.answer = usual
  way.peer.asked.length = 0
  way.peer.heard.length = 0
  return way
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
