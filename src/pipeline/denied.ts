/**
 * Says beside the words of a server that failed which file its sandbox kept from it, and which setting gives it. The server's
 * own words stay as they are (promise 7): to the result of a tool it is one text more, which says whose it is. An error of
 * JSON-RPC has one message, so there it is `data.sidemux`, where the server sent no data. In the log it stands in any case.
 * Pure but for what it is handed.
 */
import { STEADY } from '../json/steady.ts'
import { isRecord } from '../json/record.ts'
import type { Result } from './call.ts'

/** What to say of a text of this server; undefined where there is nothing. */
export type DeniedWords = (server: string, text: string) => string | undefined

export function withDenied(result: Result, server: string, denied: DeniedWords): Result {
  const { isError, content } = result
  if (isError !== true || !Array.isArray(content)) return result
  const parts: readonly unknown[] = content
  const texts = parts.flatMap((part) =>
    isRecord(part) && part['type'] === 'text' && typeof part['text'] === 'string' ? [part['text']] : [],
  )
  const text = denied(server, texts.join('\n'))
  return text === undefined ? result : { ...STEADY, ...result, content: [...parts, { type: 'text', text }] }
}

interface ServerError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export function errorWithDenied(
  { code, message, data }: ServerError,
  server: string,
  denied: DeniedWords,
): ServerError {
  // Asked in any case, since who is asked tells the log.
  const text = denied(server, message)
  if (data !== undefined) return { code, message, data }
  return text === undefined ? { code, message } : { code, message, data: { sidemux: text } }
}
