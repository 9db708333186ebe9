/** Every upstream tool with its verdict, the rule and the reason: what the host will see, and why. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Entry } from '../../catalog/offers/select.ts'
import { tooManyTools } from '../../catalog/tool-limits.ts'
import type { Target } from '../../catalog/target.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { renderError } from '../../errors.ts'
import type { LogLevel } from '../../log-levels.ts'
import type { ToolRules } from '../../policy/options.ts'
import { unmatchedPatterns } from '../../policy/rules.ts'
import { unusual } from '../../relay/options.ts'
import { stateDir } from '../../state/directory.ts'
import { isKeptListed, keptNothing } from '../../surface/kept.ts'
import { look } from '../../upstream/session/diagnosis.ts'
import { whyDown } from '../../upstream/life/state.ts'
import { visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { elsewhereLines } from '../common/elsewhere.ts'
import type { Io } from '../io.ts'
import { awayFacts, awayWords } from './last-listed.ts'
import {
  ASKING_HEAD,
  askingJson,
  askingRows,
  EDITED_HEAD,
  editedRows,
  OFFERED_HEAD,
  offeredJson,
  offeredRows,
  unmatchedOffers,
} from './offered.ts'
import { oddLines } from '../common/odd.ts'
import { withSession, type VerbSession } from '../common/session.ts'
import { packageLines, packagesShown } from '../common/packages-shown.ts'
import { table } from '../common/table.ts'

export interface ToolsOptions extends ConfigVerbOptions {
  readonly json: boolean
  /** Print `tools:` blocks to paste. */
  readonly suggest: boolean
  /** Print what each server costs a model's context. */
  readonly tokens: boolean
  readonly logLevel: LogLevel
}

/** Lists beside that of tools, of servers that are slow with them. */
const READ_WITHIN_MS = 5000

export async function tools(options: ToolsOptions, io: Io): Promise<0 | 1> {
  return withSession({ ...options, asHost: true }, io, async (session) => {
    const { fleet } = session.sidecar
    await fleet.settled()
    await fleet.read(READ_WITHIN_MS)
    const down = fleet.children.flatMap(({ id, state }) => {
      const why = whyDown(id, state)
      return why === undefined ? [] : [{ id, why }]
    })
    if (options.tokens) io.stdout.write(await tokens(session, options.json))
    else if (options.json) io.stdout.write(`${JSON.stringify(asJson(session), undefined, 2)}\n`)
    else if (options.suggest) await suggest(session, io)
    else io.stdout.write(asTable(session))
    for (const { id, why } of down)
      io.stderr.write(`${renderError({ ...why, message: `${id} is not running: ${why.reason}` })}\n`)
    const gaps = fleet.children.flatMap(({ id, gaps: of }) => of.map((gap) => ({ id, ...gap })))
    for (const { id, kind, why, said } of gaps)
      io.stderr.write(
        `${renderError({ message: `${id} is not known whole: its list of ${kind} ${why}`, said, hint: look(id) })}\n`,
      )
    for (const { id, faults } of fleet.children)
      for (const line of faultLines(faults))
        io.stderr.write(`${id}: ${visibleLine(session.redactor.maskText(line).text)}\n`)
    const weakly = await session.sidecar.weaklyConfined()
    for (const { message, hint } of [...(await session.sidecar.unconfined()), ...(weakly ? [weakly] : [])])
      io.stderr.write(`${renderError({ message, hint })}\n`)
    for (const line of packageLines(await packagesShown(session.config, io.env))) io.stderr.write(`${line}\n`)
    for (const line of [...oddLines(session.config), ...elsewhereLines(session.config)])
      io.stderr.write(`${line}\n`)
    for (const pattern of keptNothing(session.config.surface.keep, session.sidecar.catalog.entries()))
      io.stderr.write(`surface.keep: "${visibleLine(pattern)}" matches no tool\n`)
    for (const [place, pattern, what] of unmatched(session))
      io.stderr.write(`servers.${place}: "${visibleLine(pattern)}" matches no ${what}\n`)
    for (const { id } of session.config.servers) {
      const { more } = session.sidecar.catalog.waiting(id)
      if (more > 0)
        io.stderr.write(
          `${id} shows ${more} more tools, prompts or templates that are new, and they are not listed\n  hint: run "sidemux pin ${id}" to see them, and what to do if they are right\n`,
        )
    }
    for (const id of session.sidecar.catalog.changedInstructions)
      io.stderr.write(
        `${id} says something else of itself now than when it was first seen, and hosts are told what it said then\n  hint: run "sidemux pin ${id}" to see both, and what to do if the change is right\n`,
      )
    const listed = session.sidecar.listedTools
    for (const { message, hint } of [tooManyTools(listed) ?? []].flat())
      io.stderr.write(`${renderError({ message, hint })}\n`)
    const isKnown = down.length === 0 && gaps.every(({ kind }) => kind !== 'tools')
    return isKnown && session.config.odd.length === 0 ? 0 : 1
  })
}

