// What an attempt comes to, and what a table of them says. Pure.

/** From the worst down; what counts against a mode stands in capitals. */
export const OUTCOMES = {
  leak: 'LEAKS',
  write: 'WRITES',
  done: 'DONE',
  reach: 'REACHES',
  stays: 'STAYS',
  storm: 'unbounded',
  open: 'open',
  kept: 'kept',
  unable: 'not here',
}
const COUNTS = new Set(['leak', 'write', 'done', 'reach', 'stays'])

/** The programs that an attempt needs are not on this machine, or not in the sandbox: that shows nothing. */
const IS_UNABLE = /spawn(?:Sync)? \S+ ENOENT/

/**
 * @param seen loot: names of canaries; changed: paths; reached: names of stubs; failed: what it said when it failed; said
 * @param attempt of inside/attempts/all.mjs
 */
export function outcomeOf({ loot = [], changed = [], reached = [], failed }, { open, storm, shows } = {}) {
  const worked =
    loot.length > 0
      ? 'leak'
      : changed.length > 0
        ? 'write'
        : reached.length > 0
          ? 'reach'
          : shows === 'said' && failed === undefined
            ? 'done'
            : undefined
  if (worked !== undefined) return open === undefined ? worked : 'open'
  if (storm && failed === undefined) return 'storm'
  return failed !== undefined && IS_UNABLE.test(failed) ? 'unable' : 'kept'
}

export const counts = (outcome) => COUNTS.has(outcome)

/** How bad, for comparing: 0 is kept. */
export const badness = (outcome) => (counts(outcome) ? 2 : outcome === 'storm' ? 1 : 0)

/**
 * A table of text. @param columns names of modes @param rows { name, cells: outcome or undefined a column, note }
 */
export function tableOf(columns, rows) {
  const cells = [
    ['attack', ...columns],
    ...rows.map(({ id, cells: outcomes }) => [id, ...outcomes.map((one) => OUTCOMES[one] ?? '')]),
  ]
  const widths = cells[0].map((_, at) => Math.max(...cells.map((row) => row[at].length)))
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
