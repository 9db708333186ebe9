/**
 * Every primitive of MCP between every host and every server, of both eras (promise 7). Each check runs first without the
 * sidecar, to prove that it is right: with each host, and with each server. Then each host has a sidecar, in which
 * the servers of both eras lie side by side, and every check runs with each of them. What isn't there yet is in
 * not-yet.ts.
 */
import { afterAll, describe, expect, test } from 'vitest'
import type { Check } from './check.ts'
import { OFFERS } from './checks-offers.ts'
import { TALK } from './checks-talk.ts'
import { entryOf, heldTo, NOT_YET } from './not-yet.ts'
import { anew, CHILDREN, direct, HOSTS, shared, through, type Child, type Host } from './pairs.ts'
import { EVERYTHING } from './peer.ts'
import { Table, type Cell } from './table.ts'

const CHECKS = [...OFFERS, ...TALK]
const MODEL = { sampling: 'allow' }
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

/** Each host and each server is in one of them. */
const PROOFS = PAIRS.filter(({ host, child }) => {
  const isOfSame = (one: Child): boolean => one.era === host.era && one.of === host.of
  return host.era === child.era && (CHILDREN.some(isOfSame) ? isOfSame(child) : child.of === 'no SDK')
})

describe.each(PROOFS)('without the sidecar: $host.era host ($host.of)', ({ host, child }) => {
  const running = shared(() => direct(host, child, EVERYTHING))
  for (const { name, run } of checksOf(host, child, false))
    test(name, async () => run(anew((await running()).way)))
})

for (const host of HOSTS) {
  // That a server is told of no model unless its entry allows it, is held by capabilities.process.test.ts.
  const servers = Object.fromEntries(CHILDREN.map((child) => [child.id, { child, entry: MODEL }]))
  const company = shared(() => through(host, servers, EVERYTHING))
  describe.each(CHILDREN)(`${host.era} host (${host.of}), $era child ($of)`, (child) => {
    for (const check of checksOf(host, child, true)) {
      const title = `${titleOf(host, child)}: ${check.name}`
      const entry = entryOf(NOT_YET, [check.name, `${erasOf(host, child)}: ${check.name}`, title])
      if (entry !== undefined) met.add(entry)
      test(check.name, async () => {
        const note = (cell: Cell) => table.note(check.name, erasOf(host, child), title, cell)
        note(entry === undefined ? 'failed' : 'not yet')
        await heldTo(entry, title, async () => check.run(anew((await company()).to(child.id))))
        if (entry === undefined) note('passed')
      })
    }
  })
}

test('every entry of what is not there yet names a check', () => {
  expect(NOT_YET.filter((entry) => !met.has(entry))).toEqual([])
})
