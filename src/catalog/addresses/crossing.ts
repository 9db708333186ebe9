/**
 * Chooses the part of a definition's `_meta` and icons that crosses to the host, for all kinds of definitions. Pure.
 *
 * - Keys reserved by MCP are left out: a host would take them for sidemux's own.
 * - `ui` belongs to MCP Apps and names a page of the server. It crosses only where servers.yaml wants the apps of this
 *   server, and with the URI that the host can read.
 * - Icons cross when their address is https or data:image.
 * - Characters that nobody sees (unseen.ts) are left out of the whole definition. Its schemas, names and URIs are
 *   changed elsewhere (rename-keys.ts, names.ts, uri.ts).
 */
import { isRecord, type JsonObject } from '../../json/record.ts'
import type { Edit } from '../edit.ts'
import { mapStrings, Unseen, withoutUnseen } from '../unseen.ts'
import { isAppUri, routedUri } from './uri.ts'
import { RESERVED_PREFIX } from '../../wire/message.ts'
import { isIcon } from '../../wire/shapes/content.ts'

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
  const found = new Unseen()
  const seen = mapStrings(definition, withoutUnseen, found)
  const { _meta, icons, ...rest } = seen
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
      ...unseenEdits(found),
      ...metaEdits(_meta, server),
      ...(safeIcons.length === all.length ? [] : [ICONS]),
    ],
  }
}

function unseenEdits({ words }: Unseen): readonly Edit[] {
  return words === undefined ? [] : [{ what: 'left out', part: 'characters', why: words }]
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

/** For whom a tool is (`_meta.ui.visibility`, a list; one word in its place means what it says); both, where it doesn't say. */
export function visibilityOf(tool: JsonObject): { readonly model: boolean; readonly page: boolean } {
  const meta = tool['_meta']
  const ui = isRecord(meta) ? meta['ui'] : undefined
  const said = isRecord(ui) ? ui['visibility'] : undefined
  const visibility = typeof said === 'string' ? [said] : said
  if (!Array.isArray(visibility)) return { model: true, page: true }
  return { model: visibility.includes('model'), page: visibility.includes('app') }
}

/** Hosts show a page where this tool is called. */
export function hasPage({ _meta: meta }: JsonObject): boolean {
  if (!isRecord(meta)) return false
  const { ui, 'ui/resourceUri': flat } = meta
  return typeof (isRecord(ui) ? (ui['resourceUri'] ?? flat) : flat) === 'string'
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
  return key.startsWith(RESERVED_PREFIX)
}

export function isOfApps(key: string): boolean {
  return key === 'ui' || key.startsWith('ui/')
}

/** 2026-07-28 basic/index, icons: consumers take https and data URIs only. */
function isSafeIcon(icon: unknown): boolean {
  return isIcon(icon) && /^(https:\/\/|data:image\/)/.test(icon.src)
}
