/**
 * The door of one sidecar: a port on 127.0.0.1 that opens once a host is there, and closes with the sidecar. While
 * it is open a run file says where it is.
 */
import { LoopbackServer, type HttpOptions } from './http.ts'
import { removeRun, RENEW_MS, writeRun } from '../neighbours/runs.ts'
import type { RunFile } from '../page-wire.ts'

export interface DoorOptions extends HttpOptions {
  readonly stateDir: string
  readonly run: Omit<RunFile, 'port'>
}

export class DoorPort {
  readonly #options: DoorOptions
  readonly #server: LoopbackServer
  #opened: Promise<number> | undefined
  #renewing: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: DoorOptions) {
    this.#options = options
    this.#server = new LoopbackServer(options)
  }

  /** Its port. What failed is tried again when it is needed the next time. */
  open(): Promise<number> {
    if (this.#closed) return Promise.reject(new Error('closed'))
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  /** For good. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#renewing)
    await this.#opened?.catch(() => undefined)
    await removeRun(this.#options.stateDir, this.#options.run.id)
    await this.#server.close()
  }

  async #open(): Promise<number> {
    const { stateDir, run } = this.#options
    const port = this.#server.port === 0 ? await this.#server.open() : this.#server.port
    await writeRun(stateDir, { ...run, port })
    this.#renewing ??= setInterval(() => void this.#renew(port), RENEW_MS).unref()
    return port
  }

  async #renew(port: number): Promise<void> {
    const { stateDir, run } = this.#options
    await writeRun(stateDir, { ...run, port }).catch(() => undefined)
    if (this.#closed) await removeRun(stateDir, run.id)
  }
}
