/** All that one server offers on its way into the catalog, by what is pinned of it and under one set of names. Pure. */
import type { JsonObject } from '../../json/record.ts'
import type { OfferKind, Offers } from '../../upstream/messages/offer.ts'
import { leftOut } from '../edit.ts'
import { emittedNames } from '../names.ts'
import {
  definitionKey,
  NEW,
  pinnedIn,
  PINNED_KINDS,
  type AcceptedOffers,
  type PinnedList,
  type Pins,
} from '../pins/pin.ts'
import { selectPrompt } from './prompts.ts'
import { selectResource, selectTemplate } from './resources.ts'
import { select, type CatalogServer, type Entry } from './select.ts'

export type Entries = Readonly<Record<OfferKind, readonly Entry[]>>

/** Of one list: a host is flooded by ever new names too, and each of them costs work. */
export const MAX_NEW = 200

type Lists = Pick<Offers, 'tools'> & Partial<Pick<Offers, 'prompts' | 'resources' | 'templates'>>

export function catalogEntriesOf(
  server: CatalogServer,
  { tools, prompts = [], resources = [], templates = [] }: Lists,
  pins: AcceptedOffers,
): Entries {
  return {
    tools: each(server, tools, pins.tools, (tool, pinned, name) => select(server, tool, pinned, name)),
    prompts: each(server, prompts, pins.prompts, (prompt, pinned, name) =>
      selectPrompt(server, prompt, pinned, name),
    ),
    resources: resources.map((resource) =>
      selectResource(server, resource, pins.resources?.get(resource.uri)),
    ),
    templates: templateEntries(server, templates, pins.templates),
  }
}

/** All of them, listed or not, because what is read is judged by the templates that could make it. */
function templateEntries(
  server: CatalogServer,
  templates: Offers['templates'],
  pins: PinnedList,
): readonly Entry[] {
  const listed = new Set(withoutTooNew(templates, pins))
  return templates.map((template) => {
    const entry = selectTemplate(server, template, pinnedIn(pins, template.uriTemplate))
    if (listed.has(template)) return entry
    const { target, notes } = entry
    return { target, notes, edits: [leftOut(`more than ${MAX_NEW} templates of its server are new`)] }
  })
}

/** How many are new beyond those that are listed. */
export function unlisted(lists: Lists, pins: Pins): number {
  const beyond = PINNED_KINDS.map((kind) => {
    const list = lists[kind] ?? []
    return list.length - withoutTooNew<Named>(list, pins[kind]).length
  })
  return beyond.reduce((sum, one) => sum + one, 0)
}

type Named = JsonObject & { readonly name: string }

function each<T extends Named>(
  server: CatalogServer,
  all: readonly T[],
  pins: PinnedList,
  make: (one: T, pinned: ReturnType<typeof pinnedIn>, emitted: string | undefined) => Entry,
): readonly Entry[] {
  const list = withoutTooNew(all, pins)
  const isNew = (name: string): boolean => pinnedIn(pins, name) === NEW
  const names = emittedNames(
    server.id,
    list.map(({ name }) => name),
    isNew,
  )
  return list.map((one) => make(one, pinnedIn(pins, one.name), names.get(one.name)))
}

/** The first of those that are new, as the server lists them. */
function withoutTooNew<T extends Named>(list: readonly T[], pins: PinnedList): readonly T[] {
  let left = MAX_NEW
  return list.filter((one) => pinnedIn(pins, definitionKey(one)) !== NEW || left-- > 0)
}
