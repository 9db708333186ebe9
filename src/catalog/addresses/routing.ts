/**
 * The URIs in a result, as the host has to write them when it wants to read them: those of resource links, of embedded
 * resources and of what `resources/read` gave. A link to http or https is for the host to follow, so it stays; texts
 * and structured content are never touched. A URI of another server can't be named: it would be routed to this one.
 *
 * Results are normalised before (upstream/messages/results.ts). What has nothing to route is the same object again. Pure.
 */
import { STEADY } from '../../json/steady.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { mapItems, withMembers } from '../../json/same.ts'
import { appMeta, isOfApps, type Crossing } from './crossing.ts'
import { hostUri } from './uri.ts'

const MEMBERS = { tool: 'content', prompt: 'messages', resource: 'contents' } as const

export function routeResult(kind: keyof typeof MEMBERS, server: Crossing, result: JsonObject): JsonObject {
  const route = { tool: routeBlock, prompt: routeMessage, resource: routeContents }[kind]
  return routeMeta(
    mapMember(result, MEMBERS[kind], (list) => mapList(list, (item) => route(item, server))),
    server,
  )
}

function routeMessage(message: unknown, server: Crossing): unknown {
  if (!isRecord(message)) return message
  return mapMember(message, 'content', (content) =>
    Array.isArray(content)
      ? mapList(content, (block) => routeBlock(block, server))
      : routeBlock(content, server),
  )
}

function routeBlock(block: unknown, server: Crossing): unknown {
  if (!isRecord(block)) return block
  if (block['type'] === 'resource')
    return mapMember(block, 'resource', (resource) => routeContents(resource, server))
  const isLink = block['type'] === 'resource_link' && !/^https?:/i.test(String(block['uri']))
  return isLink ? routeContents(block, server) : block
}

function routeContents(contents: unknown, server: Crossing): unknown {
  if (!isRecord(contents)) return contents
  return mapMember(contents, 'uri', (uri) => (typeof uri === 'string' ? hostUri(server, uri) : uri))
}

/** `_meta.ui` is for hosts that show apps; without them it crosses as little as in a definition (crossing.ts). */
function routeMeta(result: JsonObject, server: Crossing): JsonObject {
  const { _meta } = result
  if (!isRecord(_meta) || !Object.keys(_meta).some(isOfApps)) return result
  const kept = Object.fromEntries(Object.entries(_meta).filter(([key]) => !isOfApps(key)))
  return {
    ...STEADY,
    ...result,
    _meta: { ...kept, ...(server.apps === true ? appMeta(_meta, server.id) : {}) },
  }
}

function mapMember(object: JsonObject, key: string, map: (value: unknown) => unknown): JsonObject {
  return withMembers(object, { [key]: map(object[key]) })
}

function mapList(list: unknown, map: (item: unknown) => unknown): unknown {
  return Array.isArray(list) ? mapItems(list, map) : list
}
