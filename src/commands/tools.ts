/** Every upstream tool with its verdict, the rule and the reason: what the host will see, and why. */
import { Document } from 'yaml'
import type { Change } from '../catalog/pin.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Entry } from '../catalog/select.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { SidemuxError } from '../errors.ts'
import type { LogLevel } from '../log.ts'
import type { ToolRules } from '../policy/options.ts'
import { unmatchedPatterns } from '../policy/rules.ts'
import { unusual } from '../relay/options.ts'
import { visibleLine } from '../visible.ts'
import type { ConfigChoice } from './choice.ts'
import { elsewhereLines, refuseElsewhere } from './elsewhere.ts'
import type { Io } from './io.ts'
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
import { oddLines, refuseOdd } from './odd.ts'
import { withSession, type Session } from './session.ts'
import { table } from './table.ts'

export interface ToolsOptions extends ConfigChoice {
  readonly json: boolean
  /** Print `tools:` blocks to paste. */
  readonly suggest: boolean
  /** `SERVER` or `SERVER/TOOL`: take the present definition as the good one. */
  readonly accept?: string
  readonly logLevel: LogLevel
}

export async function tools(options: ToolsOptions, io: Io): Promise<0 | 1> {
  return withSession(options, io, async (session) => {
    await session.sidecar.fleet.settled()
    if (options.accept !== undefined) accept(options.accept, session)
    const down = session.sidecar.fleet.children.filter(({ state }) => state.kind !== 'ready')
    if (options.json) io.stdout.write(`${JSON.stringify(asJson(session), undefined, 2)}\n`)
    else if (options.suggest) io.stdout.write(suggestion(session))
    else io.stdout.write(asTable(session))
    for (const { id, state } of down) {
      const why = 'reason' in state ? `${state.reason}\n  hint: ${state.hint}` : state.kind
      io.stderr.write(`${id} is not running: ${why}\n`)
    }
    if (down.length > 0) io.stderr.write(`what they printed: ${session.logFile}\n`)
    for (const line of [...oddLines(session.config), ...elsewhereLines(session.config)])
      io.stderr.write(`${line}\n`)
    for (const [place, pattern, what] of unmatched(session))
      io.stderr.write(`servers.${place}: "${visibleLine(pattern)}" matches no ${what}\n`)
    for (const id of session.sidecar.catalog.changedInstructions)
      io.stderr.write(
        `${id} says something else of itself now than when it was first seen, and hosts are told what it said then\n  hint: run "sidemux tools --accept ${id}" if the change is right\n`,
      )
    return down.length === 0 && session.config.odd.length === 0 ? 0 : 1
  })
}

function accept(which: string, { config, sidecar }: Session): void {
  const slash = which.indexOf('/')
  const server = slash === -1 ? which : which.slice(0, slash)
  const tool = slash === -1 ? undefined : which.slice(slash + 1)
  const known = sidecar.fleet
    .get(server)
    ?.offers?.tools.some(({ name }) => tool === undefined || name === tool)
  if (known !== true) {
    refuseElsewhere(server, config)
    refuseOdd(server, config)
    throw new SidemuxError(`there is no running server or tool "${visibleLine(which)}"`, {
      hint: `servers are ${config.servers.map(({ id }) => id).join(', ')}; run "sidemux tools" to see their tools`,
      exitCode: 2,
    })
  }
  sidecar.acceptTools(server, tool)
}

function asJson({ config, sidecar }: Session): unknown {
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
    checked: { arguments: checks?.arguments !== undefined, results: checks?.results !== undefined },
    changes: target.changes,
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

function asTable(session: Session): string {
  const offered = offeredRows(others(session.sidecar.catalog))
  const { catalog } = session.sidecar
  const edited = editedRows([...catalog.entries(), ...others(catalog)])
  const asking = askingRows(unusualOf(session.config))
  return [
    toolTable(session),
    ...(offered.length === 0 ? [] : [table([...OFFERED_HEAD], offered)]),
    ...(edited.length === 0
      ? []
      : [`hosts see otherwise than the servers wrote it\n${table([...EDITED_HEAD], edited)}`]),
    ...(asking.length === 0 ? [] : [table([...ASKING_HEAD], asking)]),
  ].join('\n')
}

function toolTable({ sidecar }: Session): string {
  const rows = sidecar.catalog
    .entries()
    .map(({ target, notes }) => [
      target.emitted,
      target.verdict.kind,
      target.verdict.risk,
      visibleLine(target.verdict.rule),
      visibleLine([target.verdict.reason, ...changed(target.changes), ...notes].join('; ')),
    ])
  return rows.length === 0 ? 'no tools\n' : table(['tool', 'verdict', 'risk', 'rule', 'reason'], rows)
}

function changed(changes: readonly Change[]): string[] {
  const members = changes.map(({ member }) => member)
  return members.length === 0
    ? []
    : [`changed: ${members.join(', ')}; run "sidemux tools --accept SERVER/TOOL" if that is right`]
}

function suggestion({ config, sidecar }: Session): string {
  const servers = config.servers.map(({ id }) => {
    const entries = sidecar.catalog.entries().filter(({ target }) => target.server === id)
    const named = (kind: string): string[] =>
      entries.filter(({ target }) => target.verdict.kind === kind).map(nameOf)
    const block = { allow: named('allow'), confirm: named('confirm'), block: named('block') }
    return [id, { tools: Object.fromEntries(Object.entries(block).filter(([, names]) => names.length > 0)) }]
  })
  return new Document({ servers: Object.fromEntries(servers) }).toString({
    flowCollectionPadding: false,
    lineWidth: 0,
  })
}

function nameOf({ target }: Entry): string {
  return target.name
}

function unmatched({ config, sidecar }: Session): (readonly [string, string, string])[] {
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
