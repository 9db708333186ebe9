/** `--since` and `--until`: a time, a day, or how long ago. */
import { parseDuration } from '../../duration.ts'
import { usage } from '../options.ts'

const DAY_MS = 86_400_000
const DAYS = /^(\d{1,5})([dw])$/
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)$/i

/**
 * Milliseconds since 1970. A time without a zone is that of this machine; one of the clock that is still to come today
 * was yesterday.
 * @throws SidemuxError when it is neither
 */
export function parseSince(text: string, now: number): number {
  return timeOf(text, now, '--since')
}

/**
 * The same; a day is meant with its end.
 * @throws SidemuxError when it is neither
 */
export function parseUntil(text: string, now: number): number {
  const at = timeOf(text, now, '--until')
  if (dayOf(text, now) === undefined) return at
  const end = new Date(at)
  end.setDate(end.getDate() + 1)
  return end.getTime() - 1
}

function timeOf(text: string, now: number, option: string): number {
  const at = ago(text, now) ?? clock(text, now) ?? dayOf(text, now) ?? date(text)
  if (at !== undefined && !Number.isNaN(at)) return at
  throw usage(
    `${option} is neither a time nor a duration`,
    `write for example ${option} 10m, ${option} 2d, ${option} yesterday, ${option} 14:30 or ${option} 2026-11-28T14:30`,
  )
}

function ago(text: string, now: number): number | undefined {
  const days = DAYS.exec(text)
  const ms = days === null ? parseDuration(text) : Number(days[1]) * DAY_MS * (days[2] === 'w' ? 7 : 1)
  return ms === undefined ? undefined : now - ms
}

function clock(text: string, now: number): number | undefined {
  const [, hours, minutes, seconds = '0'] = CLOCK.exec(text) ?? []
  if (hours === undefined || minutes === undefined) return undefined
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const at = new Date(now)
  at.setHours(Number(hours), Number(minutes), Number(seconds), 0)
  if (at.getTime() > now) at.setDate(at.getDate() - 1)
  return at.getTime()
}

/** When a day begins. */
function dayOf(text: string, now: number): number | undefined {
  // Date.parse takes a day alone for one of UTC.
  if (DATE.test(text)) return isDay(text) ? Date.parse(`${text}T00:00`) : undefined
  const word = text.toLowerCase()
  if (word !== 'today' && word !== 'yesterday') return undefined
  const at = new Date(now)
  at.setHours(0, 0, 0, 0)
  if (word === 'yesterday') at.setDate(at.getDate() - 1)
  return at.getTime()
}

/** Date.parse takes 31 February for 3 March. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

function date(text: string): number | undefined {
  const [, day, time] = DATE_TIME.exec(text) ?? []
  return day === undefined || time === undefined || !isDay(day)
    ? undefined
    : Date.parse(`${day}T${time.toUpperCase()}`)
}
