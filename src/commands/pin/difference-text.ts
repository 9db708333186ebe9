/**
 * Writes a difference for a terminal: each member with the lines that go and come, in the words of the page
 * (dashboard/page/values/), and with everything that hides written out. Pure.
 */
import type { Difference } from '../../catalog/lock/differences.ts'
import { definitionDiff } from '../../dashboard/page/values/values.ts'
import type { DiffRow } from '../../dashboard/page/values/diff.ts'
import { visibleLine } from '../../visible.ts'

/** Unchanged lines beside a change. */
const NEAR = 2
const SIGNS = { same: ' ', removed: '-', added: '+' } as const

export function summaryLine(
  id: string,
  differences: readonly Difference[],
  accepted: ReadonlySet<Difference>,
): string {
  if (differences.length === 0) return `${id}: as in servers.lock`
  const left = differences.length - accepted.size
  const done = accepted.size === 0 ? [] : [`${accepted.size} accepted: ${namesOf([...accepted])}`]
  return `${id}: ${[...done, ...(left === 0 ? [] : [`${left} not as in servers.lock`])].join('; ')}`
}

export function differenceLines({ kind, name, what, changes }: Difference): readonly string[] {
  return [
    `${what} ${kind}${name === '' ? '' : ` ${visibleLine(name)}`}`,
    ...changes.flatMap(({ member, before, after }) => [
      `  ${visibleLine(member)}`,
      ...nearChanges(definitionDiff(before, after)).map((row) =>
        row === undefined ? '      …' : `    ${SIGNS[row.kind]} ${visibleLine(row.text)}`,
      ),
    ]),
  ]
}

function namesOf(differences: readonly Difference[]): string {
  return differences.map(({ kind, name }) => visibleLine(name === '' ? kind : name)).join(', ')
}

/** Undefined where unchanged lines are left out. */
function nearChanges(rows: readonly DiffRow[]): readonly (DiffRow | undefined)[] {
  const isNear = (at: number): boolean =>
    rows.slice(Math.max(0, at - NEAR), at + NEAR + 1).some(({ kind }) => kind !== 'same')
  return rows.flatMap((row, at) => {
    if (isNear(at)) return [row]
    return at === 0 || isNear(at - 1) ? [undefined] : []
  })
}