async function tokens({ config, sidecar }: VerbSession, json: boolean): Promise<string> {
  const { costsJson, costsText, toolCosts } = await import('./tokens.ts')
  const { surface } = config
  const costs = toolCosts(
    sidecar.catalog.entries(),
    config.servers.map(({ id }) => id),
    { surface, isKept: (entry) => isKeptListed(surface.keep, entry) },
  )
  return json ? `${JSON.stringify(costsJson(costs), undefined, 2)}\n` : costsText(costs)
}

const MAX_FAULTS = 20

function faultLines(faults: readonly string[]): readonly string[] {
  const more = faults.length - MAX_FAULTS
  return more <= 0 ? faults : [...faults.slice(0, MAX_FAULTS), `${more} more of what it lists is odd`]
}

async function suggest(session: VerbSession, io: Io): Promise<void> {
  const { suggestion } = await import('../suggest/suggest.ts')
  const { text, beside } = await suggestion(session, stateDir(io.env))
  io.stdout.write(text)
  for (const line of beside) io.stderr.write(`${line}\n`)
}

function asJson({ config, sidecar }: VerbSession): unknown {
  const tools = sidecar.catalog.entries().map(({ target, listed, checks, edits, notes }) => ({
    kind: target.kind,
    name: target.emitted,
    server: target.server,
    tool: target.name,
    verdict: target.verdict.kind,
    risk: target.verdict.risk,
    rule: target.verdict.rule,
    reason: target.verdict.reason,
    listed: listed !== undefined,
    ...awayFacts(target.server, sidecar),
    checked: { arguments: checks?.arguments !== undefined, results: checks?.results !== undefined },
    changes: target.changes,
    new: target.isNew === true,
    edits,
    notes,
  }))
  return [...tools, ...offeredJson(others(sidecar.catalog)), ...askingJson(unusualOf(config))]
}

function others(catalog: Catalog): readonly Entry[] {
  return [...catalog.entries('prompts'), ...catalog.entries('resources'), ...catalog.entries('templates')]
}

/** What every server may ask needs no saying. */
function unusualOf({ servers }: Config): readonly ServerConfig[] {
  return servers.filter((server) => Object.keys(unusual(server)).length > 0)
}

function asTable(session: VerbSession): string {
  const offered = offeredRows(others(session.sidecar.catalog))
  const { catalog } = session.sidecar
  const edited = editedRows([...catalog.entries(), ...others(catalog)])
  const asking = askingRows(unusualOf(session.config))
  return [
    toolTable(session),
    ...(offered.length === 0 ? [] : [table([...OFFERED_HEAD], offered)]),
    ...(edited.length === 0
      ? []
      : [`What hosts see differently (each name with --json)\n${table([...EDITED_HEAD], edited)}`]),
    ...(asking.length === 0 ? [] : [table([...ASKING_HEAD], asking)]),
  ].join('\n')
}

function toolTable({ sidecar }: VerbSession): string {
  const rows = sidecar.catalog
    .entries()
    .map(({ target, notes }) => [
      target.emitted,
      target.verdict.kind,
      target.verdict.risk,
      visibleLine(target.verdict.rule),
      visibleLine(
        [target.verdict.reason, ...waiting(target), ...notes, ...awayWords(target.server, sidecar)].join(
          '; ',
        ),
      ),
    ])
  return rows.length === 0 ? 'no tools\n' : table(['tool', 'verdict', 'risk', 'rule', 'reason'], rows)
}

function waiting({ server, name, changes, isNew }: Target): string[] {
  const accept = `see "sidemux pin ${server}", and run it with "--accept ${name}" if that is right`
  if (isNew === true) return [`new, so hosts are told its name only; ${accept}`]
  const members = changes.map(({ member }) => member)
  return members.length === 0 ? [] : [`changed: ${members.join(', ')}; ${accept}`]
}

function nameOf({ target }: Entry): string {
  return target.name
}

function unmatched({ config, sidecar }: VerbSession): (readonly [string, string, string])[] {
  return config.servers.flatMap((server) => {
    if (!sidecar.catalog.knows(server.id)) return []
    const names = sidecar.catalog
      .entries()
      .filter(({ target }) => target.server === server.id)
      .map(nameOf)
    const except = typeof server.validate === 'object' ? server.validate.except : undefined
    const found = (place: string, rules: ToolRules): (readonly [string, string, string])[] =>
      unmatchedPatterns(rules, names).map((pattern) => [`${server.id}.${place}`, pattern, 'tool'])
    const offered = others(sidecar.catalog).filter(({ target }) => target.server === server.id)
    return [
      ...found('tools', server.tools),
      ...(except === undefined ? [] : found('validate.except', { allow: except })),
      ...unmatchedOffers(server, offered).map(
        ([place, pattern]) => [place, pattern, place.split('.').at(-1)?.slice(0, -1) ?? 'entry'] as const,
      ),
    ]
  })
}
