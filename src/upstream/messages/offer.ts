/**
 * The types of what a server offers, as the server described it, after normalize.ts. Members that MCP doesn't know
 * are kept. A tool is an offer too (tool.ts).
 */
import type { JsonObject } from '../../json/record.ts'
import type { Tool } from './tool.ts'

export interface Prompt {
  readonly name: string
  readonly description?: string
  readonly [member: string]: unknown
}

export interface Resource {
  readonly uri: string
  readonly name: string
  readonly description?: string
  readonly [member: string]: unknown
}

export interface ResourceTemplate {
  /** RFC 6570. */
  readonly uriTemplate: string
  readonly name: string
  readonly description?: string
  readonly [member: string]: unknown
}

/** How long lists may be kept (2026-07-28 server/utilities/caching); servers of the older era say nothing of it. */
export interface CacheHint {
  readonly ttlMs: number
  readonly cacheScope: 'public' | 'private'
}

/** All that a running server offers. */
export interface Offers {
  readonly tools: readonly Tool[]
  readonly prompts: readonly Prompt[]
  readonly resources: readonly Resource[]
  readonly templates: readonly ResourceTemplate[]
  /** Its `ServerCapabilities`, as it declared them. */
  readonly capabilities: JsonObject
  readonly instructions?: string
  /** Lists of which nothing could be read yet. */
  readonly unread?: readonly OfferKind[]
  /** Lists that could not be read to their end. */
  readonly partial?: readonly OfferKind[]
  readonly cache: Readonly<Partial<Record<OfferKind, CacheHint>>>
}

export type OfferKind = 'tools' | 'prompts' | 'resources' | 'templates'
