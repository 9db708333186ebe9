/**
 * One resource or resource template of one server on its way into the catalog: its verdict, and what of it the host is
 * shown. Pure.
 *
 * A template says which resources there could be. Rules decide by its `uriTemplate` whether it is listed, and by the
 * URI whether what came of it may be read. `ui://` is what hosts show as a page (MCP Apps): hidden, unless the operator
 * wants this server's apps.
 */
import { decideAccess } from '../../policy/access.ts'
import type { Risk } from '../../policy/risk/risk.ts'
import type { Verdict } from '../../policy/rules.ts'
import { classifyTemplate, classifyUri } from '../../policy/risk/uri-risk.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import type { Resource, ResourceTemplate } from '../../upstream/messages/offer.ts'
import { crossing } from '../addresses/crossing.ts'
import { leftOut, type Edit } from '../edit.ts'
import { definitionStanding, heldBack, notLocked, wordsOfNew } from '../pins/held-back.ts'
import { definitionHash, NEW } from '../pins/pin.ts'
import { shownOffer } from './prompts.ts'
import type { CatalogServer, Entry } from './select.ts'
import type { Target } from '../target.ts'
import { hostUri, isAppUri, listedTemplate } from '../addresses/uri.ts'
import { isAnnotations, isResource, isResourceTemplate } from '../../wire/shapes/content.ts'

/** As long as a URI of a list may be. */
const MAX_URI_LENGTH = 8192

/** @param accepted as servers.lock has it; it counts for a strict server only */
export function selectResource(server: CatalogServer, resource: Resource, accepted?: JsonObject): Entry {
  const target = targetOfUri(server, resource.uri, resource)
  // It may be read all the same, as what no list has.
  if (server.strict === true && !definitionStanding(resource, accepted ?? NEW).unchanged)
    return { target, edits: [leftOut('servers.lock does not hold it')], notes: [] }
  const { shown, edits } = crossingResource(resource, server)
  return shownOffer(target, { ...shown, uri: target.emitted }, isResource, edits)
}

/**
 * A template is told as it was accepted; nothing asks for it, because what it makes is read by a URI of its own.
 * @param pinned as it was accepted
 */
export function selectTemplate(
  server: CatalogServer,
  template: ResourceTemplate,
  pinned?: JsonObject | typeof NEW,
): Entry {
  const { uriTemplate } = template
  const standing = definitionStanding(template, pinned)
  const verdict =
    notLocked(server, standing) ??
    appsOff(server, uriTemplate) ??
    decide(server, 'template', uriTemplate, classifyTemplate(uriTemplate))
  const target: Target = {
    ...common(server, template),
    kind: 'template',
    name: uriTemplate,
    emitted: listedTemplate(server.id, uriTemplate),
    verdict,
    changes: standing.changes,
    ...(standing.isNew && { isNew: true }),
  }
  const told = standing.isNew
    ? { uriTemplate, name: uriTemplate, description: wordsOfNew('template') }
    : standing.accepted
  const { shown, edits } = crossingResource(told, server)
  return shownOffer(target, { ...shown, uriTemplate: target.emitted }, isResourceTemplate, [
    ...heldBack('template', standing),
    ...edits,
  ])
}

/**
 * @param listed what the server says of it; a host may also read what no list has, such as what a template makes
 * @param templates of the server, where it doesn't list the URI
 */
export function targetOfUri(
  server: CatalogServer,
  uri: string,
  listed: Resource | undefined,
  templates: readonly string[] = [],
): Target {
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
    verdict: unusable ?? appsOff(server, uri) ?? decide(server, 'resource', uri, classifyUri(uri, templates)),
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

function decide(server: CatalogServer, kind: 'resource' | 'template', name: string, risk: Risk): Verdict {
  return decideAccess(kind, name, risk, server.resources, server.narrowed?.resources)
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
    Object.entries(annotations).filter(([key, value]) => isAnnotations({ [key]: value })),
  )
}
