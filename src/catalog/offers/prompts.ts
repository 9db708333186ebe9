/** One prompt of one server on its way into the catalog: its verdict, and what of it the host is shown. Pure. */
import { decideAccess, waiting } from '../../policy/access.ts'
import { classifyPrompt } from '../../policy/risk/prompt-risk.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import type { Prompt } from '../../upstream/messages/offer.ts'
import { crossing } from '../addresses/crossing.ts'
import { leftOut, type Edit } from '../edit.ts'
import type { KeyMap } from '../schemas/keys.ts'
import { emittedName, nameEdits } from '../names.ts'
import { definitionStanding, heldBack, notLocked, wordsOfNew } from '../pins/held-back.ts'
import { definitionHash, type NEW } from '../pins/pin.ts'
import type { CatalogServer, Entry } from './select.ts'
import type { Target } from '../target.ts'
import { holdsUnseen, writtenOut } from '../unseen.ts'
import { isPrompt } from '../../wire/shapes/offers.ts'

/**
 * @param pinned as it was accepted
 * @param emitted where another prompt of the server wants the same name (names.ts)
 */
export function selectPrompt(
  server: CatalogServer,
  prompt: Prompt,
  pinned?: JsonObject | typeof NEW,
  emitted: string = emittedName(server.id, prompt.name),
): Entry {
  const standing = definitionStanding(prompt, pinned)
  const target: Target = {
    kind: 'prompt',
    server: server.id,
    name: prompt.name,
    emitted,
    definition: prompt,
    verdict:
      notLocked(server, standing) ??
      waiting(
        decideAccess(
          'prompt',
          prompt.name,
          classifyPrompt(prompt.name, argumentNames(prompt)),
          server.prompts,
          server.narrowed?.prompts,
        ),
        prompt.name,
        standing,
      ),
    // Not as a tool of the same definition: a yes to this is none to that.
    hash: definitionHash({ prompt }) ?? 'unhashable',
    launchHash: server.launchHash,
    changes: standing.changes,
    ...(standing.isNew && { isNew: true }),
  }
  const told = standing.isNew ? barePrompt(prompt) : standing.accepted
  const keys = keysOf(told)
  const { shown, edits } = crossing(keys === undefined ? told : withNames(told), server)
  const entry = shownOffer(target, { ...shown, name: emitted }, isPrompt, [
    ...nameEdits(target),
    ...heldBack('prompt', standing),
    ...edits,
  ])
  return keys === undefined ? entry : { ...entry, keys }
}

/** Names of arguments come back, so that what nobody sees of them is written out. */
function withNames(told: JsonObject): JsonObject {
  const args = argumentsOf(told).map((one) => ({ ...one, name: writtenOut(String(one['name'])) }))
  return { ...told, arguments: args }
}

function keysOf(told: JsonObject): KeyMap | undefined {
  const names = argumentsOf(told)
    .map((one) => String(one['name']))
    .filter(holdsUnseen)
  if (names.length === 0) return undefined
  return {
    names: new Map(names.map((own) => [writtenOut(own), own])),
    values: new Map(),
    member: () => undefined,
    items: () => undefined,
  }
}

function argumentsOf({ arguments: given }: JsonObject): readonly JsonObject[] {
  return Array.isArray(given) ? given.filter(isRecord) : []
}

/** What it is called by, and no words (held-back.ts). */
function barePrompt(prompt: Prompt): JsonObject {
  const args = argumentsOf(prompt)
  return {
    name: prompt.name,
    description: wordsOfNew('prompt'),
    ...(args.length > 0 && {
      arguments: args.map((one) => ({
        name: one['name'],
        ...(typeof one['required'] === 'boolean' && { required: one['required'] }),
      })),
    }),
  }
}

/** Where one has none, nothing is said of it. */
function argumentNames(prompt: Prompt): readonly string[] {
  return argumentsOf(prompt)
    .map(({ name }) => name)
    .filter((name) => typeof name === 'string')
}

/** Lists what may be listed; the last net, because no host loses its list over one entry. */
export function shownOffer(
  target: Target,
  shown: Readonly<Record<string, unknown>>,
  isOne: (value: unknown) => boolean,
  edits: readonly Edit[],
): Entry {
  if (target.hash === 'unhashable')
    return { target, edits: [leftOut('its definition has no canonical form')], notes: [] }
  if (target.verdict.kind === 'block' || target.verdict.kind === 'hidden') return { target, edits, notes: [] }
  if (!isOne(shown)) return { target, edits: [leftOut('its definition is not one of MCP')], notes: [] }
  return { target, listed: shown, edits, notes: [] }
}
