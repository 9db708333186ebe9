/** `sidemux approvals list`: the open questions, the grants, and the tools that are denied for a while. */
import { groupWords } from '../../approval/grants/group.ts'
import { renderError } from '../../errors.ts'
import { refusalError } from '../../dashboard/neighbours/refusals.ts'
import { stateDir } from '../../state/directory.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import type { ApprovalsVerbOptions } from './options.ts'
import type { Io } from '../io.ts'
import { table } from '../common/table.ts'
import { openBooks, type Books, type KeptGrant } from './books.ts'
import { inWords, shortIds } from './ids.ts'
import { askEverybody, requireReplies, untoldLines, type Everything, type QuestionOfRun } from './open.ts'

/** The whole is shown when it is decided; a table is for finding it. */
const MAX_CELL = 60

export async function listApprovals(options: ApprovalsVerbOptions, io: Io): Promise<0> {
  const books = await openBooks(options.path, io)
  const all = await askEverybody(stateDir(io.env))
  requireReplies(all)
  io.stdout.write(options.json ? `${asciiJson(asJson(all, books), 2)}\n` : asText(all, books))
  for (const line of untoldLines(all)) io.stderr.write(`${line}\n`)
  for (const problem of books.problems) {
    const hint = problem.hint === undefined ? undefined : visibleLine(problem.hint)
    io.stderr.write(`sidemux: ${renderError({ message: visibleLine(problem.message), hint })}\n`)
  }
  return 0
}

function asJson({ states, untold, elsewhere }: Everything, { kept }: Books): unknown {
  return {
    sidecars: states,
    elsewhere: elsewhere.map(({ config }) => ({ config })),
    silent: untold.map(({ run, reply }) => ({
      pid: run.pid,
      config: run.config,
      why: reply.kind === 'refused' ? reply.why : reply.kind,
    })),
    // Without the salted hashes: a value that is masked could be guessed with them.
    grants: kept.map(({ config, grant: { salt: _salt, fixed, ...grant } }) => ({
      ...grant,
      fixed: Object.fromEntries(Object.entries(fixed).map(([name, { shown }]) => [name, shown])),
      config,
    })),
  }
}

function asText(all: Everything, { kept }: Books): string {
  const now = Date.now()
  return [questionsText(all, now), ...denialsText(all, now), grantsText(kept, now)].join('\n')
}

function questionsText({ questions, states }: Everything, now: number): string {
  if (questions.length === 0) return 'nothing waits for a decision\n'
  const ids = shortIds(questions.map(({ pending }) => pending.id))
  const rows = questions.map((question) => questionRow(question, ids, now))
  const more = states.reduce((sum, state) => sum + state.more, 0)
  return [
    table(['ID', 'SERVER', 'TOOL', 'RISK', 'STATE', 'ENDS IN', 'ASKED BY'], rows),
    more === 0 ? '' : `and ${more} more, which are shown when some of these are decided\n`,
    ...waysText(questions, ids),
    terminalsText(states),
  ].join('')
}

/** Which terminals are believed, and why. */
function terminalsText(states: Everything['states']): string {
  const told = states.flatMap(({ leftBy }) => (leftBy === undefined ? [] : [leftBy]))
  if (told.length === 0) return ''
  const by = [...new Set(told.flat())].map((one) => cell(one))
  return by.length === 0
    ? '\na terminal that was opened after the host may decide too: every server was confined since this machine was started\n'
    : `\na terminal has to be older than the host, since one may have been opened by what ran unconfined: ${by.join(', ')}\n`
}

/** How to decide them; of those that can't be decided at this terminal why not, and what the way is. */
function waysText(questions: readonly QuestionOfRun[], ids: ReadonlyMap<string, string>): string[] {
  const refused = new Map<string, string[]>()
  for (const { pending, state } of questions) {
    if (state.refuses === undefined) continue
    const { message, hint } = refusalError(state.refuses, state.noPage)
    const why = renderError({ message, hint: visibleLine(hint ?? '') })
    refused.set(why, [...(refused.get(why) ?? []), cell(ids.get(pending.id) ?? pending.id)])
  }
  const taken = questions.some(({ state }) => state.refuses === undefined)
  return [
    taken ? '\nlook at one and decide: sidemux approvals approve ID, or deny ID…\n' : '',
    ...[...refused].map(([why, which]) =>
      taken ? `\n${which.join(', ')} not here: ${why}\n` : `\nnot to be decided here: ${why}\n`,
    ),
  ]
}

function questionRow(
  { pending, state: { sidecar } }: QuestionOfRun,
  ids: ReadonlyMap<string, string>,
  now: number,
): string[] {
  return [
    ids.get(pending.id) ?? pending.id,
    pending.facts.server,
    pending.facts.tool,
    pending.facts.risk,
    stateWord(pending),
    inWords(pending.expiresAt - now),
    `${sidecar.host ?? 'a host'} (${sidecar.pid})`,
  ].map(cell)
}

function stateWord({ state, waiting }: QuestionOfRun['pending']): string {
  if (state === 'approved') return 'approved, not yet run'
  return waiting ? 'a call waits' : 'the host gave up'
}

function denialsText({ states }: Everything, now: number): string[] {
  const denials = states.flatMap((state) => state.denials ?? [])
  if (denials.length === 0) return []
  const ids = shortIds(denials.map(({ id }) => id))
  const rows = denials.map(({ id, kind, server, tool, until }) =>
    [ids.get(id) ?? id, server, kind === undefined ? tool : `${kind} ${tool}`, inWords(until - now)].map(
      cell,
    ),
  )
  const head = ['DENIED', 'SERVER', 'TOOL', 'ENDS IN']
  return [`${table(head, rows)}\nhave one asked about again: sidemux approvals revoke DENIED\n`]
}

function grantsText(kept: readonly KeptGrant[], now: number): string {
  if (kept.length === 0) return 'nothing is allowed beyond once\n'
  const ids = shortIds(kept.map(({ grant }) => grant.id))
  const several = new Set(kept.map(({ config }) => config)).size > 1
  const rows = kept.map(({ grant, config }) =>
    [
      ids.get(grant.id) ?? grant.id,
      grant.subject.server,
      grant.group === undefined ? grant.subject.tool : groupWords(grant.group),
      scope(grant),
      String(grant.used),
      grant.left === undefined ? 'any' : String(grant.left),
      inWords(grant.expiresAt - now),
      ...(several ? [config] : []),
    ].map(cell),
  )
  const head = [
    'GRANT',
    'SERVER',
    'TOOL',
    'ARGUMENTS',
    'USED',
    'LEFT',
    'ENDS IN',
    ...(several ? ['CONFIG'] : []),
  ]
  return `${table(head, rows)}\ntake one back: sidemux approvals revoke GRANT\n`
}

function scope({ group, fixed, within = {}, free }: KeptGrant['grant']): string {
  if (group !== undefined) return 'any'
  const values = Object.entries(fixed).map(([name, { shown }]) => `${JSON.stringify(name)}: ${shown}`)
  const folders = Object.entries(within).map(
    ([name, folder]) => `${JSON.stringify(name)} below ${visibleLine(JSON.stringify(folder))}`,
  )
  const others = free.length === 0 ? [] : [`any ${free.map((name) => JSON.stringify(name)).join(', ')}`]
  return [...values, ...folders, ...others].join('; ') || 'none'
}

function cell(text: string): string {
  const shown = visibleLine(text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1).toWellFormed()}…` : text)
  return shown
}
