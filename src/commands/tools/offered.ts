/**
 * Prepares for `sidemux tools` what servers offer besides tools, and what they may ask of the host: rows for tables,
 * objects for `--json`, and patterns of `prompts:` and `resources:` that match nothing. Pure.
 */
import { whyLeftOut } from '../../catalog/edit.ts'
import type { Entry } from '../../catalog/offers/select.ts'
import type { AccessRules } from '../../policy/options.ts'
import { unmatchedAccess } from '../../policy/access.ts'
import type { RelayRules } from '../../relay/options.ts'
import { visibleLine } from '../../visible.ts'

export const OFFERED_HEAD = ['kind', 'name', 'verdict', 'risk', 'rule', 'reason'] as const

/** Prompts, resources and templates; tools have a table of their own. */
export function offeredRows(entries: readonly Entry[]): string[][] {
  return entries
    .filter(({ target }) => target.kind !== 'tool')
    .map(({ target, notes }) =>
      [
        target.kind,
        target.emitted,
        target.verdict.kind,
        target.verdict.risk,
        target.verdict.rule,
        [target.verdict.reason, ...notes].join('; '),
      ].map(visibleLine),
    )
}

export function offeredJson(entries: readonly Entry[]): readonly Record<string, unknown>[] {
  return entries
    .filter(({ target }) => target.kind !== 'tool')
    .map(({ target, listed, edits, notes }) => ({
      kind: target.kind,
      name: target.emitted,
      server: target.server,
      original: target.name,
      verdict: target.verdict.kind,
      risk: target.verdict.risk,
      rule: target.verdict.rule,
      reason: target.verdict.reason,
      listed: listed !== undefined,
      edits,
      notes,
    }))
}

export const EDITED_HEAD = ['what', 'part', 'why', 'of'] as const

/** Names in a row; `--json` has all of them. */
const MAX_NAMED = 3

/**
 * What hosts see otherwise than its server wrote it, a row for all of which the same is true. Nothing of what a rule
 * hides: hosts see none of that.
 */
export function editedRows(entries: readonly Entry[]): string[][] {
  const rows = new Map<string, { readonly row: readonly string[]; readonly names: readonly string[] }>()
  for (const { target, edits } of entries.filter(isSeen))
    for (const { what, part, why } of edits) {
      const row = [what, part, why]
      const key = JSON.stringify(row)
      rows.set(key, { row, names: [...(rows.get(key)?.names ?? []), target.emitted] })
    }
  return [...rows.values()].map(({ row, names }) => [...row, someOf(names)].map(visibleLine))
}

/** What is left out for a reason beside the rules is told, too. */
function isSeen({ target: { verdict }, edits }: Entry): boolean {
  return (verdict.kind !== 'block' && verdict.kind !== 'hidden') || whyLeftOut(edits) !== undefined
}

function someOf(names: readonly string[]): string {
  const more = names.length - MAX_NAMED
  return more <= 1 ? names.join(', ') : `${names.slice(0, MAX_NAMED).join(', ')} and ${more} more`
}

export const ASKING_HEAD = ['server', 'may', 'verdict', 'rule', 'what that means'] as const

type Asking = RelayRules & { readonly id: string }

/** What each server may ask; whether the host can answer isn't known here. */
export function askingRows(servers: readonly Asking[]): string[][] {
  return servers.flatMap((server) =>
    askings(server).map(({ may, verdict, rule, meaning }) => [server.id, may, verdict, rule, meaning]),
  )
}

export function askingJson(servers: readonly Asking[]): readonly Record<string, unknown>[] {
  return servers.flatMap((server) => askings(server).map((asking) => ({ server: server.id, ...asking })))
}

interface AskingRow {
  readonly may: string
  readonly verdict: 'allow' | 'confirm' | 'off'
  readonly rule: string
  readonly meaning: string
}

function askings({ sampling, elicitation, roots, apps }: RelayRules): readonly AskingRow[] {
  const samplings = {
    off: "It can't use the host's model.",
    confirm: "A human is asked each time before the host's model writes for it.",
    allow: "The host's model writes for it, at the user's expense.",
  }
  return [
    {
      may: 'ask the user',
      verdict: elicitation,
      rule: `elicitation: ${elicitation}`,
      meaning:
        elicitation === 'allow'
          ? 'Its questions are shown under its name, and never one for a secret in a form.'
          : 'None of its questions is shown.',
    },
    { may: 'use the model', verdict: sampling, rule: `sampling: ${sampling}`, meaning: samplings[sampling] },
    {
      may: 'see the folders',
      verdict: roots,
      rule: `roots: ${roots}`,
      meaning:
        roots === 'allow'
          ? 'It learns which folders are open in the host.'
          : "It doesn't learn which folders are open.",
    },
    {
      may: 'show pages',
      verdict: apps ? 'allow' : 'off',
      rule: `apps: ${apps}`,
      meaning: apps
        ? 'The host shows its pages, and they can call the tools of every server here.'
        : 'Its pages (ui://) are neither listed nor read.',
    },
  ]
}

export interface Ruled {
  readonly id: string
  readonly prompts?: AccessRules
  readonly resources?: AccessRules
}

/** Under which key the pattern stands, e.g. `github.prompts`, and the pattern; `entries` are those of this server. */
export function unmatchedOffers(
  server: Ruled,
  entries: readonly Entry[],
): readonly (readonly [string, string])[] {
  const named = (...kinds: readonly string[]): readonly string[] =>
    entries.filter(({ target }) => kinds.includes(target.kind)).map(({ target }) => target.name)
  const templates = named('template')
  const prompts = unmatchedAccess(server.prompts ?? {}, named('prompt'))
  const resources = unmatchedAccess(server.resources ?? {}, named('resource', 'template')).filter(
    (pattern) => !templates.some((template) => couldMeet(pattern, template)),
  )
  return [
    ...prompts.map((pattern) => [`${server.id}.prompts`, pattern] as const),
    ...resources.map((pattern) => [`${server.id}.resources`, pattern] as const),
  ]
}

/** What comes of a template isn't listed anywhere, so a pattern that begins as it does isn't called a misspelling. */
function couldMeet(pattern: string, template: string): boolean {
  const [glob = '', uri = ''] = [/^[^*?{]*/.exec(pattern)?.[0], /^[^{]*/.exec(template)?.[0]]
  return glob.startsWith(uri) || uri.startsWith(glob)
}
