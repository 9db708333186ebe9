/**
 * Every primitive of MCP between every host and every server, of both eras (promise 7). Each check runs first without the
 * sidecar, where host and server are of one era, to prove that the check is right; then through it. For each host the
 * sidecar is once a process on real pipes, and runs here otherwise. What isn't there yet is in not-yet.ts.
 */
import { afterAll, describe, expect, test } from 'vitest'
import type { Check } from './check.ts'
import { OFFERS } from './checks-offers.ts'
import { TALK } from './checks-talk.ts'
import { entryOf, heldTo, NOT_YET } from './not-yet.ts'
import { CHILDREN, direct, HOSTS, shared, through, throughHere, type Child, type Host } from './pairs.ts'
import { EVERYTHING } from './peer.ts'
import { Table, type Cell } from './table.ts'

const CHECKS = [...OFFERS, ...TALK]
const PAIRS = HOSTS.flatMap((host) => CHILDREN.map((child) => ({ host, child })))

const table = new Table(CHECKS.map(({ name }) => name))
const met = new Set<string>()
const erasOf = (host: Host, child: Child): string => `${host.era} host, ${child.era} child`
const titleOf = (host: Host, child: Child): string =>
  `${host.era} host (${host.of}), ${child.era} child (${child.of})`

/** The checks that there are between these two; those that don't apply are noted as such. */
function checksOf(host: Host, child: Child, isThrough: boolean): readonly Check[] {
  const facts = { hasSdk: host.raw === undefined, host: host.era, child: child.era, through: isThrough }
  return CHECKS.filter(({ name, because }) => {
    const applies = because?.(facts) === undefined
    if (isThrough && !applies) table.note(name, erasOf(host, child), titleOf(host, child), 'none')
    return applies
  })
}

afterAll(() => {
  const columns = [...new Set(PAIRS.map(({ host, child }) => erasOf(host, child)))]
  process.stdout.write(`\n${table.print(columns)}\n`)
})

for (const { host, child } of PAIRS.filter(({ host, child }) => host.era === child.era)) {
  describe(`without the sidecar: ${titleOf(host, child)}`, () => {
    const way = shared(() => direct(host, child, EVERYTHING))
    for (const { name, run } of checksOf(host, child, false)) test(name, async () => run(await way()))
  })
}

for (const { host, child } of PAIRS) {
  describe(titleOf(host, child), () => {
    const isProcess = child.era === host.era && child.of === 'no SDK'
    // That a server is told of no model unless its entry allows it, is held by capabilities.process.test.ts.
    const way = shared(() =>
      (isProcess ? through : throughHere)(host, child, EVERYTHING, { sampling: 'allow' }),
    )
    for (const check of checksOf(host, child, true)) {
      const title = `${titleOf(host, child)}: ${check.name}`
      const entry = entryOf(NOT_YET, [check.name, `${erasOf(host, child)}: ${check.name}`, title])
      if (entry !== undefined) met.add(entry)
      test(check.name, async () => {
        const note = (cell: Cell) => table.note(check.name, erasOf(host, child), title, cell)
        note(entry === undefined ? 'failed' : 'not yet')
        await heldTo(entry, title, async () => check.run(await way()))
        if (entry === undefined) note('passed')
      })
    }
  })
}

test('every entry of what is not there yet names a check', () => {
  expect(NOT_YET.filter((entry) => !met.has(entry))).toEqual([])
})
