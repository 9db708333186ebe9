/**
 * Remembers the sandbox of each server, and says of its words what it was denied in it: a line of stderr is told once and
 * goes into the log, the text of a tool that failed is told each time, beside it.
 */
import type { PathFacts } from '../facts.ts'
import { denialOf, denialText, type FileDenial, type SandboxSeen } from './denial.ts'
import { deniedFiles } from './denied.ts'

/** Of each server: one that means harm can name paths without end. */
const MOST_TOLD = 32

export class FileDenials {
  readonly #seen = new Map<string, SandboxSeen>()
  readonly #told = new Map<string, Set<string>>()
  readonly #disk: PathFacts
  readonly #onNew: (denial: FileDenial) => void

  /** @param onNew of a file that this server wasn't denied before, as far as is remembered */
  constructor(disk: PathFacts, onNew: (denial: FileDenial) => void) {
    this.#disk = disk
    this.#onNew = onNew
  }

  /** What a server is started in now; undefined where it isn't confined. */
  confined(server: string, sandbox: Omit<SandboxSeen, 'server'> | undefined): void {
    this.#told.delete(server)
    if (sandbox === undefined) this.#seen.delete(server)
    else this.#seen.set(server, { server, ...sandbox })
  }

  /** A server printed this. */
  heard(server: string, line: string): void {
    for (const denial of this.#of(server, line)) this.#tell(denial)
  }

  /** A tool failed with this: what to say beside it; undefined where the sandbox isn't why. */
  beside(server: string, text: string): string | undefined {
    const denials = this.#of(server, text)
    if (denials.length === 0) return undefined
    for (const denial of denials) this.#tell(denial)
    return denials
      .map(denialText)
      .map(({ message, hint }) => `sidemux: ${message}\nhint: ${hint}`)
      .join('\n')
  }

  #of(server: string, text: string): readonly FileDenial[] {
    const seen = this.#seen.get(server)
    if (seen === undefined) return []
    return deniedFiles(text).flatMap((denied) => denialOf(denied, seen, this.#disk) ?? [])
  }

  #tell(denial: FileDenial): void {
    const told = this.#told.get(denial.server) ?? new Set<string>()
    this.#told.set(denial.server, told)
    const key = `${denial.setting} ${denial.path}`
    if (told.has(key) || told.size >= MOST_TOLD) return
    told.add(key)
    this.#onNew(denial)
  }
}
