/** Hosts made with the SDKs: 1.32, which speaks up to 2025-11-25, and 2.4 in either era. */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioClientTransport1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { overPipes } from '../pipes.ts'
import {
  FILTERS,
  LISTS,
  LOG_LEVEL,
  usual,
  type Connect,
  type JsonObject,
  type ListKind,
  type Peer,
  type Program,
  type Sending,
} from './peer.ts'

const INFO = { name: 'sdk-host', version: '1.0.0' }
const QUESTIONS = {
  'elicitation/create': { schema: ElicitRequestSchema, needs: 'elicitation' },
  'sampling/createMessage': { schema: CreateMessageRequestSchema, needs: 'sampling' },
  'roots/list': { schema: ListRootsRequestSchema, needs: 'roots' },
} as const
const METHODS = Object.keys(QUESTIONS) as (keyof typeof QUESTIONS)[]

/** The SDK's own transport would start a second process to probe. */
class InPlaceTransport extends StdioClientTransport {}

/** What both clients have in common, with the parameters that the checks give. */
interface Common {
  getInstructions(): string | undefined
  complete(params: never): Promise<unknown>
  getPrompt(params: never): Promise<unknown>
  readResource(params: never): Promise<unknown>
  subscribeResource(params: never): Promise<unknown>
  unsubscribeResource(params: never): Promise<unknown>
  sendRootsListChanged(): Promise<void>
  close(): Promise<void>
  fallbackNotificationHandler?: (notification: { method: string; params?: unknown }) => Promise<void>
}

type Rest = Pick<Peer, 'list' | 'call' | 'watch' | 'level'>

function peerOf(client: Common, answer: Peer['answer'], metaOf: () => JsonObject, rest: Rest): Peer {
  const withMeta = (params: JsonObject) => {
    const _meta = metaOf()
    return (Object.keys(_meta).length === 0 ? params : { ...params, _meta }) as never
  }
  const peer: Peer = {
    ...rest,
    heard: [],
    asked: [],
    answer,
    instructions: () => client.getInstructions(),
    prompt: async (name, args = {}) =>
      (await client.getPrompt(withMeta({ name, arguments: args }))) as JsonObject,
    read: async (uri) => (await client.readResource(withMeta({ uri }))) as JsonObject,
    complete: async (params) => (await client.complete(withMeta(params))) as JsonObject,
    rootsChanged: () => client.sendRootsListChanged(),
    close: () => client.close(),
  }
  client.fallbackNotificationHandler = async ({ method, params }) => {
    peer.heard.push({ method, params: (params ?? {}) as JsonObject })
  }
  return peer
}

function answered(peer: Peer, method: string, params: unknown): never {
  const question = { method, params: (params ?? {}) as JsonObject }
  peer.asked.push(question)
  return peer.answer(question) as never
}

async function subscribed(client: Common, uris: readonly string[]): Promise<() => Promise<void>> {
  for (const uri of uris) await client.subscribeResource({ uri } as never)
  return async () => {
    for (const uri of uris) await client.unsubscribeResource({ uri } as never)
  }
}

function callOptions({ signal, onProgress }: Sending) {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onprogress: (progress: object) => onProgress({ ...progress }) }),
  }
}

async function allPages(
  kind: ListKind,
  pageAt: (params: { cursor?: string }) => Promise<unknown>,
): Promise<JsonObject[]> {
  const all: JsonObject[] = []
  for (let cursor: string | undefined; ;) {
    const page = (await pageAt(cursor === undefined ? {} : { cursor })) as JsonObject
    all.push(...(page[LISTS[kind].key] as JsonObject[]))
    if (page['nextCursor'] === undefined) return all
    cursor = page['nextCursor'] as string
  }
}

function transportTo(Pipe: typeof InPlaceTransport | typeof StdioClientTransport1, program: Program) {
  if (program.launch !== undefined) return overPipes(program.launch())
  const { command, args, env } = program
  return new Pipe({ command, args: [...args], env, stderr: 'ignore' })
}

export const sdkOld: Connect = async (program, capabilities, answer = usual) => {
  const client = new Client1(INFO, { capabilities })
  const peer = peerOf(client as unknown as Common, answer, () => ({}), {
    list: (kind) =>
      allPages(kind, (params) => {
        if (kind === 'tools') return client.listTools(params)
        if (kind === 'prompts') return client.listPrompts(params)
        return kind === 'resources' ? client.listResources(params) : client.listResourceTemplates(params)
      }),
    call: async (name, args = {}, sending = {}) =>
      client.callTool(
        { name, arguments: args, ...(sending.meta === undefined ? {} : { _meta: sending.meta }) },
        undefined,
        callOptions(sending),
      ),
    watch: ({ uris = [] }) => subscribed(client as unknown as Common, uris),
    level: async (level) => {
      await client.setLoggingLevel(level as 'info')
    },
  })
  for (const method of METHODS) {
    const { schema, needs } = QUESTIONS[method]
    if (capabilities[needs] !== undefined)
      client.setRequestHandler(schema, async ({ params }) => answered(peer, method, params))
  }
  await client.connect(transportTo(StdioClientTransport1, program))
  return peer
}

const sdk2 =
  (era: 'legacy' | '2026-07-28'): Connect =>
  async (program, capabilities, answer = usual) => {
    const mode = era === 'legacy' ? era : { pin: era }
    const client = new Client(INFO, { capabilities, versionNegotiation: { mode } })
    let meta: JsonObject = {}
    const peer = peerOf(client as unknown as Common, answer, () => meta, {
      list: async (kind) => {
        const at = { _meta: meta }
        if (kind === 'tools') return (await client.listTools(at)).tools
        if (kind === 'prompts') return (await client.listPrompts(at)).prompts
        if (kind === 'resources') return (await client.listResources(at)).resources
        return (await client.listResourceTemplates(at)).resourceTemplates
      },
      call: async (name, args = {}, sending = {}) =>
        client.callTool({ name, arguments: args, _meta: { ...meta, ...sending.meta } }, callOptions(sending)),
      watch: async ({ uris = [], lists = [] }) => {
        if (era === 'legacy') return subscribed(client as unknown as Common, uris)
        const listening = await client.listen({
          ...Object.fromEntries(lists.map((kind) => [FILTERS[kind], true])),
          ...(uris.length === 0 ? {} : { resourceSubscriptions: [...uris] }),
        })
        return () => listening.close()
      },
      level: async (level) => {
        if (era === 'legacy') await client.setLoggingLevel(level as 'info')
        else meta = { [LOG_LEVEL]: level }
      },
    })
    for (const method of METHODS)
      if (capabilities[QUESTIONS[method].needs] !== undefined)
        client.setRequestHandler(method, async ({ params }) => answered(peer, method, params))
    await client.connect(transportTo(InPlaceTransport, program))
    return peer
  }

export const sdkNewAsOld = sdk2('legacy')
export const sdkNew = sdk2('2026-07-28')
