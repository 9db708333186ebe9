/**
 * npm run conformance: the official suite against the fixture, straight and through sidemux, in both eras. The
 * difference is what sidemux costs. Exits 1 when something fails that isn't expected (expected-failures.yaml), or
 * doesn't fail that is. Arguments: revisions to run, and `--other-era` for a child of the other era than the host's.
 * Where CI is set, a run that isn't as expected is repeated once: some checks wait half a second only.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { startBridge } from './bridge/bridge.mjs'
import { judge } from './judge.mjs'
import { prefixed, SAME } from './names.mjs'
import { findNode, runSuite } from './suite.mjs'

const REVISIONS = { '2025-11-25': 'legacy', '2026-07-28': 'modern' }
/** One letter: names have at most 46 characters, and the suite's longest has 42. */
const SERVER = 'x'
const here = import.meta.dirname
const CLI = resolve(here, '../../dist/cli.js')
const FIXTURE = join(here, 'fixture/server.mjs')
const expected = parse(readFileSync(join(here, 'expected-failures.yaml'), 'utf8'))
const say = (line = '') => process.stdout.write(`${line}\n`)

const options = process.argv.slice(2)
const otherEra = options.includes('--other-era')
const chosen = Object.keys(REVISIONS).filter((revision) => options.includes(revision))
const unknown = options.filter((option) => option !== '--other-era' && !Object.hasOwn(REVISIONS, option))
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(' ')}\nhint: npm run conformance -- 2026-07-28 --other-era\n`)
  process.exit(2)
}

/** Everything that the fixture offers is allowed, nothing is asked and nothing is slowed down. */
function sidemux(dir, era) {
  const state = join(dir, 'state')
  mkdirSync(state, { mode: 0o700 })
  const config = join(dir, 'servers.yaml')
  const server = {
    command: process.execPath,
    args: [FIXTURE, '--era', era],
    tools: { allow: ['*'] },
    sampling: 'allow',
    rateLimit: '100000/minute',
  }
  writeFileSync(config, JSON.stringify({ version: 1, servers: { [SERVER]: server } }))
  return {
    command: process.execPath,
    args: [CLI, 'serve', '--config', config],
    env: { PATH: process.env.PATH, HOME: dir, SIDEMUX_STATE_DIR: state, SIDEMUX_TRUST: 'off' },
    names: prefixed(SERVER),
  }
}

const straight = (era) => ({
  command: process.execPath,
  args: [FIXTURE, '--era', era],
  env: { PATH: process.env.PATH },
  names: SAME,
})

const leftOut = Object.keys(expected.leftOut).map((name) => name.split('*'))
const isLeftOut = (scenario) =>
  leftOut.some(([start, more]) => (more === undefined ? scenario === start : scenario.startsWith(start)))

/** One run of the suite; what the server says on stderr is shown when it didn't go as expected. */
async function run(node, revision, serverIn) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-conformance-'))
  let stderr = ''
  const bridge = await startBridge({ ...serverIn(dir), onStderr: (text) => (stderr += text) })
  try {
    const results = await runSuite(node, bridge.url, revision)
    return { results: new Map([...results].filter(([scenario]) => !isLeftOut(scenario))), stderr }
  } finally {
    await bridge.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function judged(node, revision, serverIn, measure, lines) {
  for (let tries = process.env.CI === undefined ? 1 : 2; ; tries -= 1) {
    const { results, stderr } = await run(node, revision, serverIn)
    const verdict = { results, stderr, ...judge(results, measure, lines ?? {}) }
    const isAsExpected = verdict.unexpected.length === 0 && verdict.stale.length === 0
    if (isAsExpected || tries === 1) return { ...verdict, isAsExpected }
    say(`not as expected, once more: ${verdict.unexpected.map(({ check }) => check).join(' ')}`)
  }
}

const count = ({ passed, total }) => `${passed}/${total}`
const sum = (rows) =>
  count(
    rows.reduce((all, row) => ({ passed: all.passed + row.passed, total: all.total + row.total }), {
      passed: 0,
      total: 0,
    }),
  )
const whole = (rows) => `${rows.filter(({ ok }) => ok).length}/${rows.length}`

function show(revision, child, before, after) {
  say(`\n${revision}, a child of ${child}`)
  say(`  ${'scenario'.padEnd(46)} ${'straight'.padEnd(9)} ${'sidemux'.padEnd(9)} what it costs`)
  for (const row of after.rows) {
    const of = before.rows.find(({ scenario }) => scenario === row.scenario)
    const cost = row.ok ? '' : row.why === '' ? 'not expected' : row.why
    say(`  ${row.scenario.padEnd(46)} ${count(of).padEnd(9)} ${count(row).padEnd(9)} ${cost}`.trimEnd())
  }
  say(`  ${'checks'.padEnd(46)} ${sum(before.rows).padEnd(9)} ${sum(after.rows)}`)
  say(`  ${'scenarios'.padEnd(46)} ${whole(before.rows).padEnd(9)} ${whole(after.rows)}`)
}

function complain(where, { unexpected, stale, stderr, isAsExpected }) {
  if (isAsExpected) return
  for (const { check, status, message } of unexpected)
    say(`[FAILED] ${where}: ${check}: ${status} ${message}`)
  for (const line of stale)
    say(`[STALE] ${where}: ${line} doesn't fail; remove it from expected-failures.yaml`)
  if (stderr !== '') say(`what the server said on stderr:\n${stderr.slice(-4000)}`)
}

async function main() {
  const node = findNode()
  const started = Date.now()
  const verdicts = []
  for (const revision of chosen.length === 0 ? Object.keys(REVISIONS) : chosen) {
    const era = REVISIONS[revision]
    const before = await judged(node, revision, () => straight(era), undefined, expected.straight[revision])
    verdicts.push([`${revision} straight`, before])
    for (const [child, childEra] of Object.entries(REVISIONS)) {
      if (childEra !== era && !otherEra) continue
      const lines = expected.sidemux[revision]
      const after = await judged(node, revision, (dir) => sidemux(dir, childEra), before.results, lines)
      verdicts.push([`${revision} through sidemux, a child of ${child}`, after])
      show(revision, child, before, after)
    }
  }
  say()
  for (const [name, why] of Object.entries(expected.leftOut)) say(`left out: ${name}: ${why}`)
  for (const [where, verdict] of verdicts) complain(where, verdict)
  const good = verdicts.every(([, { isAsExpected }]) => isAsExpected)
  say(`${good ? 'as expected' : 'not as expected'}, in ${Math.round((Date.now() - started) / 1000)} s`)
  return good ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
