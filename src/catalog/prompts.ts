/** One prompt of one server on its way into the catalog: its verdict, and what of it the host is shown. Pure. */
import { isSpecType } from '@modelcontextprotocol/server'
import { decideAccess } from '../policy/access.ts'
import type { Prompt } from '../upstream/offer.ts'
import { crossing } from './crossing.ts'
import { leftOut, type Edit } from './edit.ts'
import { emittedName, nameEdits } from './names.ts'
import { definitionHash } from './pin.ts'
import type { CatalogServer, Entry } from './select.ts'
import type { Target } from './target.ts'

/** @param emitted where another prompt of the server wants the same name (names.ts) */
export function selectPrompt(
  server: CatalogServer,
  prompt: Prompt,
  emitted: string = emittedName(server.id, prompt.name),
): Entry {
  // Not as a tool of the same definition: a yes to this is none to that.
  const hash = definitionHash({ prompt })
  const target: Target = {
    kind: 'prompt',
    server: server.id,
    name: prompt.name,
    emitted,
    definition: prompt,
    verdict: decideAccess('prompt', prompt.name, server.prompts, server.narrowed?.prompts),
    hash: hash ?? 'unhashable',
    launchHash: server.launchHash,
    changes: [],
  }
  const { shown, edits } = crossing(prompt, server)
  return show(target, { ...shown, name: emitted }, isSpecType.Prompt, [...nameEdits(target), ...edits])
}

/** Lists what may be listed; the last net, because no host loses its list over one entry. */
export function show(
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
