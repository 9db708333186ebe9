/**
 * Reads long lines of servers in a thread of its own, so that other calls aren't held up meanwhile. The thread starts
 * with the first such line, ends when none has come for a while, and has bounded memory and time for each. It gets one
 * line after the other, so if it fails over one, that one is lost and says so, and the next gets a new thread (promise
 * 1): no server can make the lines of another one fail.
 */
import { STEADY } from '../json/steady.ts'
import { Worker } from 'node:worker_threads'
import { awakeTimeout, type AwakeTimer } from '../awake.ts'
import { parseJson } from '../json/parse.ts'
import { RawJson } from '../json/write.ts'
import type { Redactor } from '../redact/redactor.ts'
import { bytesIn, inOne, parseLine, type Frame } from '../wire/framing.ts'
import { FinishedResult, type LargeFacts } from '../upstream/link/large.ts'
import { isRecord } from '../json/record.ts'
import type { Server } from './finish.ts'
import type { Done, Job, Stretch } from './job.ts'

const IDLE_MS = 10_000
const MAX_MEMORY_MB = 1024
/** Each line is garbage when it is read: room for more of it would only be room that is never given back. */
const YOUNG_MEMORY_MB = 4
/** One of 10 MiB takes about a second; some fifteen when it is nothing but numbers that no double holds. */
const LINE_MS = 30_000
/** Of that, since clocks of time and of work are a little apart. */
const NEARLY = 0.8
const MAX_ROUNDS = 20
/** Of the sources only their build has a file that a thread can run. */
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/large/worker.js' : './worker.js',
  import.meta.url,
)

/** Room for nearly all lines, so that it is seldom made anew. */
const MEMORY_BYTES = 2 * 1024 * 1024

interface Asked extends Pick<Job, 'facts' | 'server'> {
  readonly line: readonly Buffer[]
  /** With nothing when the line is lost. */
  settle(done: Done | undefined): void
}

export class LargeReader {
  readonly #redactor: Pick<Redactor, 'secretsFrom'>
  readonly #lineMs: number
  readonly #waiting: Asked[] = []
  #reading: Asked | undefined
  #worker: Worker | undefined
  /** What the thread sees too: the line that it reads. */
  #memory: SharedArrayBuffer | undefined
  /** Ends the thread: of one that is idle, and of one that takes too long. */
  #idle: NodeJS.Timeout | undefined
  #late: AwakeTimer | undefined
  /** How many secrets the thread knows. */
  #told = 0
  #last = 0

  constructor(redactor: Pick<Redactor, 'secretsFrom'>, { lineMs = LINE_MS }: { lineMs?: number } = {}) {
    this.#redactor = redactor
    this.#lineMs = lineMs
  }

  async read(line: readonly Buffer[], facts: LargeFacts, server: Server): Promise<Frame> {
    const bytes = bytesIn(line)
    const done = await new Promise<Done | undefined>((settle) => {
      this.#waiting.push({ line, facts, server, settle })
      this.#next()
    })
    if (done === undefined) return { kind: 'bad', why: 'unreadable', bytes }
    switch (done.kind) {
      case 'result':
        return finished(done, line)
      case 'bad':
        return { kind: 'bad', why: done.why, bytes: done.bytes }
      case 'back':
        return parseLine(inOne(line), 'response') ?? { kind: 'bad', why: 'not-json', bytes }
    }
  }

  async close(): Promise<void> {
    for (const asked of this.#waiting.splice(0)) asked.settle(undefined)
    await this.#end()
  }

  #next(): void {
    if (this.#reading !== undefined) return
    this.#reading = this.#waiting.shift()
    this.#clear()
    if (this.#reading === undefined) {
      this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
      return
    }
    this.#limit(workedMs())
    try {
      this.#post(this.#reading)
    } catch {
      // There is none to be had, or one that may not know of all secrets.
      if (this.#worker === undefined) this.#settle(undefined)
      else void this.#end()
    }
  }

  /** Time that others had the processor for costs no line; and however little work is done, there is an end. */
  #limit(begunAt: number, rounds = 1): void {
    this.#late = awakeTimeout(() => {
      const isBusyElsewhere = workedMs() - begunAt < NEARLY * this.#lineMs
      if (isBusyElsewhere && rounds < MAX_ROUNDS) this.#limit(begunAt, rounds + 1)
      else void this.#end()
    }, this.#lineMs)
  }

  #post({ line, facts, server }: Asked): void {
    const worker = (this.#worker ??= this.#start())
    this.#last += 1
    const secrets = this.#redactor.secretsFrom(this.#told).map(({ server: owner, secret }) => ({
      server: owner,
      label: secret.label,
      value: secret.reveal(),
    }))
    this.#told += secrets.length
    const bytes = bytesIn(line)
    const memory = this.#memoryOf(bytes)
    const job: Job = { id: this.#last, bytes, ...(memory && { memory }), facts, server, secrets }
    const shared = new Uint8Array(memory ?? this.#memory ?? new SharedArrayBuffer(bytes))
    let at = 0
    for (const piece of line) {
      shared.set(piece, at)
      at += piece.length
    }
    worker.postMessage(job, [])
    this.#memory = memory ?? this.#memory
  }

  /** Memory for so many bytes, where what there is isn't enough. */
  #memoryOf(bytes: number): SharedArrayBuffer | undefined {
    const known = this.#memory?.byteLength ?? 0
    return bytes <= known ? undefined : new SharedArrayBuffer(Math.max(MEMORY_BYTES, bytes))
  }

  #start(): Worker {
    this.#told = 0
    this.#memory = undefined
    const worker = new Worker(PROGRAM, {
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MEMORY_MB },
    })
    worker.on('message', (done: Done) => {
      if (this.#worker === worker && done.id === this.#last) this.#settle(done)
    })
    worker.on('error', () => this.#lose(worker))
    worker.on('exit', () => this.#lose(worker))
    worker.unref()
    return worker
  }

  #settle(done: Done | undefined): void {
    const reading = this.#reading
    this.#reading = undefined
    reading?.settle(done)
    this.#next()
  }

  #lose(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#memory = undefined
    if (this.#reading !== undefined) this.#settle(undefined)
  }

  #clear(): void {
    clearTimeout(this.#idle)
    this.#late?.clear()
  }

  async #end(): Promise<void> {
    this.#clear()
    const worker = this.#worker
    if (worker === undefined) return
    this.#lose(worker)
    await worker.terminate()
  }
}

function finished({ envelope, members }: Extract<Done, { kind: 'result' }>, line: readonly Buffer[]): Frame {
  const entries = members.map(({ key, json, masked }): [string, unknown] => {
    if (typeof json === 'string') return [key, parseJson(json)]
    return [key, new RawJson('from' in json ? piecesOf(line, json) : [json], masked)]
  })
  const message = parseJson(envelope)
  const result = new FinishedResult({ ok: true, result: Object.fromEntries(entries) })
  return { kind: 'message', message: { ...STEADY, ...(isRecord(message) ? message : {}), result } }
}

function piecesOf(line: readonly Buffer[], { from, to }: Stretch): readonly Buffer[] {
  let start = 0
  return line.flatMap((piece) => {
    const part = piece.subarray(Math.max(0, from - start), Math.max(0, to - start))
    start += piece.length
    return part.length === 0 ? [] : [part]
  })
}

/** Of all threads of this process, the one that reads among them. */
function workedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
