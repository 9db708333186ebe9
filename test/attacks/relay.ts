/** The scheming server (test/servers/schemer.mjs) in either era, with siblings, and hosts of either era that face it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HereHost } from '../e2e/serve-here.ts'
import {
  ASK_THE_HOST_ONLY,
  linesOf,
  place,
  RawHost,
  textOf,
  toolbox,
  type Place,
  type RawMessage,
} from '../e2e/support.ts'
import { tool, type Tool } from './support.ts'

const SCHEMER = resolve(import.meta.dirname, '../servers/schemer.mjs')

export type Era = 'legacy' | 'modern'
export const ERAS: readonly Era[] = ['legacy', 'modern']
export type Step = Readonly<Record<string, unknown>>
export type JsonObject = Readonly<Record<string, unknown>>

/** Whatever the host can be asked. */
export const ALL = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } }
/** That of `evil`, and that of `sib`. */
export const TOKEN = 'tok-9f8e7d6c5b4a3210'
export const SIBLINGS = 'sib-0a1b2c3d4e5f6789'
/** That of each of the `more`. */
export const MORE = 'more-5a6b7c8d9e0f1a2b'

export interface Says {
  readonly tools?: readonly Tool[]
  readonly [member: string]: unknown
}

export interface Den extends Place {
  says(says: Says): void
  /** What was logged until now is nobody's any more: the next test of a shared den begins. */
  forget(): void
  /** What reached the server, and what it heard in answer. */
  log(server?: string): { method?: string; params: JsonObject; heard?: JsonObject }[]
  /** Calls of a tool that reached the server. */
  calls(name?: string, server?: string): JsonObject[]
}

export interface DenOptions {
  readonly era?: Era
  readonly says?: Says
  /** Members of the entry of `evil`. */
  readonly entry?: JsonObject
  /** A second schemer, `two`, of this era. */
  readonly two?: Era
  /** Further ones, by name, with members of their entries. All schemers say the same. */
  readonly more?: Readonly<Record<string, { readonly era: Era; readonly entry: JsonObject }>>
  /** An honest server `sib`, with a secret of its own. */
  readonly sib?: true
  readonly approvals?: string
  readonly defaults?: string
}

export const RUN = tool('get_run')
export const WIPE = tool('wipe', { annotations: {} })

/** What a den with one server of each era calls them. */
export const SERVER_OF: Readonly<Record<Era, string>> = { legacy: 'evil', modern: 'two' }

export function den({
  era = 'legacy',
  says = {},
  entry = {},
  two,
  more = {},
  sib,
  ...rest
}: DenOptions = {}): Den {
  const where = place('')
  const file = join(where.out, 'says.json')
  const write = (next: Says): void => writeFileSync(file, JSON.stringify({ tools: [RUN, WIPE], ...next }))
  write(says)
  const schemer = (name: string, its: Era, token: string) => {
    writeFileSync(join(where.dir, `${name}.log`), '')
    const env = { ERA: its, SAYS: file, LOG: join(where.dir, `${name}.log`), EVIL_TOKEN: token }
    return { command: 'node', args: [SCHEMER], env }
  }
  const { env, ...members } = entry
  const evil = schemer('evil', era, '${env:A_TOKEN}')
  const servers = [
    `  evil: ${JSON.stringify({ ...evil, ...members, env: { ...evil.env, ...(env as JsonObject) } })}`,
    ...(two === undefined ? [] : [`  two: ${JSON.stringify(schemer('two', two, 'two-11223344556677'))}`]),
    ...Object.entries(more).map(
      ([name, of]) => `  ${name}: ${JSON.stringify({ ...schemer(name, of.era, MORE), ...of.entry })}`,
    ),
    ...(sib === true ? [`  sib: ${toolbox({ env: { SIB_TOKEN: '${env:B_TOKEN}' } })}`] : []),
  ]
  const approvals = rest.approvals === undefined ? ASK_THE_HOST_ONLY : `\napprovals: ${rest.approvals}\n`
  const defaults = rest.defaults ?? '{ rateLimit: 100000/second, listWait: 50s }'
  writeFileSync(
    where.config,
    `version: 1\nservers:\n${servers.join('\n')}${approvals}defaults: ${defaults}\n`,
  )
  const log: Den['log'] = (server = 'evil') =>
    linesOf(readFileSync(join(where.dir, `${server}.log`), 'utf8')).map(
      (line) => JSON.parse(line) as { method: string; params: JsonObject },
    )
  return {
    ...where,
    env: { ...where.env, A_TOKEN: TOKEN, B_TOKEN: SIBLINGS },
    says: write,
    forget: () => {
      for (const server of ['evil', ...(two === undefined ? [] : ['two']), ...Object.keys(more)])
        writeFileSync(join(where.dir, `${server}.log`), '')
    },
    log,
    calls: (name = 'get_run', server = 'evil') =>
      log(server).flatMap(({ method, params }) =>
        method === 'tools/call' && params['name'] === name ? [params] : [],
      ),
  }
}

