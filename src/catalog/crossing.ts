/**
 * What of a definition's `_meta` and icons crosses to the host, whatever it is a definition of. Pure.
 *
 * Reserved keys would pass the child's identity off as ours. `ui` belongs to MCP Apps: it points at a resource of the
 * server, so it crosses only where the operator wants that server's apps, and with the URI that the host can read.
 */
import { isSpecType } from '@modelcontextprotocol/server'
import { isRecord, type JsonObject } from '../upstream/normalize.ts'
import { isAppUri, routedUri } from './uri.ts'

export interface Crossing {
  readonly id: string
  /** MCP Apps of this server are shown. */
  readonly apps?: boolean
}

/** The definition with those of its `_meta` and icons that cross. */
export function crossing(definition: JsonObject, server: Crossing): JsonObject {
  const { _meta, icons, ...rest } = definition
  const meta = crossingMeta(_meta, server)
  const safeIcons = Array.isArray(icons) ? icons.filter(isSafeIcon) : []
  return {
    ...rest,
    ...(meta === undefined ? {} : { _meta: meta }),
    ...(safeIcons.length === 0 ? {} : { icons: safeIcons }),
  }
}

function crossingMeta(meta: unknown, server: Crossing): JsonObject | undefined {
  if (!isRecord(meta)) return undefined
  const kept = Object.entries(meta).filter(
    ([key]) => !key.startsWith('io.modelcontextprotocol/') && key !== 'ui' && !key.startsWith('ui/'),
  )
  const all = [...kept, ...(server.apps === true ? Object.entries(appMeta(meta, server.id)) : [])]
  return all.length === 0 ? undefined : Object.fromEntries(all)
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

/** 2026-07-28 basic/index, icons: consumers take https and data URIs only. */
function isSafeIcon(icon: unknown): boolean {
  return isSpecType.Icon(icon) && /^(https:\/\/|data:image\/)/.test(icon.src)
}
