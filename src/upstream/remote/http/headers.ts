/**
 * Makes the headers of requests to a remote server (2025-11-25 basic/transports; 2026-07-28
 * basic/transports/streamable-http, request metadata). Pure. A header of servers.yaml gives way to one of ours.
 */
import { isRecord } from '../../../json/record.ts'
import { PROTOCOL_VERSION_KEY } from '../../../wire/message.ts'
import type { Outgoing } from './post.ts'

/** By their names in lower case, each once. */
export type HttpHeaders = Record<string, string>

export const EVENT_STREAM = 'text/event-stream'
export const JSON_TYPE = 'application/json'

/** By method of JSON-RPC: the member of its params that says what it is about. */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
])

/** Headers of servers.yaml; one that stands there in two spellings has both values. */
export function ownHeaders(written: Readonly<Record<string, string>>): HttpHeaders {
  const own: HttpHeaders = {}
  for (const [name, value] of Object.entries(written)) {
    const key = name.toLowerCase()
    own[key] = own[key] === undefined ? value.trim() : `${own[key]}, ${value.trim()}`
  }
  return own
}

/** `accept`, with these types behind those that servers.yaml wants. */
export function accepting(written: string | undefined, ...types: readonly string[]): string {
  if (written === undefined) return types.join(', ')
  const wanted = written.split(',').map((type) => type.trim().toLowerCase())
  return [...new Set([...wanted, ...types])].join(', ')
}

/**
 * Since 2026-07-28 a request says in headers which revision it speaks, what it asks, and of what. Empty for any other
 * message.
 */
export function routingHeaders({ id, method, params }: Outgoing): HttpHeaders {
  if (id === undefined || method === undefined || !isRecord(params)) return {}
  const { _meta: meta } = params
  const version = isRecord(meta) ? meta[PROTOCOL_VERSION_KEY] : undefined
  if (typeof version !== 'string') return {}
  const name = params[NAMED_BY.get(method) ?? '']
  return {
    'mcp-protocol-version': version,
    'mcp-method': method,
    ...(typeof name === 'string' && NAMED_BY.has(method) && { 'mcp-name': headerValue(name) }),
  }
}

/** A text as it is where a header can hold it, else in the base64 form of the specification (value encoding). */
export function headerValue(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text)
  return isPlain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}

/** What a `content-type` says without its parameters. */
export function mediaType(contentType: string | undefined): string {
  const [type = ''] = (contentType ?? '').split(';')
  return type.trim().toLowerCase()
}