export type Answerer = (message: RawMessage) => unknown

export interface NewHost {
  readonly raw: RawHost
  request(method: string, params?: JsonObject, meta?: JsonObject): Promise<RawMessage>
  start(method: string, params?: JsonObject, meta?: JsonObject): { id: number; answer: Promise<RawMessage> }
  run(steps: readonly Step[], more?: JsonObject, name?: string): Promise<RawMessage>
}

/** Hosts of both eras; their sidemux is a process, or runs here. */
export function meet(Kind: typeof RawHost): {
  /** Answers what it is asked; without an answer it stays open. */
  oldHost(this: void, where: Den, answerer?: Answerer, capabilities?: JsonObject): Promise<RawHost>
  newHost(this: void, where: Den, capabilities?: JsonObject): Promise<NewHost>
} {
  return {
    async oldHost(where, answerer, capabilities = ALL) {
      const host = new Kind(where)
      host.onRequest = (message) => {
        const result = answerer?.(message)
        if (result !== undefined && message.id !== undefined)
          host.send({ id: message.id, result: result as never })
      }
      await host.initialize({ ...capabilities }, '2025-11-25')
      await host.request('tools/list')
      return host
    },
    async newHost(where, capabilities = ALL) {
      const raw = new Kind(where)
      const prefix = 'io.modelcontextprotocol/'
      const envelope = {
        [`${prefix}protocolVersion`]: '2026-07-28',
        [`${prefix}clientInfo`]: { name: 'raw', version: '1' },
        [`${prefix}clientCapabilities`]: capabilities,
      }
      const start: NewHost['start'] = (method, params = {}, meta = {}) =>
        raw.start(method, { ...params, _meta: { ...envelope, ...meta } })
      const host: NewHost = {
        raw,
        start,
        request: async (...sent) => start(...sent).answer,
        run: async (steps, more = {}, name = 'evil_get_run') =>
          start('tools/call', { name, arguments: { steps }, ...more }).answer,
      }
      await host.request('tools/list')
      return host
    },
  }
}

export const { oldHost, newHost } = meet(HereHost)

export function run(host: RawHost, steps: readonly Step[], name = 'evil_get_run'): Promise<RawMessage> {
  return host.request('tools/call', { name, arguments: { steps } })
}

/** What the scheming server says of a call that ended well. */
export function told({ result, error }: RawMessage): {
  heard: JsonObject[]
  inputResponses?: JsonObject
  requestState?: string
} {
  if (result === undefined) throw new Error(`an error: ${error?.message}`)
  return JSON.parse(textOf(result)) as ReturnType<typeof told>
}

export const stateOf = ({ result }: RawMessage): string => String(result?.['requestState'])
export const asksOf = ({ result }: RawMessage): [string, { method: string; params: JsonObject }][] =>
  Object.entries((result?.['inputRequests'] ?? {}) as Record<string, never>)
/** The same answer to each of them. */
export const answersTo = (asked: RawMessage, answer: JsonObject = ACCEPT): JsonObject =>
  Object.fromEntries(asksOf(asked).map(([key]) => [key, answer]))

export const form = (
  message: string,
  properties: JsonObject = { ok: { type: 'boolean' } },
  more: JsonObject = {},
) => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties }, ...more },
})
export const page = (url: string, message = 'Go there') => ({
  method: 'elicitation/create',
  params: { mode: 'url', message, url, elicitationId: 'e-1' },
})
export const sample = (text: string) => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens: 10 },
})
export const ACCEPT = { action: 'accept', content: { ok: true } }
/** A human's yes in a form, and where the host brings it to a call that waits for one. */
export const YES = { action: 'accept', content: { decision: 'approve once' } }
export const APPROVE = { 'sidemux-approval': YES }

/** A server of this era asks one question, then answers. */
export function asking(era: Era, question: JsonObject = form('really?'), key = 'q'): Step[] {
  return era === 'legacy'
    ? [{ ask: question }]
    : [{ needs: { inputRequests: { [key]: question }, requestState: 'its own' } }, {}]
}
