/**
 * One resource or resource template of one server on its way into the catalog: its verdict, and what of it the host is
 * shown. Pure.
 *
 * A template says which resources there could be. Rules decide by its `uriTemplate` whether it is listed, and by the
 * URI whether what came of it may be read. `ui://` is what hosts show as a page (MCP Apps): hidden, unless the operator
 * wants this server's apps.
 */
import { isSpecType } from '@modelcontextprotocol/server'
import { decideAccess } from '../policy/access.ts'
import type { Verdict } from '../policy/rules.ts'
import { isRecord, type JsonObject } from '../upstream/normalize.ts'
import type { Resource, ResourceTemplate } from '../upstream/offer.ts'
import { crossing } from './crossing.ts'
import type { Edit } from './edit.ts'
import { definitionHash } from './pin.ts'
import { show } from './prompts.ts'
import type { CatalogServer, Entry } from './select.ts'
import type { Target } from './target.ts'
import { hostUri, isAppUri, routedTemplate } from './uri.ts'

/** As long as a URI of a list may be. */
const MAX_URI_LENGTH = 8192

export function selectResource(server: CatalogServer, resource: Resource): Entry {
  const target = targetOfUri(server, resource.uri, resource)
  const { shown, edits } = crossingResource(resource, server)
  return show(target, { ...shown, uri: target.emitted }, isSpecType.Resource, edits)
}

export function selectTemplate(server: CatalogServer, template: ResourceTemplate): Entry {
  const { uriTemplate } = template
  const verdict = appsOff(server, uriTemplate) ?? decide(server, 'template', uriTemplate)
  const target: Target = {
    ...common(server, template),
    kind: 'template',
    name: uriTemplate,
    emitted: routedTemplate(server.id, uriTemplate),
    verdict,
  }
  const { shown, edits } = crossingResource(template, server)
  return show(target, { ...shown, uriTemplate: target.emitted }, isSpecType.ResourceTemplate, edits)
}

/** @param listed what the server says of it; a host may also read what no list has, such as what a template makes. */
export function targetOfUri(server: CatalogServer, uri: string, listed: Resource | undefined): Target {
  const definition = listed ?? { uri }
  const unusable =
    uri.length > MAX_URI_LENGTH || !uri.isWellFormed()
      ? hidden('uri', `A URI is well-formed and has at most ${MAX_URI_LENGTH} characters.`)
      : undefined
  return {
    ...common(server, definition),
    kind: 'resource',
    name: uri,
    emitted: hostUri(server, uri),
    verdict: unusable ?? appsOff(server, uri) ?? decide(server, 'resource', uri),
  }
}

function common(
  server: CatalogServer,
  definition: JsonObject,
): Pick<Target, 'server' | 'definition' | 'hash' | 'launchHash' | 'changes'> {
  return {
    server: server.id,
    definition,
    // Not as a tool of the same definition: a yes to this is none to that.
    hash: definitionHash({ resource: definition }) ?? 'unhashable',
    launchHash: server.launchHash,
    changes: [],
  }
}

function decide(server: CatalogServer, kind: 'resource' | 'template', name: string): Verdict {
  return decideAccess(kind, name, server.resources, server.narrowed?.resources)
}

function appsOff(server: CatalogServer, uri: string): Verdict | undefined {
  return isAppUri(uri) && server.apps !== true
    ? hidden('apps', `Pages of this server are shown only with servers.${server.id}.apps: true.`)
    : undefined
}

function hidden(rule: string, reason: string): Verdict {
  return { kind: 'hidden', risk: 'read', rule, reason }
}

/** What of the audience, priority and date is not of their type is left out; a wrong one would cost the whole list. */
function crossingResource(definition: JsonObject, server: CatalogServer): ReturnType<typeof crossing> {
  const { shown, edits } = crossing(definition, server)
  const { annotations, ...rest } = shown
  if (!isRecord(annotations)) return { shown, edits }
  const typed = wellTyped(annotations)
  const isWhole = Object.keys(typed).length === Object.keys(annotations).length
  return { shown: { ...rest, annotations: typed }, edits: isWhole ? edits : [...edits, ILL_TYPED] }
}

const ILL_TYPED: Edit = {
  what: 'left out',
  part: 'annotations',
  why: 'audience, priority or date are not of their type',
}

function wellTyped(annotations: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key, value]) => isSpecType.Annotations({ [key]: value })),
  )
}
