/**
 * `sidemux policy test FILE.jsonl`: what the present config would make of calls that were made, or that somebody
 * listed. Nothing is started, and nothing is kept of the file but counts and a bounded number of rows.
 */
import { resolve } from 'node:path'
import { GrantBook } from '../../approval/grants/grant-book.ts'
import { ServersLock } from '../../catalog/lock/servers-lock.ts'
import { lockableServers } from '../../config/for-rooms.ts'
import { requireConfig } from '../../config/load.ts'
import { renderError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import type { Io } from '../io.ts'
import { EntryReader, type ReplayedCall } from './recorded-call.ts'
import { PolicyJudge, type Now } from './judge.ts'
import { linesOfFile } from './lines.ts'
import { table } from '../common/table.ts'

export interface PolicyOptions extends ConfigVerbOptions {
  readonly json: boolean
  readonly file: string
}

interface Row {
  /** Where it was first. */
  readonly line: number
  times: number
  readonly call: string
  readonly before: string | null
  readonly now: Now['kind']
  readonly changed: boolean
  readonly rule: string
  readonly reason: string
}

interface Tally {
  calls: number
  changed: number
  /** Calls of tools that were never seen. */
  unjudged: number
  /** Lines that are neither records nor calls. */
  bad: number
  /** Calls that stand in no row, because there are too many different ones. */
  more: number
  readonly rows: Row[]
}

const MAX_ROWS = 1000
/** Named one by one; the rest is counted. */
const MAX_BAD_LINES = 100

export async function policyTest(options: PolicyOptions, io: Io): Promise<0 | 1> {
  const config = await requireConfig({ ...options, env: io.env, cwd: io.cwd })
  const grants = new GrantBook({
    stateDir: stateDir(io.env),
    configFile: config.file,
    now: Date.now,
    onError: (error) => io.stderr.write(`${renderError(error)}\n`),
  }).list()
  const lock = new ServersLock(stateDir(io.env), config.file, await lockableServers(config), 'never')
  const judge = new PolicyJudge(config, lock, grants, Date.now())
  const tally = await replay(resolve(io.cwd, options.file), judge, (line, message) =>
    io.stderr.write(`${visibleLine(options.file)}:${line}: ${message}\n`),
  )
  if (options.json) io.stdout.write(`${asciiJson({ file: options.file, ...tally }, 2)}\n`)
  else io.stdout.write(asText(options.file, tally))
  return tally.changed + tally.unjudged + tally.bad === 0 ? 0 : 1
}

async function replay(
  file: string,
  judge: PolicyJudge,
  tell: (line: number, message: string) => void,
): Promise<Tally> {
  const tally: Tally = { calls: 0, changed: 0, unjudged: 0, bad: 0, more: 0, rows: [] }
  const known = new Map<string, Row>()
  const reader = new EntryReader()
  for await (const { line, text } of linesOfFile(file)) {
    const entry =
      text === undefined ? { kind: 'bad' as const, message: 'is longer than 4 MiB' } : reader.read(text)
    if (entry.kind === 'bad') {
      tally.bad += 1
      if (tally.bad <= MAX_BAD_LINES) tell(line, entry.message)
    } else if (entry.kind === 'call') {
      count(tally, known, rowOf(line, entry, judge.judge(entry)))
    }
  }
  return tally
}

function rowOf(line: number, { of, before }: ReplayedCall, now: Now): Row {
  return {
    line,
    times: 1,
    call: 'name' in of ? of.name : `${of.server}/${of.tool}`,
    before: before ?? null,
    now: now.kind,
    changed: before !== undefined && now.kind !== 'unseen' && now.kind !== before,
    rule: now.rule,
    reason: now.reason,
  }
}

/** What stays as it was is only counted; the same call with the same result is one row. */
function count(tally: Tally, known: Map<string, Row>, row: Row): void {
  tally.calls += 1
  if (row.changed) tally.changed += 1
  if (row.now === 'unseen') tally.unjudged += 1
  if (row.before === row.now) return
  const key = JSON.stringify([row.call, row.before, row.now, row.rule, row.reason])
  const same = known.get(key)
  if (same !== undefined) {
    same.times += 1
  } else if (known.size < MAX_ROWS) {
    known.set(key, row)
    tally.rows.push(row)
  } else {
    tally.more += 1
  }
}

function asText(file: string, tally: Tally): string {
  const { calls, changed, unjudged, bad, more, rows } = tally
  const cells = rows.map(({ line, times, call, before, now, rule, reason }) =>
    [String(line), String(times), call, before ?? '-', now, rule, reason].map(visibleLine),
  )
  const head = ['line', 'times', 'call', 'then', 'now', 'rule', 'reason']
  const counts = [
    number(calls, 'call'),
    `${changed} would change`,
    ...(unjudged === 0
      ? []
      : [`${unjudged} can't be judged: never seen, or without the arguments that decide`]),
    ...(bad === 0 ? [] : [`${number(bad, 'line')} can't be read`]),
  ]
  return [
    rows.length === 0 ? '' : table(head, cells),
    more === 0 ? '' : `and ${number(more, 'call')} like none of these\n`,
    `${visibleLine(file)}: ${counts.join(', ')}\n`,
  ].join('')
}

function number(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
