/**
 * Reads what a search asks for, and writes what it answers. Servers write descriptions and schemas, so each found tool is JSON in one text: none
 * can speak for another or for sidemux. The answer has a bound; what doesn't fit is named with its first words. Pure.
 */
import type { Entry } from '../../catalog/offers/select.ts'
import { writeJson } from '../../json/write.ts'
import type { JsonObject } from '../../json/record.ts'
import { nearestName } from '../../nearest.ts'
import { CALL_TOOL, MAX_FOUND, MAX_QUERY_LENGTH, USUAL_FOUND } from '../own-tools.ts'

export interface WantedTools {
  readonly query: string
  readonly server?: string
  readonly limit: number
}

export interface FoundTools {
  /** The best first, at most as many as were asked for. */
  readonly tools: readonly Entry[]
  /** How many there are in all. */
  readonly total: number
}

/** Of all found tools together, in characters of JSON; some 8,000 tokens. */
const MAX_ANSWER = 32_000
/** Of one: it is shown whole where it is the first. */
const MAX_TOOL = 64_000
/** Of a description, as Claude Code cuts it (2.1.84). */
const MAX_DESCRIPTION = 2048
const MAX_BRIEF = 160

/** The search, or what is wrong, in words that quote nothing. */
export function readSearch({ query, server, limit }: JsonObject): WantedTools | string {
  if (typeof query !== 'string') return 'query is required and is text'
  if (query.length > MAX_QUERY_LENGTH) return `query has at most ${MAX_QUERY_LENGTH} characters`
  if (server !== undefined && server !== null && typeof server !== 'string')
    return 'server is the name of a server'
  // Models write numbers as text too.
  const wanted = Number(limit ?? USUAL_FOUND)
  if (!Number.isFinite(wanted)) return `limit is a number from 1 to ${MAX_FOUND}`
  return {
    query,
    limit: Math.min(MAX_FOUND, Math.max(1, Math.floor(wanted))),
    ...(typeof server === 'string' && server !== '' && { server }),
  }
}

export interface Around {
  readonly servers: readonly string[]
  /** Of these nothing is known yet. */
  readonly unknown: readonly string[]
}

/** As a result of `tools/call`. */
export function answerSearch(
  { server }: WantedTools,
  { tools, total }: FoundTools,
  around: Around,
): JsonObject {
  const shown = withinBounds(tools)
  const isServer = server === undefined || around.servers.includes(server)
  const answer = {
    tools: shown,
    ...(total > tools.length && { more: total - tools.length }),
    ...(around.unknown.length > 0 && { notKnownYet: around.unknown }),
    hint: isServer ? hint(shown) : noServer(server, around.servers),
  }
  return { content: [{ type: 'text', text: writeJson(answer) }] }
}

function hint(shown: readonly JsonObject[]): string {
  if (shown.length === 0) return 'nothing fits: use other words, or only the name of a thing'
  const isWhole = shown.every((tool) => 'inputSchema' in tool)
  const brief = 'search for the name of a tool to see its inputSchema; '
  return `${isWhole ? '' : brief}call one with ${CALL_TOOL}`
}

function noServer(server: string, servers: readonly string[]): string {
  const nearest = nearestName(server, servers)
  return nearest === undefined
    ? 'there is no such server'
    : `there is no such server; did you mean ${nearest}?`
}

function withinBounds(tools: readonly Entry[]): readonly JsonObject[] {
  let left = MAX_ANSWER
  return tools.map((entry, index) => {
    const whole = wholeTool(entry)
    const { length } = writeJson(whole)
    const fits = length <= left || (index === 0 && length <= MAX_TOOL)
    if (!fits) return briefTool(entry)
    left -= length
    return whole
  })
}

function wholeTool(entry: Entry): JsonObject {
  const { listed = {} } = entry
  const { title, description, inputSchema } = listed
  return {
    name: entry.target.emitted,
    ...(typeof title === 'string' && { title: cut(title, MAX_BRIEF) }),
    ...(typeof description === 'string' && { description: cut(description, MAX_DESCRIPTION) }),
    asks: asksOf(entry),
    inputSchema,
  }
}

function briefTool(entry: Entry): JsonObject {
  const { description } = entry.listed ?? {}
  return {
    name: entry.target.emitted,
    ...(typeof description === 'string' && { description: cut(description, MAX_BRIEF) }),
    asks: asksOf(entry),
  }
}

/** Whether a person is asked before it runs. */
function asksOf({ target: { verdict }, verdictOf }: Entry): boolean | string {
  if (verdictOf !== undefined) return 'it depends on the arguments'
  return verdict.kind === 'confirm'
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`
}
