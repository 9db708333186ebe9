/** What waits for a decision, and what was allowed beyond this once. */
import { renderError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import type { ApprovalsOptions } from './options.ts'
import type { Io } from '../io.ts'
import { table } from '../table.ts'
import { openBooks, type Books, type KeptGrant } from './books.ts'
import { inWords, shortIds } from './ids.ts'
import { askEverybody, requireAnswer, untoldLines, type Everything, type OpenQuestion } from './open.ts'

/** The whole is shown when it is decided; a table is for finding it. */
const MAX_CELL = 60

export async function list(options: ApprovalsOptions, io: Io): Promise<0> {
  const books = await openBooks(options.path, io)
  const all = await askEverybody(stateDir(io.env))
  requireAnswer(all)
  io.stdout.write(options.json ? `${asciiJson(asJson(all, books), 2)}\n` : asText(all, books))
  for (const line of untoldLines(all)) io.stderr.write(`${line}\n`)
  for (const problem of books.problems) {
    const hint = problem.hint === undefined ? undefined : visibleLine(problem.hint)
    io.stderr.write(`sidemux: ${renderError({ message: visibleLine(problem.message), hint })}\n`)
  }
  return 0
}

function asJson({ states, untold }: Everything, { kept }: Books): unknown {
  return {
    sidecars: states,
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
  return `${questionsText(all, now)}\n${grantsText(kept, now)}`
}

function questionsText({ questions, states }: Everything, now: number): string {
  if (questions.length === 0) return 'nothing waits for a decision\n'
  const ids = shortIds(questions.map(({ pending }) => pending.id))
  const rows = questions.map((question) => questionRow(question, ids, now))
  const more = states.reduce((sum, state) => sum + state.more, 0)
  return [
    table(['ID', 'SERVER', 'TOOL', 'RISK', 'STATE', 'ENDS IN', 'ASKED BY'], rows),
    more === 0 ? '' : `and ${more} more, which are shown when some of these are decided\n`,
    '\nlook at one and decide: sidemux approvals approve ID, or deny ID…\n',
  ].join('')
}

function questionRow(
  { pending, state: { sidecar } }: OpenQuestion,
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

function stateWord({ state, waiting }: OpenQuestion['pending']): string {
  if (state === 'approved') return 'approved, not yet run'
  return waiting ? 'a call waits' : 'the host gave up'
}

function grantsText(kept: readonly KeptGrant[], now: number): string {
  if (kept.length === 0) return 'nothing is allowed beyond once\n'
  const ids = shortIds(kept.map(({ grant }) => grant.id))
  const several = new Set(kept.map(({ config }) => config)).size > 1
  const rows = kept.map(({ grant, config }) =>
    [
      ids.get(grant.id) ?? grant.id,
      grant.subject.server,
      grant.subject.tool,
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

function scope({ fixed, free }: KeptGrant['grant']): string {
  const values = Object.entries(fixed).map(([name, { shown }]) => `${JSON.stringify(name)}: ${shown}`)
  const others = free.length === 0 ? [] : [`any ${free.map((name) => JSON.stringify(name)).join(', ')}`]
  return [...values, ...others].join('; ') || 'none'
}

function cell(text: string): string {
  const shown = visibleLine(text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1).toWellFormed()}…` : text)
  return shown
}
