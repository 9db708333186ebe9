/** What came of the checks, as a table for people: a row a primitive, a column a meeting of eras. */
type Cell = 'passed' | 'failed' | 'not yet' | 'none'

const SIGNS: Readonly<Record<Cell, string>> = { passed: '✓', failed: '✗', 'not yet': 'not yet', none: '–' }
/** The first that is among the results of a cell is what the cell says. */
const WORST_FIRST: readonly Cell[] = ['failed', 'not yet', 'passed', 'none']

export class Table {
  readonly #cells: Map<string, Map<string, Set<Cell>>>

  constructor(rows: readonly string[]) {
    this.#cells = new Map(rows.map((row) => [row, new Map()]))
  }

  note(row: string, column: string, cell: Cell): void {
    const cells = this.#cells.get(row)
    cells?.set(column, (cells.get(column) ?? new Set()).add(cell))
  }

  /** In Markdown, as it stands in the README. */
  print(columns: readonly string[]): string {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
    const rows = [...this.#cells].map(([row, cells]) =>
      line([row, ...columns.map((column) => signOf(cells.get(column)))]),
    )
    return line(['', ...columns]) + line(['---', ...columns.map(() => ':-:')]) + rows.join('')
  }
}

function signOf(results: ReadonlySet<Cell> | undefined): string {
  const worst = WORST_FIRST.find((cell) => results?.has(cell))
  return worst === undefined ? '' : SIGNS[worst]
}
