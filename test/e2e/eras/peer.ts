/**
 * A host as the checks of eras.process.test.ts see it, whatever library it is made of (sdk-peers.ts, raw-peer.ts).
 * What a server asks it, it answers by `answer`, live or with a retry; what it heard and was asked is kept.
 */
import type { ChildProcess } from 'node:child_process'
export type JsonObject = Record<string, unknown>

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Record<string, string>
  /** Starts it within this process, in place of one of its own. */
  readonly launch?: () => ChildProcess
}

/** `elicitation/create`, `sampling/createMessage` or `roots/list`. */
export interface Question {
  readonly method: string
  readonly params: JsonObject
}

export interface Heard {
  readonly method: string
  readonly params: JsonObject
}

export interface Message {
  readonly jsonrpc?: string
  readonly id?: number | string
  readonly method?: string
  readonly params?: JsonObject
  readonly result?: JsonObject
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export interface Sending {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: JsonObject) => void
  /** Members of the request's `_meta`. */
  readonly meta?: JsonObject
}

export type ListKind = 'tools' | 'prompts' | 'resources' | 'templates'

/** What changes a host wants to hear of. */
export interface Watched {
  readonly uris?: readonly string[]
  readonly lists?: readonly Exclude<ListKind, 'templates'>[]
}

export interface Peer {
  readonly heard: Heard[]
  readonly asked: Question[]
  /** Replaced by a test that answers otherwise; `usual` is what it starts with. */
  answer: (question: Question) => JsonObject
  instructions(): string | undefined
  /** All pages of a list. */
  list(kind: ListKind): Promise<JsonObject[]>
  call(name: string, args?: JsonObject, sending?: Sending): Promise<JsonObject>
  prompt(name: string, args?: Record<string, string>): Promise<JsonObject>
  read(uri: string): Promise<JsonObject>
  complete(params: JsonObject): Promise<JsonObject>
  /** Subscribes, or listens; resolves, when the server has agreed, to what ends it. */
  watch(watched: Watched): Promise<() => Promise<void>>
  /** From this severity on messages are wanted; in 2026-07-28 each request says so. */
  level(level: string): Promise<void>
  rootsChanged(): Promise<void>
  close(): Promise<void>
}

/** A raw host can be asked for more: the first page of a list, or any result, as it came. */
export interface RawPeer extends Peer {
  /** Every message that came, in order. */
  readonly came: Message[]
  request(method: string, params?: JsonObject): Promise<JsonObject>
  /** One request and what came of it, though it be questions. */
  once(method: string, params: JsonObject): Promise<JsonObject>
}

/** @param answer from the first question on, which a server may ask before anybody calls it. */
export type Connect<P extends Peer = Peer> = (
  program: Program,
  capabilities: JsonObject,
  answer?: Peer['answer'],
) => Promise<P>

export const EVERYTHING: JsonObject = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: { listChanged: true },
}

export function usual({ method, params }: Question): JsonObject {
  if (method === 'roots/list') return { roots: [{ uri: 'file:///work/place', name: 'place' }] }
  if (method === 'sampling/createMessage')
    return { role: 'assistant', content: { type: 'text', text: 'Paris' }, model: 'test-model' }
  return { action: 'accept', ...(params['mode'] === 'url' ? {} : { content: { name: 'Ada' } }) }
}

export const FILTERS = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
} as const

/** Where the members of a list are, and how it is asked for. */
export const LISTS: Readonly<Record<ListKind, { method: string; key: string }>> = {
  tools: { method: 'tools/list', key: 'tools' },
  prompts: { method: 'prompts/list', key: 'prompts' },
  resources: { method: 'resources/list', key: 'resources' },
  templates: { method: 'resources/templates/list', key: 'resourceTemplates' },
}

export const LOG_LEVEL = 'io.modelcontextprotocol/logLevel'
