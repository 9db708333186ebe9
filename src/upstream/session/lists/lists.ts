/**
 * Corrects lists of prompts, resources and resource templates, as normalize.ts corrects tools. An entry needs its
 * name and its own key. Of two entries with the same key the first counts. A known member of the wrong type is left
 * out; unknown members are kept. Pure.
 */
import {
  isUsableName,
  normalizeTools,
  onlyWellTyped,
  shownName,
  tidyValue,
} from '../../messages/normalize.ts'
import { isRecord, type JsonObject } from '../../../json/record.ts'
import type { OfferKind, Prompt, Resource, ResourceTemplate } from '../../messages/offer.ts'
import type { Tool } from '../../messages/tool.ts'

export interface Listed<T> {
  readonly entries: readonly T[]
  /** One sentence for each thing that was left out. */
  readonly warnings: readonly string[]
}

export interface ListKind<T> {
  readonly kind: OfferKind
  readonly method: string
  /** The member of the result that holds the list. */
  readonly member: string
  /** The server's capability without which there is none. */
  readonly capability: 'tools' | 'prompts' | 'resources'
  normalize(raw: readonly unknown[]): Listed<T>
}

const isString = (value: unknown): boolean => typeof value === 'string'
const MAX_URI_LENGTH = 8192

const COMMON: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['title', isString],
  ['description', isString],
  ['icons', Array.isArray],
  ['_meta', isRecord],
])
const OF_PROMPT = new Map([...COMMON, ['arguments', Array.isArray]])
const OF_RESOURCE = new Map([
  ...COMMON,
  ['mimeType', isString],
  ['size', (value: unknown) => typeof value === 'number'],
  ['annotations', isRecord],
])

export const TOOLS: ListKind<Tool> = {
  kind: 'tools',
  method: 'tools/list',
  member: 'tools',
  capability: 'tools',
  normalize: (raw) => {
    const { tools, warnings } = normalizeTools(raw)
    return { entries: tools, warnings }
  },
}

export const PROMPTS: ListKind<Prompt> = {
  kind: 'prompts',
  method: 'prompts/list',
  member: 'prompts',
  capability: 'prompts',
  normalize: (raw) =>
    tidy(raw, 'prompt', 'name', isUsableName, OF_PROMPT, (name, entry) => ({
      ...entry,
      name,
      ...(Array.isArray(entry['arguments']) && { arguments: promptArguments(entry['arguments']) }),
    })),
}

export const RESOURCES: ListKind<Resource> = {
  kind: 'resources',
  method: 'resources/list',
  member: 'resources',
  capability: 'resources',
  normalize: (raw) => tidy(raw, 'resource', 'uri', isUsableUri, OF_RESOURCE, named('uri')),
}

export const TEMPLATES: ListKind<ResourceTemplate> = {
  kind: 'templates',
  method: 'resources/templates/list',
  member: 'resourceTemplates',
  capability: 'resources',
  normalize: (raw) => tidy(raw, 'template', 'uriTemplate', isUsableUri, OF_RESOURCE, named('uriTemplate')),
}

/** Every entry has a name (2026-07-28 server/resources); the key stands in for one that is missing. */
function named<K extends 'uri' | 'uriTemplate'>(key: K) {
  return (value: string, entry: JsonObject) =>
    ({
      ...entry,
      [key]: value,
      name: typeof entry['name'] === 'string' ? entry['name'] : value,
    }) as JsonObject & Record<K, string> & { name: string }
}

function isUsableUri(uri: string): boolean {
  return uri.length > 0 && uri.length <= MAX_URI_LENGTH && uri.isWellFormed()
}

function tidy<T>(
  raw: readonly unknown[],
  what: string,
  key: string,
  isUsable: (value: string) => boolean,
  types: ReadonlyMap<string, (value: unknown) => boolean>,
  make: (key: string, entry: JsonObject) => T,
): Listed<T> {
  const entries = new Map<string, T>()
  const warnings: string[] = []
  for (const [index, entry] of raw.entries()) {
    const value = isRecord(entry) ? entry[key] : undefined
    if (!isRecord(entry) || typeof value !== 'string' || !isUsable(value)) {
      warnings.push(
        `${what} ${index + 1} of the list has no usable ${key}${shownName(value)} and is left out`,
      )
    } else if (entries.has(value)) {
      warnings.push(`${what} ${index + 1} of the list is a second one of the same ${key} and is left out`)
    } else {
      const { kept, dropped } = onlyWellTyped(tidyValue(entry) as JsonObject, types)
      if (dropped.length > 0)
        warnings.push(`${what} ${index + 1} of the list is used without its ill-typed ${dropped.join(', ')}`)
      entries.set(value, make(value, kept))
    }
  }
  return { entries: [...entries.values()], warnings }
}

function promptArguments(raw: readonly unknown[]): readonly JsonObject[] {
  return raw.flatMap((argument) => {
    if (!isRecord(argument) || typeof argument['name'] !== 'string') return []
    const { description, required, title, ...rest } = argument
    return [
      {
        ...rest,
        ...(typeof title === 'string' && { title }),
        ...(typeof description === 'string' && { description }),
        ...(typeof required === 'boolean' && { required }),
      },
    ]
  })
}
