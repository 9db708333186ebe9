/** Servers that may use the host's model after a human's yes (`sampling: confirm`), hosts of either era, and what became of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { asking as steps, sample, TOKEN, type Era } from '../attacks/relay.ts'
import type { Connect, JsonObject, Peer, Program } from './eras/peer.ts'
import { sdkNew, sdkOld } from './eras/sdk-peers.ts'
import { catcherIn } from './human.ts'
import { audit } from './reload.ts'
import { launched } from './serve-here.ts'
import { atEnd, linesOf, place, SIDEMUX, textOf, until, yamlOf, type Place } from './support.ts'
import { atTerminal, type Started, type World } from './terminals.ts'

/** Does the steps that a call brings, in either era. */
const SCHEMER = resolve(import.meta.dirname, '../servers/schemer.mjs')
const HOST = resolve(import.meta.dirname, 'sampling-host.mjs')

export const METHOD = 'sampling/createMessage'
export const MODEL_SAYS = { role: 'assistant', content: { type: 'text', text: 'Paris' }, model: 'test-model' }
export const HOSTS: readonly [string, Era, Connect][] = [
  ['SDK 1.32', 'legacy', sdkOld],
  ['SDK 2.4, 2026-07-28', 'modern', sdkNew],
]

export interface Scene extends Place {
  /** Answers and errors that a server of the older era got to its questions. */
  heard(server?: string): JsonObject[]
}

const logOf = ({ out }: Place, id: string): string => join(out, `${id}.log`)

/** `box` and `two`, alike. */
const BOTH = ['box', 'two']

export function scene(
  era: Era,
  approvals: JsonObject = { channels: ['page'], wait: '30s' },
  ids: readonly string[] = BOTH,
): Scene {
  const where = place('')
  const says = join(where.out, 'says.json')
  const annotations = { readOnlyHint: true }
  writeFileSync(
    says,
    JSON.stringify({ tools: [{ name: 'ask', inputSchema: { type: 'object' }, annotations }] }),
  )
  const server = (id: string): JsonObject => ({
    command: 'node',
    args: [SCHEMER],
    env: { ERA: era, SAYS: says, LOG: logOf(where, id), EVIL_TOKEN: '${env:A_TOKEN}' },
    sampling: 'confirm',
  })
  const browser = JSON.parse(catcherIn(where.dir)) as string[]
  const servers = Object.fromEntries(ids.map((id) => [id, server(id)]))
  writeFileSync(where.config, yamlOf({ version: 1, servers, approvals: { browser, ...approvals } }))
  const heard: Scene['heard'] = (id = 'box') => {
    const file = logOf(where, id)
    if (!existsSync(file)) return []
    return linesOf(readFileSync(file, 'utf8'))
      .filter((line) => line.startsWith('{"heard"'))
      .map((line) => (JSON.parse(line) as { heard: JsonObject }).heard)
  }
  return { ...where, env: { ...where.env, A_TOKEN: TOKEN }, heard }
}

export async function enter(where: Scene, connect: Connect, how?: Pick<Program, 'launch'>): Promise<Peer> {
  const program = { command: process.execPath, args: [...SIDEMUX, ...serving(where)], env: where.env, ...how }
  const peer = await connect(program, { sampling: {} }, () => ({ ...MODEL_SAYS }))
  atEnd(() => peer.close())
  await peer.list('tools')
  return peer
}

const serving = ({ config }: Place): readonly string[] => ['serve', '--config', config]

/** Where nobody comes to a page or to a terminal, the sidecar runs here. */
export const enterHere = (where: Scene, connect: Connect): Promise<Peer> =>
  enter(where, connect, { launch: () => launched(where, serving(where)) })

interface Said {
  readonly id?: number
  readonly result?: JsonObject
  readonly failed?: string
  readonly asked?: JsonObject
}

/** The same hosts, each started at a terminal of a world in which people sit at others. */
export class SamplingHost {
  readonly #process: Started
  #last = 0

  private constructor(process: Started) {
    this.#process = process
  }

  static async in(world: World, where: Place, era: Era): Promise<SamplingHost> {
    const host = [
      process.execPath,
      HOST,
      era,
      process.execPath,
      ...SIDEMUX,
      'serve',
      '--config',
      where.config,
    ]
    // What is written to it is for it alone.
    const quiet = ['sh', '-c', 'stty -echo; exec "$@"', 'sh', ...host]
    const started = world.start(atTerminal(quiet))
    await started.shows('"ready"')
    return new SamplingHost(started)
  }

  /** What its model was asked. */
  asked(): JsonObject[] {
    return this.#said().flatMap(({ asked }) => (asked === undefined ? [] : [asked]))
  }

  call(name: string, args: JsonObject): { readonly result: Promise<JsonObject>; cancel(): void } {
    this.#last += 1
    const id = this.#last
    this.#process.write(`${JSON.stringify({ id, call: name, args })}\n`)
    const result = async (): Promise<JsonObject> => {
      let said: Said | undefined
      await until(
        () => (said = this.#said().find((one) => one.id === id)) !== undefined,
        `an answer to ${name}`,
      )
      if (said?.result === undefined) throw new Error(said?.failed)
      return said.result
    }
    return { result: result(), cancel: () => this.#process.write(`${JSON.stringify({ cancel: id })}\n`) }
  }

  #said(): Said[] {
    return linesOf(this.#process.shown).map((line) => JSON.parse(line) as Said)
  }
}

export const paramsOf = (text: string): JsonObject => sample(text).params

/** The arguments of a call in which a server of this era asks for it. */
export function asking(era: Era, params: JsonObject): JsonObject {
  return { steps: steps(era, { method: METHOD, params }) }
}

/** What came of the call: what the server was given, or `refused` and why. */
export async function outcome(call: Promise<JsonObject>): Promise<unknown> {
  const result = await call
  const text = textOf(result)
  if (result['isError'] === true) return `refused: ${text}`
  const { heard, inputResponses } = JSON.parse(text) as { heard: unknown[]; inputResponses?: JsonObject }
  return heard[0] ?? inputResponses?.['q']
}

/** The records of what was asked of a human and of the host, in the audit log's order. */
export function audited(where: Place): string[] {
  return audit(where)
    .filter(({ tool, method }) => tool === METHOD || method === METHOD)
    .map(({ type, phase, outcome: came, server }) => `${String(server)} ${type} ${String(phase ?? came)}`)
}
