/** Works on what is accepted of one server: list by list, joined with what was seen, masked anew. Pure. */
import type { JsonObject } from '../../json/record.ts'
import {
  definitionKey,
  joined,
  PINNED_KINDS,
  type PinnedKind,
  type PinnedList,
  type Pins,
} from '../pins/pin.ts'
import type { LockedServer } from './lock-text.ts'

export function mapLists(pins: Pins, map: (list: PinnedList, kind: PinnedKind) => PinnedList): Pins {
  const { tools, prompts, templates } = pins
  return {
    tools: map(tools, 'tools'),
    prompts: map(prompts, 'prompts'),
    templates: map(templates, 'templates'),
  }
}

/** What another process wrote meanwhile goes first. */
export function withSeen(written: Pins, seen: Pins): Pins {
  return mapLists(written, (list, kind) => joined(list, seen[kind]))
}

/** Under the names that they have then; the same object where there is nothing to mask. */
export function maskedServer<T extends Partial<LockedServer> & Pins>(server: T, mask: <V>(value: V) => V): T {
  const lists = mapLists(server, (list) => {
    const pinned = maskedMap(list.pinned, mask, definitionKey)
    return pinned === list.pinned ? list : { ...list, pinned }
  })
  const instructions = mask(server.instructions)
  const resources = server.resources && maskedMap(server.resources, mask, ({ uri }) => String(uri))
  const isSame =
    PINNED_KINDS.every((kind) => lists[kind] === server[kind]) &&
    instructions === server.instructions &&
    resources === server.resources
  if (isSame) return server
  return {
    ...server,
    ...lists,
    ...(instructions !== undefined && { instructions }),
    ...(resources !== undefined && { resources }),
  }
}

function maskedMap(
  map: ReadonlyMap<string, JsonObject>,
  mask: <V>(value: V) => V,
  keyOf: (one: JsonObject) => string,
): ReadonlyMap<string, JsonObject> {
  const all = [...map.values()].map((one) => [one, mask(one)] as const)
  return all.every(([before, after]) => before === after)
    ? map
    : new Map(all.map(([, one]) => [keyOf(one), one]))
}
