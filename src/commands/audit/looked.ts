/** Says what was searched, so that "nothing found" and "not there" are told apart. Pure. */
import type { Row } from '../../audit/read/calls.ts'
import { nearestName } from '../../nearest.ts'
import { visibleLine } from '../../visible.ts'
import type { RowFacts } from './facts.ts'
import type { Filter } from './filter.ts'

const MAX_NAMES = 1000
const MAX_SHOWN = 20

export class Looked {
  found = 0
  readonly #filter: Filter
  #rows = 0
  #first = ''
  #last = ''
  /** Calls of whose arguments not all can be searched. */
  #partly = 0
  readonly #servers = new Set<string>()
  readonly #hosts = new Set<string>()

  constructor(filter: Filter) {
    this.#filter = filter
  }

  at(row: Row, { begin, server, host }: RowFacts): void {
    this.#rows += 1
    if (this.#first === '') this.#first = begin
    this.#last = begin
    if (server !== '' && this.#servers.size < MAX_NAMES) this.#servers.add(server)
    if (host !== '' && this.#hosts.size < MAX_NAMES) this.#hosts.add(host)
    if (row.kind === 'call' && row.intent !== undefined)
      if (row.intent['cut'] !== undefined || row.intent['arguments'] === undefined) this.#partly += 1
  }

  /** Where nothing was found. */
  words(): string {
    if (this.#rows === 0) return 'no records yet\n'
    const { server, host, grep } = this.#filter
    return [
      `no row matches; looked through ${this.#rows} from ${this.#first} to ${this.#last}\n`,
      server === undefined ? '' : known('servers', server, this.#servers),
      host === undefined ? '' : known('hosts', host, this.#hosts),
      grep === undefined || this.#partly === 0
        ? ''
        : `of ${this.#partly} calls not all arguments are in the log: longer than 4 KiB, or kept as a hash (audit.arguments)\n`,
    ]
      .map(visible)
      .join('')
  }
}

function known(what: string, asked: string, names: ReadonlySet<string>): string {
  if (names.size === 0) return `the log speaks of no ${what}\n`
  const near = nearestName(asked, [...names])
  if (near !== undefined && near !== asked) return `hint: did you mean ${near}?\n`
  const shown = [...names].toSorted().slice(0, MAX_SHOWN).join(', ')
  return `the log speaks of these ${what}: ${shown}${names.size > MAX_SHOWN ? ', …' : ''}\n`
}

function visible(line: string): string {
  return line === '' ? '' : `${visibleLine(line.trimEnd())}\n`
}
