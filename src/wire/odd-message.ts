/**
 * Corrects messages of servers that differ from JSON-RPC 2.0. Pure.
 *
 * - Some write null for every member that they have no value for: such a member is none.
 * - In place of an error there may be the message alone, a text where the number of the code belongs, or members that
 *   MCP doesn't have. Whatever words there are reach whoever called, never an empty message; they are masked later, as
 *   every error of a server is.
 */
import { withDoubles } from '../json/number.ts'
import { writeJson } from '../json/write.ts'
import type { BadLine } from './framing.ts'
import { inNumbers } from './ids.ts'
import { isRecord, type JsonObject } from '../json/record.ts'
import { INTERNAL_ERROR } from './message.ts'

export type Message = Readonly<Record<string, unknown>>

export interface ErrorBody {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** In place of an empty message, which hosts show as nothing. */
const NO_WORDS = 'the server gave no words with its error'
const MAX_WORDS = 4096

/** The ends of "the server answered …" for a line that is no message. */
export const BAD_ANSWERS: Readonly<Record<BadLine, string>> = {
  'not-json': 'with something that is not JSON',
  'too-long': 'with more than 10 MiB',
  'too-deep': 'with data nested deeper than 256 levels',
  'not-utf8': 'with something that is not UTF-8',
  'not-an-object': 'with something that is not a JSON-RPC message',
  batch: 'with a batch, which MCP no longer has',
  unreadable: 'with something that could not be read',
}

/** The end of "the server answered …"; a member that is null is none. */
export function whyNoResponse(message: Message): string | undefined {
  if (message['jsonrpc'] !== '2.0')
    return 'with something that is not JSON-RPC 2.0 ("jsonrpc" has to be "2.0")'
  const hasError = isPresent(message, 'error')
  if (hasError && isPresent(message, 'result')) return 'with both a result and an error'
  return hasError || 'result' in message ? undefined : 'with neither a result nor an error'
}

export function isPresent(message: Message, member: 'result' | 'error'): boolean {
  return message[member] !== undefined && message[member] !== null
}

/** Some write every member that they have no value for. */
export function withoutNulls(message: Message): Message {
  const { params, ...others } = message
  if (params === null) return others
  if (!isRecord(params) || params['_meta'] !== null) return message
  const { _meta: _none, ...rest } = params
  return { ...others, params: rest }
}

export function hasGoodParams(message: Message): boolean {
  const { params } = message
  if (params === undefined) return true
  return isRecord(params) && (params['_meta'] === undefined || isRecord(params['_meta']))
}

export function errorBody(raw: unknown): ErrorBody {
  if (!isRecord(raw)) return { code: INTERNAL_ERROR, message: words(raw) ?? NO_WORDS }
  const { code: written, message: said, data, ...others } = raw
  const number = inNumbers(written) ?? withDoubles(written)
  const code = Number.isSafeInteger(number) ? Number(number) : undefined
  const message = `${messageOf(said, others, data)}${code === undefined ? kind(written) : ''}`
  return { code: code ?? INTERNAL_ERROR, message, ...(data !== undefined && { data }) }
}

function messageOf(said: unknown, others: JsonObject, data: unknown): string {
  const found = words(said) ?? (Object.keys(others).length > 0 ? words(others) : undefined)
  return found ?? (typeof data === 'string' ? words(data) : undefined) ?? NO_WORDS
}

/** `E_BUSY` and the like say more than the number in their place. */
function kind(code: unknown): string {
  return typeof code === 'string' && code.trim() !== '' ? ` (${code.slice(0, MAX_WORDS)})` : ''
}

/** Undefined where there are none. */
function words(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value
  if (value === undefined || value === null) return undefined
  const isEmpty = typeof value === 'object' && Object.keys(value).length === 0
  return isEmpty ? undefined : writeJson(value).slice(0, MAX_WORDS)
}
