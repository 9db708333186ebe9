/**
 * `sidemux tools --tokens`: what the tools of each server cost the model's context in every conversation. Counted is what
 * hosts hand on to a model of a tool: name, description and inputSchema, as JSON.
 *
 * Tokens are estimated with tokenx, since the tables of a real tokenizer are larger than sidemux itself. Over 217 tools of
 * twelve published servers it is 2 % below to 7 % above OpenAI's o200k for each server, and 1 % above it for all. Other
 * models cut otherwise; how Anthropic's do isn't published.
 */
import { estimateTokenCount } from 'tokenx'
import type { Entry } from '../../catalog/offers/select.ts'
import { tooManyTools } from '../../catalog/tool-limits.ts'
import type { JsonObject } from '../../json/record.ts'
import type { SurfaceRules } from '../../surface/options.ts'
import { searchSurface } from '../../surface/own-tools.ts'
import { table } from '../common/table.ts'

export interface ServerCost {
  readonly server: string
  /** Those that are listed. */
  readonly tools: number
  readonly tokens: number
  /** The emitted name of the one that costs most, and how much. */
  readonly most?: { readonly name: string; readonly tokens: number }
}

interface ListCost {
  readonly tools: number
  readonly tokens: number
}

export interface ToolCosts {
  /** The dearest first. */
  readonly servers: readonly ServerCost[]
  readonly all: ListCost
  /** What is listed with `surface: search`. */
  readonly search: ListCost
  /** Which of them servers.yaml has. */
  readonly surface: SurfaceRules['mode']
}

/**
 * @param entries tools of all servers
 * @param isKept whether it is listed with `surface: search` too
 */
export function toolCosts(
  entries: readonly Entry[],
  servers: readonly string[],
  { surface, isKept }: { readonly surface: SurfaceRules; readonly isKept: (entry: Entry) => boolean },
): ToolCosts {
  const listed = entries.filter((entry) => entry.listed !== undefined && entry.pageOnly !== true)
  const costs = new Map(listed.map((entry) => [entry, tokensOf(entry.listed ?? {})]))
  const sumOf = (some: readonly Entry[]): number =>
    some.reduce((sum, entry) => sum + (costs.get(entry) ?? 0), 0)
  const own = searchSurface(servers)
  const kept = listed.filter(isKept)
  return {
    servers: servers
      .map((server): ServerCost => {
        const its = listed.filter(({ target }) => target.server === server)
        const [dearest] = its.toSorted((a, b) => (costs.get(b) ?? 0) - (costs.get(a) ?? 0))
        return {
          server,
          tools: its.length,
          tokens: sumOf(its),
          ...(dearest !== undefined && {
            most: { name: dearest.target.emitted, tokens: costs.get(dearest) ?? 0 },
          }),
        }
      })
      .toSorted((a, b) => b.tokens - a.tokens),
    all: { tools: listed.length, tokens: sumOf(listed) },
    search: {
      tools: own.length + kept.length,
      tokens: own.reduce((sum, tool) => sum + tokensOf(tool), 0) + sumOf(kept),
    },
    surface: surface.mode,
  }
}

export function costsText({ servers, all, search, surface }: ToolCosts): string {
  const now = (mode: SurfaceRules['mode']): string => (mode === surface ? ', as it is now' : '')
  const rows = servers.map(({ server, tools, tokens, most }) => [
    server,
    String(tools),
    String(tokens),
    most === undefined ? '' : `${most.name} ${most.tokens}`,
  ])
  const sums = [
    [`surface: all${now('all')}`, String(all.tools), String(all.tokens), ''],
    [`surface: search${now('search')}`, String(search.tools), String(search.tokens), ''],
  ]
  return `${table(['server', 'tools', 'tokens', 'the dearest tool'], [...rows, ...sums])}tokens are estimated: within 7 % a server of OpenAI's o200k, and other models differ\n`
}

export function costsJson(costs: ToolCosts): unknown {
  const warning = tooManyTools(costs[costs.surface].tools)
  return { ...costs, ...(warning !== undefined && { warning: warning.message }) }
}

function tokensOf({ name, description, inputSchema }: JsonObject): number {
  return estimateTokenCount(JSON.stringify({ name, description, inputSchema }))
}
