/**
 * A running sidecar before a page: a hostile server that counts what reaches it, a host that can't ask, a "browser" that
 * only writes its link down, and a person (or a thief) who speaks HTTP to the door.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { PageState, RunFile } from '../../src/dashboard/page-wire.ts'
import { catcherIn, links } from '../e2e/human.ts'
import { audit, type AuditRecord } from '../e2e/reload.ts'
import { elapse, RawHost, textOf, until, type RawMessage } from '../e2e/support.ts'
import { lair, tool, yaml, type Lair, type LairOptions, type Plan } from './support.ts'

export const WIPE = tool('wipe', { annotations: {} })

export interface StageOptions extends LairOptions {
  /** Members of `approvals:`, beside the browser. */
  readonly approvals?: string
}

export function stage(options: StageOptions = {}, plan: Plan = { tools: [WIPE] }): Lair {
  const { approvals = 'wait: 120s', rest = '', ...more } = options
  const where = lair(plan, { ...more, rest: 'approvals: {}' })
  const asked = `approvals: { browser: ${catcherIn(where.dir)}, ${approvals} }\n`
  writeFileSync(where.config, yaml(where.dir, { ...more, rest: `${rest}${asked}` }))
  return where
}

/** Without elicitation. */
export async function enterHost(where: Lair): Promise<RawHost> {
  const host = new RawHost(where)
  await host.initialize()
  return host
}

export function wipe(
  host: RawHost,
  args: Record<string, unknown> = {},
  name = 'evil_wipe',
): Promise<RawMessage> {
  return host.request('tools/call', { name, arguments: args })
}

let lastId = 1_000_000

/** With arguments that are sent as the very text that is given. */
export async function wipeRaw(host: RawHost, args: string, name = 'evil_wipe'): Promise<RawMessage> {
  const id = (lastId += 1)
  const message = { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: 'ARGUMENTS' } }
  host.process.stdin?.write(`${JSON.stringify(message).replace('"ARGUMENTS"', () => args)}\n`)
  const answer = (): RawMessage | undefined => host.received.find((received) => received.id === id)
  await until(() => answer() !== undefined, 'an answer')
  return answer() ?? {}
}

export const said = ({ result, error }: RawMessage): string =>
  result === undefined ? String(error?.message) : textOf(result)

export async function listed(host: RawHost): Promise<string[]> {
  const { result = {} } = await host.request('tools/list')
  return (result['tools'] as { name: string }[]).map(({ name }) => name)
}

export interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Reply {
  /** 0: no answer at all. */
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export function knock(port: number, { method = 'GET', path, headers = {}, body }: Sent): Promise<Reply> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      const end = (): void =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        })
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', end)
      response.on('error', end)
    })
    sent.on('error', () => resolve({ status: 0, headers: {}, body: '' }))
    sent.end(body)
  })
}

/** Who took a link first and has a session, be it the human or not. */
export class Guest {
  readonly port: number
  readonly cookie: string
  readonly status: number

  private constructor(port: number, cookie: string, status: number) {
    this.port = port
    this.cookie = cookie
    this.status = status
  }

  static async by(link: string): Promise<Guest> {
    const { port, pathname } = new URL(link)
    const { status, headers } = await knock(Number(port), { path: pathname })
    const [cookie = ''] = [headers['set-cookie'] ?? ''].flat()
    return new Guest(Number(port), cookie.split(';')[0] ?? '', status)
  }

  async state(): Promise<PageState> {
    return JSON.parse(
      (await knock(this.port, { path: '/state', headers: { cookie: this.cookie } })).body,
    ) as PageState
  }

  /** Keeps the page open, as a browser tab does, until the sidecar ends. */
  watch(): void {
    const headers = { cookie: this.cookie }
    const sent = request({ host: '127.0.0.1', port: this.port, path: '/events', headers, agent: false })
    sent.on('response', (response) => response.on('error', () => undefined).resume())
    sent.on('error', () => undefined)
    sent.end()
  }

  /** Looks at the page until decisions are taken. */
  async ready(where: Lair): Promise<void> {
    const { now, decidesFrom } = await this.state()
    elapse(where, Math.max(0, decidesFrom - now))
  }

  /** The ids of the questions that are open here. */
  async questions(): Promise<
    { readonly id: string; readonly text: string; readonly args: Readonly<Record<string, unknown>> }[]
  > {
    const { sidecars } = await this.state()
    return (sidecars[0]?.pending ?? []).map(({ id, text, facts }) => ({ id, text, args: facts.args }))
  }

  async body(ids: readonly string[], answer: 'approve' | 'deny', grant?: unknown): Promise<string> {
    const sidecar = (await this.state()).sidecars[0]?.sidecar.id
    return JSON.stringify({ sidecar, ids, answer, ...(grant === undefined ? {} : { grant }) })
  }

  /** As the page does it, with other headers where an attacker has a say in them. */
  post(body: string, headers: Readonly<Record<string, string>> = {}, path = '/answer'): Promise<Reply> {
    const origin = `http://127.0.0.1:${this.port}`
    const usual = { cookie: this.cookie, origin, 'content-type': 'application/json' }
    return knock(this.port, { method: 'POST', path, headers: { ...usual, ...headers }, body })
  }

  async answer(ids: readonly string[], answer: 'approve' | 'deny', grant?: unknown): Promise<string> {
    const { status, body } = await this.post(await this.body(ids, answer, grant))
    return status === 200 ? body : String(status)
  }
}

export async function newestLink(where: Lair): Promise<string> {
  await until(() => links(where).length > 0, 'the page is opened')
  return links(where).at(-1) ?? ''
}

/** A human with the page open, as soon as decisions are taken. */
export async function human(where: Lair): Promise<Guest> {
  const guest = await Guest.by(await newestLink(where))
  await guest.ready(where)
  return guest
}

export function runFiles({ state }: Lair): RunFile[] {
  const dir = join(state, 'run')
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as RunFile)
}

/** What the audit log says of questions and of the door. */
export function approvals(where: Lair): readonly AuditRecord[] {
  return audit(where).filter(({ type }) => type === 'approval')
}

/** One line a group of attacks. */
export function report(group: string, facts: Readonly<Record<string, string | number>>): void {
  const words = Object.entries(facts).map(([name, value]) => `${name} ${value}`)
  process.stdout.write(`${group}: ${words.join(', ')}\n`)
}

/** Many rows of a table from one scene, which the first of them sets. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
