/**
 * Puts values into a request in place of their placeholders: in those parts of it that `in:` names. Pure.
 *
 * Headers that say something of the client or of the message (User-Agent, Referer, Content-Type) are never filled: no
 * service takes a token there, and many keep them and show them later.
 */
import type { BrokeredSecret, FillPlace } from '../brokered.ts'

interface Filled<T> {
  readonly filled: T
  /** Which secrets are in it now. */
  readonly used: readonly BrokeredSecret[]
}

/** Says what stands in the place of a placeholder. */
type Writing = (text: string) => string

const NEVER =
  /^(?:host|user-agent|referer|origin|via|from|date|expect|range|forwarded|traceparent|tracestate|baggage|x-(?:request|correlation)-id|(?:accept|content|if|x-forwarded|sec)-.*|accept)$/i
/** Such a stretch may be base64 of a text with a placeholder in it, as of `user:password`. */
const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g

/** @param headers names and values in turn, as they came */
export function fillHeaders(
  headers: readonly string[],
  secrets: readonly BrokeredSecret[],
): Filled<readonly string[]> {
  const wanted = at('header', secrets)
  const used = new Set<BrokeredSecret>()
  const filled = headers.map((text, index) => {
    if (index % 2 === 0 || wanted.length === 0 || NEVER.test(headers[index - 1] ?? '')) return text
    const plain = put(text, wanted, used, asItIs)
    return plain === text ? inBase64(text, wanted, used) : plain
  })
  return { filled, used: [...used] }
}

/** @param target path and query, as a request has them */
export function fillTarget(target: string, secrets: readonly BrokeredSecret[]): Filled<string> {
  const used = new Set<BrokeredSecret>()
  const split = target.indexOf('?')
  const path = split === -1 ? target : target.slice(0, split)
  const query = split === -1 ? '' : target.slice(split)
  const filled =
    put(path, at('path', secrets), used, inAddress) + put(query, at('query', secrets), used, inAddress)
  return { filled, used: [...used] }
}

/**
 * @param body its bytes as Latin-1
 * @param type of the content, which says how a text is written in it
 */
export function fillBody(body: string, type: string, secrets: readonly BrokeredSecret[]): Filled<string> {
  const used = new Set<BrokeredSecret>()
  const filled = put(body, at('body', secrets), used, writingOf(type))
  return { filled, used: [...used] }
}

/** Whether a request has to be read whole before it is sent. */
export function fillsBody(secrets: readonly BrokeredSecret[]): boolean {
  return at('body', secrets).length > 0
}

function at(place: FillPlace, secrets: readonly BrokeredSecret[]): readonly BrokeredSecret[] {
  return secrets.filter(({ places }) => places.includes(place))
}

function put(
  text: string,
  secrets: readonly BrokeredSecret[],
  used: Set<BrokeredSecret>,
  write: Writing,
): string {
  let filled = text
  for (const one of secrets)
    for (const written of new Set([one.placeholder, write(one.placeholder)])) {
      if (!filled.includes(written)) continue
      used.add(one)
      filled = filled.replaceAll(written, () => write(one.secret.reveal()))
    }
  return filled
}

function inBase64(text: string, secrets: readonly BrokeredSecret[], used: Set<BrokeredSecret>): string {
  return text.replaceAll(BASE64, (stretch) => {
    const isUrl = /[-_]/.test(stretch)
    const inside = Buffer.from(stretch, 'base64').toString('latin1')
    const filled = put(inside, secrets, used, asItIs)
    if (filled === inside) return stretch
    const written = Buffer.from(filled, 'latin1').toString(isUrl ? 'base64url' : 'base64')
    return stretch.endsWith('=') || stretch.length % 4 === 0 ? written : written.replace(/=+$/, '')
  })
}

/** As UTF-8, a byte a character. */
const asItIs: Writing = (text) => Buffer.from(text, 'utf8').toString('latin1')

const inAddress: Writing = (text) => encodeURIComponent(text).replaceAll(/[!'()*]/g, percent)

const inForm: Writing = (text) => inAddress(text).replaceAll('%20', '+')

const inJson: Writing = (text) => asItIs(JSON.stringify(text).slice(1, -1))

function writingOf(type: string): Writing {
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return inForm
  return /^[\w.-]+\/(?:[\w.-]+\+)?json\b/i.test(type) ? inJson : asItIs
}

function percent(mark: string): string {
  return `%${mark.charCodeAt(0).toString(16).toUpperCase()}`
}
