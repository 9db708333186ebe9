/**
 * npm run day: how often a person is asked on a working day. Replays 200 recorded calls (calls.jsonl; record.mjs says
 * how they came about) against this sidemux, with stand-ins that list what the eight real servers listed, and a person
 * at the page who does what it suggests (person.mjs). Then the same calls the next day, with the rules that `sidemux
 * tools --suggest` made of the first one. "Lasting yes": the person lets also what is destructive do the same again, 20
 * times within 8 hours, as the page offers. Exits 1 where a bar is missed.
 *
 *   --list   every question, with what was answered
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SERVERS } from './day.mjs'
import { place, replay, takeSuggestion } from './replay.mjs'
import { removeTree } from '../remove-tree.mjs'

/** Minutes; about the first 40 calls. */
const FIRST_HOUR = 60
const LABELS = resolve(import.meta.dirname, '../policy/labelled-tools.jsonl')

const { values: options } = parseArgs({ options: { list: { type: 'boolean', default: false } } })

/** By hand, whatever sidemux takes them for. */
const destroys = new Set(
  readFileSync(LABELS, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line))
    .flatMap(([server, tool, label]) => (label === 'destructive' ? [`${server} ${tool}`] : [])),
)
const isDestructive = ({ server, tool }) => destroys.has(`${SERVERS[server]} ${tool}`)

function countsOf(calls) {
  const lasting = new Set()
  const unasked = []
  for (const call of calls) {
    const key = `${call.server} ${call.tool}`
    if (call.asked === undefined && call.refused === undefined && isDestructive(call) && !lasting.has(key))
      unasked.push(call)
    // A person who saw that it is destructive let it do so again.
    if (call.asked?.granted === 'always' && call.asked.risk === 'destructive') lasting.add(key)
  }
  const asked = calls.filter((call) => call.asked !== undefined)
  const later = asked.filter(({ minute }) => minute >= FIRST_HOUR)
  return {
    calls: calls.length,
    asked: asked.length,
    later: later.length,
    'of these destructive': later.filter(isDestructive).length,
    'destructive unasked': unasked.length,
    failed: calls.filter(({ refused }) => refused !== undefined).length,
  }
}

/** A day without rules, and the next one with what `tools --suggest` made of it. */
async function days(name, habits) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-day-'))
  try {
    const where = place(dir)
    const first = await replay(where, habits)
    // A lasting yes ends within the day, which a replay hasn't time for.
    if (habits.lasting) return [rowOf(name, first)]
    takeSuggestion(where)
    return [rowOf(name, first), rowOf('the next day, with --suggest', await replay(where, habits))]
  } finally {
    await removeTree(dir)
  }
}

function rowOf(name, calls) {
  if (options.list) list(name, calls)
  return { day: name, ...countsOf(calls) }
}

function list(name, calls) {
  process.stdout.write(`${name}\n`)
  for (const { minute, server, tool, asked, refused } of calls) {
    if (asked === undefined && refused === undefined) continue
    const said =
      asked &&
      `${asked.risk}: ${asked.granted} ${asked.fixed?.join(', ') ?? ''} ${JSON.stringify(asked.within ?? {})}`
    process.stdout.write(`  ${minute} min  ${server} ${tool}  ${said ?? `refused: ${refused}`}\n`)
  }
}

function tableOf(rows) {
  const heads = Object.keys(rows[0])
  const lines = [heads, ...rows.map((row) => heads.map((head) => String(row[head])))]
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const rows = [...(await days('no rules', {})), ...(await days('no rules, lasting yes', { lasting: true }))]
process.stdout.write(`${tableOf(rows)}\n`)
const [plain, suggested] = rows
const missed = [
  plain.later > 10 && `${plain.later} questions after the first hour, 10 are allowed`,
  suggested.later > 5 && `${suggested.later} questions after the first hour with --suggest, 5 are allowed`,
  ...rows.flatMap((row) => [
    row['destructive unasked'] > 0 && `${row['destructive unasked']} destructive calls unasked`,
    row.failed > 0 && `${row.failed} calls failed`,
  ]),
].filter((line) => line !== false)
for (const line of missed) process.stdout.write(`MISSED: ${line}\n`)
process.exit(missed.length > 0 ? 1 : 0)
