/** What came of the checks, as a table for people: a row a primitive, a column a meeting of eras. */
export type Cell = 'passed' | 'failed' | 'not yet' | 'none'

const SIGNS: Readonly<Record<Cell, string>> = { passed: '✓', failed: '✗', 'not yet': 'not yet', none: '–' }
/** The first that is among the results of a cell is what the cell says. */
const WORST_FIRST: readonly Cell[] = ['failed', 'not yet', 'passed', 'none']

export class Table {
  /** By row and column, and there by the pair of which it is. */
  readonly #cells: Map<string, Map<string, Map<string, Cell>>>

  constructor(rows: readonly string[]) {
    this.#cells = new Map(rows.map((row) => [row, new Map()]))
  }

  /** What is said of a pair last, counts. */
  note(row: string, column: string, pair: string, cell: Cell): void {
    const cells = this.#cells.get(row)
    const pairs = cells?.get(column) ?? new Map<string, Cell>()
    cells?.set(column, pairs.set(pair, cell))
  }

  /** In Markdown. */
  print(columns: readonly string[]): string {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
    const rows = [...this.#cells].map(([row, cells]) =>
      line([row, ...columns.map((column) => signOf([...(cells.get(column)?.values() ?? [])]))]),
    )
    return line(['', ...columns]) + line(['---', ...columns.map(() => ':-:')]) + rows.join('')
  }
}

function signOf(results: readonly Cell[]): string {
  const worst = WORST_FIRST.find((cell) => results.includes(cell))
  return worst === undefined ? '' : SIGNS[worst]
}
