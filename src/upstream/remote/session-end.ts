/**
 * Decides whether an answer says that the server doesn't know our session any more. Pure. 404 says so by the
 * specification (2025-11-25 basic/transports, session management), and 410 by its meaning, unless it is the answer of
 * JSON-RPC to this very request. Many servers say it with another status, without words or in those of any language.
 * But a tool may have sessions of its own, and a bad request is no end of one. So what is only likely is made certain
 * by a ping in that session (session-probe.ts): a wrong guess costs a ping.
 */
import { parseLine } from '../../wire/framing.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'

/** `stale`: it may be one, but the request may have been carried out. */
export type SessionEnd = 'certain' | 'likely' | 'stale' | 'no'

const ENDED: ReadonlySet<number> = new Set([404, 410])
/** They are about a login, a proxy or a pace, or the fault of whoever is in between, and never about a session. */
const NEVER: ReadonlySet<number> = new Set([401, 407, 429, 502, 503, 504])
/** SDKs use these codes for what is wrong with the session, and others for anything. */
const OF_TRANSPORT: ReadonlySet<unknown> = new Set([-32_000, -32_001])
const WORDS =
  /session|sesi[oó]n|sess[aã]o|sessione|sitzung|sessie|sesja|sesji|oturum|се(?:сси|анс)|сесі|会话|會話|会話|セッション|세션|सत्र|phiên|not (?:yet |been )*initiali[sz]ed|before initiali[sz]ation/i
const NO_WORDS = /^\s*(?:(?:http )?400:? ?)?(?:bad request)?\.?\s*$/i

/**
 * @param text the body of the answer, as far as it is known
 * @param id of the request, where it is one of JSON-RPC
 */
export function endByStatus(status: number, text: string, id?: number | string): SessionEnd {
  if (status < 400) return 'no'
  if (ENDED.has(status)) return answersTo(text, id) ? 'likely' : 'certain'
  if (WORDS.test(text) && status !== 401) return 'likely'
  if (NEVER.has(status)) return 'no'
  const error = errorIn(text)?.['error']
  if (status >= 500) return isRecord(error) ? 'no' : 'stale'
  if (!isRecord(error)) return 'likely'
  const { code, message } = error
  const isVague = typeof message !== 'string' || NO_WORDS.test(message)
  return isVague || OF_TRANSPORT.has(code) ? 'likely' : 'no'
}

/** Of an error that came as an answer of JSON-RPC. */
export function endByError(code: unknown, message: string): SessionEnd {
  return OF_TRANSPORT.has(code) || WORDS.test(message) ? 'likely' : 'no'
}

/** What a refusal says, but for what is different each time: numbers, and ids in hexadecimal. */
export function gistOf(status: number, text: string): string {
  const error = errorIn(text)?.['error']
  return isRecord(error)
    ? gistOfError(error['code'], String(error['message']), status)
    : `${status} ${withoutIds(text)}`
}

export function gistOfError(code: unknown, message: string, status = 200): string {
  return `${status} ${String(code)} ${withoutIds(message)}`
}

function withoutIds(text: string): string {
  return text.replaceAll(/[\da-f]+(?:-[\da-f]+)*/gi, '')
}

function answersTo(text: string, id: number | string | undefined): boolean {
  return id !== undefined && errorIn(text)?.['id'] === id
}

/** The error of JSON-RPC in the body of a refusal, where it is the answer to this request, or to one without a name. */
export function errorIn(text: string, id?: number | string): JsonObject | undefined {
  const frame = parseLine(Buffer.from(text.replaceAll(/[\r\n]/g, ' ')), 'response')
  if (frame?.kind !== 'message' || !isRecord(frame.message['error'])) return undefined
  const { id: answers } = frame.message
  const isNobodys = answers === undefined || answers === null || answers === 'server-error'
  return id === undefined || isNobodys || answers === id ? frame.message : undefined
}
