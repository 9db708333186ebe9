/**
 * Keeps on disk which leases a clerk holds: ids and references only, 0600, one file a clerk. So the next start knows
 * what a crash left behind. A lease is entered before the sidecar hears of it and struck out when it is gone. What
 * was given back when there was no sidecar to hear of it stays there for the next one (left-ledgers.ts), else a file
 * without open entries is removed. A clerk touches its file as long as it lives.
 */
import { rmSync, utimesSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { makeDirectory } from '../../state/directory.ts'
import { thisProcess, type Holder } from '../../state/holder.ts'
import { createFile } from '../../state/replace.ts'
import { appendLine, ledgerLine, type Held } from './ledger-lines.ts'

const TOUCH_EVERY_MS = 20_000

export class Ledger {
  readonly #file: string
  readonly #owner: Holder & { readonly config: string; readonly environment: string }
  readonly #open = new Map<string, Held>()
  readonly #touching: NodeJS.Timeout
  #untold = false

  /** Begins this process's own file. */
  constructor(dir: string, of: { config: string; environment: string }, now: number) {
    makeDirectory(dir)
    this.#owner = { ...thisProcess(), config: of.config, environment: of.environment }
    this.#file = join(dir, `${now}-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`)
    this.#begin()
    this.#touching = setInterval(() => this.#touch(), TOUCH_EVERY_MS).unref()
  }

  enter(held: Held): void {
    this.#append(held)
    this.#open.set(held.held, held)
  }

  /** @param expires RFC 3339 */
  renew(leaseId: string, expires: string): void {
    const held = this.#open.get(leaseId)
    if (held === undefined) return
    this.#open.set(leaseId, { ...held, expires })
    this.#append({ renewed: leaseId, expires })
  }

  /** @param outcome when nobody else hears of it */
  strike(leaseId: string, outcome?: string): void {
    if (!this.#open.has(leaseId)) return
    // First, since a file that was taken away is made anew with what is open.
    this.#append({ gone: leaseId, ...(outcome !== undefined && { outcome, at: new Date().toISOString() }) })
    this.#open.delete(leaseId)
    this.#untold ||= outcome !== undefined
  }

  /** Removes the file when nothing is open in it or left to be told. */
  close(): void {
    clearInterval(this.#touching)
    if (this.#open.size === 0 && !this.#untold) rmSync(this.#file, { force: true })
  }

  #begin(): void {
    createFile(this.#file, [this.#owner, ...this.#open.values()].map(ledgerLine).join(''), true)
  }

  #append(line: object): void {
    if (appendLine(this.#file, line)) return
    // Another machine took it for that of a clerk that is gone, because this one was suspended.
    this.#begin()
    appendLine(this.#file, line)
  }

  #touch(): void {
    try {
      utimesSync(this.#file, new Date(), new Date())
    } catch {
      // The next line makes it anew.
    }
  }
}
