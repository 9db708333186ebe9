/** One entry of `servers:` while it is read: where it stands, what it may refer to, and what is wrong with it. */
import type { VariablePlace } from '../paste/variables.ts'
import { isShell } from '../paste/command-text.ts'
import type { Template } from '../../secrets/reference.ts'
import { showKey, type Finding, type Path } from '../problem.ts'
import type { RawServer } from '../schema/schema.ts'
import { readTemplate, type Scope } from '../templates.ts'

const PLACES: ReadonlyMap<string | number | undefined, VariablePlace> = new Map(
  (['env', 'headers', 'args', 'url', 'command', 'cwd'] as const).map((place) => [place, place]),
)

export class ServerEntry {
  readonly raw: RawServer
  /** As the file has it. */
  readonly originalId: string
  /** The same, for sentences. */
  readonly name: string
  /** Type by alias; undefined where a store is declared but broken. */
  readonly stores: ReadonlyMap<string, string | undefined>
  readonly #findings: Finding[]

  constructor(
    originalId: string,
    raw: RawServer,
    stores: ReadonlyMap<string, string | undefined>,
    findings: Finding[],
  ) {
    this.raw = raw
    this.originalId = originalId
    this.name = showKey(originalId)
    this.stores = stores
    this.#findings = findings
  }

  /** What is wrong with a field, or with the whole entry. Answers undefined, which stands for "no result". */
  refuse(field: Path, message: string, hint: string): undefined {
    this.#report(field, field.length === 0 ? 'key' : 'value', 'error', message, hint)
  }

  warn(field: Path, message: string, hint?: string): void {
    this.#report(field, 'key', 'warning', message, hint)
  }

  /** Undefined when the text holds a broken reference, which is reported. */
  template(source: string, field: Path, allows: Scope['allows']): Template | undefined {
    const { command, args = [], leases = {} } = this.raw
    const [key] = field
    // A shell puts its variables in itself.
    const place = key === 'args' && isShell(command, args) ? undefined : PLACES.get(key)
    const scope = { allows, place, stores: [...this.stores.keys()], leases: Object.keys(leases) }
    return readTemplate(source, this.#path(field), scope, this.#findings)
  }

  templates(field: 'env' | 'headers'): ReadonlyMap<string, Template> | undefined {
    const read = Object.entries(this.raw[field] ?? {}).map(
      ([name, value]) =>
        [
          name,
          typeof value === 'string'
            ? this.template(value, [field, name], 'everything')
            : this.template(value.value, [field, name, 'value'], 'everything'),
        ] as const,
    )
    const good = read.flatMap(([name, template]) =>
      template === undefined ? [] : [[name, template] as const],
    )
    return good.length === read.length ? new Map(good) : undefined
  }

  #report(
    field: Path,
    on: Finding['on'],
    severity: Finding['severity'],
    message: string,
    hint?: string,
  ): void {
    const path = this.#path(field)
    this.#findings.push({ path, on, severity, message, ...(hint === undefined ? {} : { hint }) })
  }

  #path(field: Path): Path {
    return ['servers', this.originalId, ...field]
  }
}
