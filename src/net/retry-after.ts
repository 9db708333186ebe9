/**
 * Reads how long a back end wants to be left alone (RFC 9110 10.2.3), in milliseconds from now. It comes as seconds
 * or as a time; a time is on the back end's clock, so it counts from the answer's own Date if there is one. Anything
 * else is no wish, and one that would last for days (some services tell the end of a month's quota) is cut to an
 * hour: asking once an hour harms nobody, and an absurd wish must not end the asking.
 */

export const LONGEST_WISH_MS = 60 * 60_000

/** A date of HTTP in any of its three forms; what lacks a zone is GMT there, and not this machine's. */
const DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i
const ZONE = /(?:gmt|utc|[+-]\d{4})$/i

export function parseRetryAfter(
  header: string | null | undefined,
  { serverTime, now = Date.now() }: { readonly serverTime?: number | undefined; readonly now?: number } = {},
): number | undefined {
  const text = (header ?? '').trim()
  if (/^\d+(?:\.\d+)?$/.test(text)) return bounded(Number(text) * 1000)
  if (!DATE.test(text)) return undefined
  const moment = Date.parse(ZONE.test(text) ? text : `${text} GMT`)
  return Number.isNaN(moment) ? undefined : bounded(moment - (serverTime ?? now))
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), LONGEST_WISH_MS)
}
