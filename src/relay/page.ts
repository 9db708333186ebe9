/**
 * Decides whether the user may be sent to an address (2025-11-25 client/elicitation, Safe URL Handling). It must be
 * one whose host a person can read off it: https, or http to this machine, no user name in front of the host, nothing
 * that a browser would quietly take out or turn round. It is passed on as it is and never fetched. Pure.
 */
import { visibleLine } from '../visible.ts'
import { parsedUrl } from '../parsed-url.ts'

export type JudgedPage =
  | { readonly kind: 'fine'; readonly host: string }
  | { readonly kind: 'bad'; readonly why: string }

const MAX_URL_LENGTH = 8192
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

export function judgePage(url: unknown): JudgedPage {
  if (typeof url !== 'string') return bad('its page has no usable address')
  if (url.length > MAX_URL_LENGTH)
    return bad(`the address of its page has more than ${MAX_URL_LENGTH} characters`)
  const parsed = parsedUrl(url)
  if (parsed === undefined) return bad('its page has no usable address')
  if (/[\s\\]/.test(url) || visibleLine(url) !== url)
    return bad('the address of its page has characters that hide where it leads')
  if (url.includes('[redacted:')) return bad('the address of its page holds a secret')
  const { protocol, username, password, hostname, host } = parsed
  if (username !== '' || password !== '') return bad('the address of its page has a user name in it')
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))
  // The host in its plain form: one in look-alike letters begins with xn--.
  return isSafe && /^https?:\/\//i.test(url)
    ? { kind: 'fine', host }
    : bad('the address of its page is not https')
}

/**
 * An `elicitationId` as the host knows it. Servers count in their own ways, and none may tell the host that what another
 * one asked for, or sidemux itself, has been dealt with.
 */
export function pageId(server: string, id: string): string {
  return `${server}/${id}`
}

function bad(why: string): JudgedPage {
  return { kind: 'bad', why }
}
