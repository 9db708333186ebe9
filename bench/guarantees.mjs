// node bench/guarantees.mjs [DIST] [--docs]: what each guarantee costs a small call, timed alone: microseconds of processor, the
// least of some loops, with one call at a time and with 32 in a turn (then records are written together). In a real call
// caches are colder; what all of it costs together is measured by bench.mjs. It judges nothing;
// --docs puts the table into docs/performance.md.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { intoPage } from './report/document.mjs'
import { guarantees, MODULES } from './guarantee-list.mjs'

const LOOPS = 9
const CALLS = 3200
const [given = join(import.meta.dirname, '../dist')] = process.argv.slice(2).filter((arg) => arg !== '--docs')
const dist = resolve(given)
const modules = Object.assign({}, ...(await Promise.all(MODULES.map((one) => import(join(dist, one))))))

/** Microseconds of processor a call, with so many in a turn of the event loop. */
async function cost(run, atOnce, { calls, results }) {
  let least = Infinity
  for (let loop = 0; loop < LOOPS; loop += 1) {
    const given = [calls(CALLS), results(CALLS)]
    const before = process.cpuUsage()
    for (let n = 0; n < CALLS; n += atOnce) {
      if (atOnce === 1) {
        await run(given[0][n], given[1][n])
        continue
      }
      const turn = []
      for (let m = n; m < n + atOnce; m += 1) turn.push(run(given[0][m], given[1][m]))
      await Promise.all(turn)
    }
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / CALLS)
  }
  return least
}

const dir = mkdtempSync(join(tmpdir(), 'sidemux-guarantees-'))
try {
  const { list, none, end, ...made } = await guarantees(modules, dir)
  const rows = []
  const floor = { 1: await cost(none, 1, made), 32: await cost(none, 32, made) }
  for (const { promise, what, run, holds } of list) {
    if (!(await holds())) throw new Error(`this guarantee is not on, so its price means nothing: ${what}`)
    const of = async (atOnce) => Math.max(0, (await cost(run, atOnce, made)) - floor[atOnce])
    rows.push([promise, what, await of(1), await of(32)])
  }
  await end()
  const sum = (column) => rows.reduce((all, row) => all + row[column], 0)
  const shown = [...rows, ['', 'all of them', sum(2), sum(3)]].map(
    ([promise, what, alone, many]) => `| ${promise} | ${what} | ${alone.toFixed(1)} | ${many.toFixed(1)} |`,
  )
  const table = [
    '| promise | guarantee | one at a time | 32 in a turn |',
    '|---|---|---|---|',
    ...shown,
  ].join('\n')
  console.log(table)
  if (process.argv.includes('--docs')) intoPage('guarantees', table)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
