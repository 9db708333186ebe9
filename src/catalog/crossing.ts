/**
 * What of a definition's `_meta` and icons crosses to the host, whatever it is a definition of. Pure.
 *
 * Reserved keys would pass the child's identity off as ours. `ui` belongs to MCP Apps: it points at a resource of the
 * server, so it crosses only where the operator wants that server's apps, and with the URI that the host can read.
 */
import { isSpecType } from '@modelcontextprotocol/server'
import { isRecord, type JsonObject } from '../upstream/normalize.ts'
import type { Edit } from './edit.ts'
import { isAppUri, routedUri } from './uri.ts'

export interface Crossing {
  readonly id: string
  /** MCP Apps of this server are shown. */
  readonly apps?: boolean
}

/** The definition with those of its `_meta` and icons that cross, and what of them doesn't. */
export function crossing(
  definition: JsonObject,
  server: Crossing,
): { readonly shown: JsonObject; readonly edits: readonly Edit[] } {
  const { _meta, icons, ...rest } = definition
  const meta = crossingMeta(_meta, server)
  const all: readonly unknown[] = Array.isArray(icons) ? icons : []
  const safeIcons = all.filter(isSafeIcon)
  return {
    shown: {
      ...rest,
      ...(meta === undefined ? {} : { _meta: meta }),
      ...(safeIcons.length === 0 ? {} : { icons: safeIcons }),
    },
    edits: [
      ...(JSON.stringify(rest).includes('[redacted:') ? [MASKED] : []),
      ...metaEdits(_meta, server),
      ...(safeIcons.length === all.length ? [] : [ICONS]),
    ],
  }
}

const MASKED: Edit = { what: 'masked', part: 'definition', why: 'it holds a secret' }
const ICONS: Edit = {
  what: 'left out',
  part: 'icons',
  why: 'an icon is an https or data:image address (2026-07-28 basic/index)',
}

function metaEdits(meta: unknown, server: Crossing): readonly Edit[] {
  const keys = isRecord(meta) ? Object.keys(meta) : []
  return keys.flatMap((key): readonly Edit[] => {
    const part = `_meta["${key}"]`
    if (isReserved(key))
      return [{ what: 'left out', part, why: 'MCP keeps such keys for the two ends of a hop' }]
    const isOff = isOfApps(key) && server.apps !== true
    return isOff ? [{ what: 'left out', part, why: `servers.${server.id}.apps is not true` }] : []
  })
}

function crossingMeta(meta: unknown, server: Crossing): JsonObject | undefined {
  if (!isRecord(meta)) return undefined
  const kept = Object.entries(meta).filter(([key]) => !isReserved(key) && !isOfApps(key))
  const all = [...kept, ...(server.apps === true ? Object.entries(appMeta(meta, server.id)) : [])]
  return all.length === 0 ? undefined : Object.fromEntries(all)
}

/** For whom a tool is (`_meta.ui.visibility`); both, where it doesn't say. */
export function visibilityOf(tool: JsonObject): { readonly model: boolean; readonly page: boolean } {
  const meta = tool['_meta']
  const ui = isRecord(meta) ? meta['ui'] : undefined
  const visibility = isRecord(ui) ? ui['visibility'] : undefined
  if (!Array.isArray(visibility)) return { model: true, page: true }
  return { model: visibility.includes('model'), page: visibility.includes('app') }
}

/** ext-apps 2026-01-26: `_meta.ui`, and its deprecated flat form; a URI that is no app's is left out. */
export function appMeta(meta: JsonObject, server: string): JsonObject {
  const { ui, 'ui/resourceUri': flat } = meta
  return {
    ...(isRecord(ui) && { ui: withAppUri(ui, server) }),
    ...(typeof flat === 'string' && isAppUri(flat) && { 'ui/resourceUri': routedUri(server, flat) }),
  }
}

function withAppUri({ resourceUri, ...rest }: JsonObject, server: string): JsonObject {
  return typeof resourceUri === 'string' && isAppUri(resourceUri)
    ? { ...rest, resourceUri: routedUri(server, resourceUri) }
    : rest
}

function isReserved(key: string): boolean {
  return key.startsWith('io.modelcontextprotocol/')
}

export function isOfApps(key: string): boolean {
  return key === 'ui' || key.startsWith('ui/')
}

/** 2026-07-28 basic/index, icons: consumers take https and data URIs only. */
function isSafeIcon(icon: unknown): boolean {
  return isSpecType.Icon(icon) && /^(https:\/\/|data:image\/)/.test(icon.src)
}
