/**
 * Reads long lines of servers in a thread of its own, so that other calls aren't held up meanwhile. The thread starts
 * with the first such line, ends when none has come for a while, and has bounded memory; if it fails, the lines that it
 * had are lost and say so, and the next line gets a new thread (promise 1).
 */
import { Worker } from 'node:worker_threads'
import { parseJson } from '../json/parse.ts'
import { RawJson } from '../json/write.ts'
import type { Redactor } from '../redact/redactor.ts'
import { parseLine, type Frame } from '../upstream/framing.ts'
import { FinishedResult, type LargeFacts } from '../upstream/large.ts'
import { isRecord } from '../upstream/normalize.ts'
import type { Server } from './finish.ts'
import type { Done, Job } from './job.ts'

const IDLE_MS = 10_000
const MAX_MEMORY_MB = 1024
/** Of the sources only their build has a file that a thread can run. */
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/large/worker.js' : './worker.js',
  import.meta.url,
)

export class LargeReader {
  readonly #redactor: Pick<Redactor, 'secretsFrom'>
  readonly #waiting = new Map<number, (frame: Done | undefined) => void>()
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  /** How many secrets the thread knows. */
  #told = 0
  #last = 0

  constructor(redactor: Pick<Redactor, 'secretsFrom'>) {
    this.#redactor = redactor
  }

  async read(line: Buffer, facts: LargeFacts, server: Server): Promise<Frame> {
    const done = await this.#run(line, facts, server)
    if (done === undefined) return { kind: 'bad', why: 'unreadable', bytes: line.length }
    switch (done.kind) {
      case 'result':
        return finished(done)
      case 'bad':
        return { kind: 'bad', why: done.why, bytes: done.bytes }
      case 'back': {
        const { buffer, byteOffset, byteLength } = done.line
        return (
          parseLine(Buffer.from(buffer, byteOffset, byteLength), 'response') ?? {
            kind: 'bad',
            why: 'not-json',
            bytes: byteLength,
          }
        )
      }
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#end()
  }

  #run(line: Buffer, facts: LargeFacts, server: Server): Promise<Done | undefined> {
    clearTimeout(this.#idle)
    const worker = (this.#worker ??= this.#start())
    this.#last += 1
    const id = this.#last
    const secrets = this.#redactor.secretsFrom(this.#told).map(({ server: owner, secret }) => ({
      server: owner,
      label: secret.label,
      value: secret.reveal(),
    }))
    this.#told += secrets.length
    const job: Job = { id, line, facts, server, secrets }
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      worker.postMessage(job, [line.buffer as ArrayBuffer])
    })
  }

  #start(): Worker {
    this.#told = 0
    const worker = new Worker(PROGRAM, {
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    })
    worker.on('message', (done: Done) => this.#settle(done.id, done))
    worker.on('error', () => this.#lose(worker))
    worker.on('exit', () => this.#lose(worker))
    worker.unref()
    return worker
  }

  #settle(id: number, done: Done | undefined): void {
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    resolve?.(done)
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  #lose(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const id of this.#waiting.keys()) this.#settle(id, undefined)
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#lose(worker)
    await worker.terminate()
  }
}

function finished({ envelope, members }: Extract<Done, { kind: 'result' }>): Frame {
  const entries = members.map(({ key, json, masked }): [string, unknown] => [
    key,
    typeof json === 'string' ? parseJson(json) : new RawJson(json, masked),
  ])
  const message = parseJson(envelope)
  const result = new FinishedResult({ ok: true, result: Object.fromEntries(entries) })
  return { kind: 'message', message: { ...(isRecord(message) ? message : {}), result } }
}
