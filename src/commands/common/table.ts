/** Plain columns for terminals: no colour to strip, no borders to copy. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return columns(head)(rows)
}

/** The same for rows that come by and by: each page below the ones before it, as wide as the widest so far. */
export function columns(head: readonly string[]): (rows: readonly (readonly string[])[]) => string {
  let widths: number[] | undefined
  return (rows) => {
    const page = widths === undefined ? [head, ...rows] : rows
    const before = widths ?? []
    const now = head.map((_, at) => Math.max(before[at] ?? 0, ...page.map((row) => row[at]?.length ?? 0)))
    widths = now
    return page.map((row) => laidOut(row, now)).join('')
  }
}

function laidOut(row: readonly string[], widths: readonly number[]): string {
  const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return `${line.trimEnd()}\n`
}
