/**
 * A child process as the SDK's Client sees it: spawned once, in a process group of its own, with its stdout framed
 * (framing.ts) and every message judged (inbox.ts) before the SDK gets it.
 *
 * - `pid` and `stderr` are there because the SDK tells a stdio transport by them; it then finds out the era on this
 *   very process and starts no second one.
 * - It is gone when it has exited or closed its stdout, whatever it then still does; that is said once, at once, and
 *   its whole tree is ended (process-tree.ts). After that nothing it sends counts.
 * - A child that doesn't read its stdin holds up nobody else: what is written to it waits in a bounded queue, beyond
 *   which sending fails.
 * - No event of a pipe or a process is left without a handler, so none ends the sidecar (promise 1).
 */
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import spawn from 'cross-spawn'
import { systemErrorCode } from '../errors.ts'
import { writeJson } from '../json/write.ts'
import { LineFramer, type LargeLine } from './framing.ts'
import { FIRST_MODERN_VERSION } from './gate.ts'
import { Inbox, type InboxHooks } from './inbox.ts'
import type { ReadLarge } from './large.ts'
import type { JsonObject } from './normalize.ts'
import { endTree, PATIENCE, signalGroup, type Patience } from './process-tree.ts'
import type { Reaper } from './reaper.ts'
import { settlesWithin } from './wait.ts'

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly hold?: RunHold
}

/** What a launch holds of secret stores while its child runs: leases, and word of values that change. */
export interface RunHold {
  /** Once the child runs; `onStale` says, at most once, why it should be replaced. */
  begin(onStale: (why: string) => void): void
  /** When the child is gone, or never came to be; never rejects, and may be called again. */
  release(): Promise<void>
}

export interface TransportHooks extends InboxHooks {
  onSpawn(pid: number): void
  onStderr(chunk: Buffer): void
  onExit(exit: Exit): void
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The child could not be started; `code` is the system's error code. */
export class LaunchError extends Error {
  readonly code: string
  constructor(code: string) {
    super(`The program could not be started (${code}).`)
    this.code = code
  }
}

/** The child doesn't read, or is gone. */
export class SendError extends Error {}

/** How long the other one of exit and end of stdout may take. */
const AFTERMATH_MS = 200
const MAX_QUEUED_BYTES = 16 * 1024 * 1024

/** From here on a line is read by a thread of its own (large.ts): to parse it takes as long as to ask that thread. */
const LARGE_BYTES = 256 * 1024

export interface TransportOptions {
  readonly reaper?: Reaper
  readonly patience?: Patience
  readonly readLarge?: ReadLarge
}

export class ChildTransport implements Transport {
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: Transport['onmessage']

  readonly #launch: Launch
  readonly #hooks: TransportHooks
  readonly #reaper: Reaper | undefined
  readonly #patience: Patience
  readonly #inbox: Inbox
  readonly #framer: LineFramer<LargeLine>
  /** Until what was read of a long line is handed on. */
  #reading: Promise<unknown> = Promise.resolve()
  #child: ChildProcess | undefined
  #exit: Exit | undefined
  #stdoutEnded = false
  #gone = false
  #endedByItself = false
  #exited: Promise<void> = Promise.resolve()
  #ending: Promise<void> | undefined
  /** Resolves when no answer can come any more. */
  readonly whenGone: Promise<void>
  #sayGone: () => void = () => undefined

  constructor(launch: Launch, hooks: TransportHooks, options: TransportOptions = {}) {
    const { readLarge } = options
    this.#framer = new LineFramer(readLarge === undefined ? {} : { largeBytes: LARGE_BYTES })
    this.#launch = launch
    this.#hooks = hooks
    this.#reaper = options.reaper
    this.#patience = options.patience ?? PATIENCE
    this.#inbox = new Inbox({
      onBad: (why) => hooks.onBad(why),
      onQuestion: (question, signal) => hooks.onQuestion(question, signal),
      deliver: (message) => this.#deliver(message),
      reply: (message) => this.send(message),
      queued: () => this.#queued,
      over: () => this.#gone,
      ...(readLarge && {
        readLarge: (line, facts) => {
          const reading = readLarge(line, facts)
          this.#reading = reading
          return reading
        },
      }),
    })
    this.whenGone = new Promise((resolve) => {
      this.#sayGone = resolve
    })
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get stderr(): Readable | null {
    return this.#child?.stderr ?? null
  }

  /** How the process ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit
  }

  get provedModern(): boolean {
    return this.#inbox.gate.provedModern
  }

  /** The answer to `initialize` or `server/discover`, as it came. */
  get handshake(): JsonObject {
    return this.#inbox.gate.handshake
  }

  /** It exited or closed its stdout before it was told to end. */
  get endedByItself(): boolean {
    return this.#endedByItself
  }

  get gone(): boolean {
    return this.#gone
  }

  async start(): Promise<void> {
    if (this.#child !== undefined || this.#gone) throw new Error('A child is started once.')
    const { command, args, cwd, env } = this.#launch
    let child: ChildProcess
    try {
      this.#reaper?.ready()
      const detached = process.platform !== 'win32'
      child = spawn(command, [...args], { cwd, env: { ...env }, detached, windowsHide: true, stdio: 'pipe' })
    } catch (error) {
      // The message would quote the arguments or the environment.
      throw new LaunchError(systemErrorCode(error) ?? 'unknown error')
    }
    this.#child = child
    this.#attach(child)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(new LaunchError(systemErrorCode(error) ?? 'unknown error')))
    })
  }

  #attach(child: ChildProcess): void {
    child.on('error', () => undefined)
    child.stdin?.on('error', () => undefined)
    child.stdout?.on('error', () => undefined)
    child.stderr?.on('error', () => undefined)
    child.stderr?.on('data', (chunk: Buffer) => this.#hooks.onStderr(chunk))
    if (child.stdout !== null) void this.#read(child.stdout)
    child.stdout?.once('close', () => {
      this.#stdoutEnded = true
      this.#settle()
    })
    const { pid } = child
    if (pid === undefined) return
    this.#reaper?.add(pid)
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal }
        signalGroup(pid, 'SIGKILL')
        this.#reaper?.remove(pid)
        this.#settle()
        resolve()
      })
    })
    this.#hooks.onSpawn(pid)
  }

  /**
   * The next chunk is read when the messages of the one before have been handed on, so they keep their order. While a
   * long line arrives everybody else gets a turn between its chunks.
   */
  async #read(stdout: Readable): Promise<void> {
    try {
      for await (const chunk of stdout) {
        await this.#inbox.take(this.#framer.push(chunk as Buffer))
        if (this.#framer.inLongLine) await setImmediate()
      }
    } catch {
      // It broke off; that it is closed is noticed by itself.
    }
  }

  #deliver(message: JSONRPCMessage): void {
    try {
      this.onmessage?.(message)
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error('A message could not be handled.'))
    }
  }

  get #queued(): number {
    return this.#child?.stdin?.writableLength ?? 0
  }

  /** After the exit, or the end of stdout: waits shortly for the other one, so that last words count. */
  #settle(): void {
    if (this.#gone) return
    this.#endedByItself = true
    const leave = (): void => void this.#reading.finally(() => this.#leave())
    if (this.#exit !== undefined && this.#stdoutEnded) leave()
    else setTimeout(leave, AFTERMATH_MS)
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#inbox.close()
    void this.close()
    this.#sayGone()
    this.onclose?.()
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin
    if (this.#gone || stdin === null || stdin === undefined || stdin.destroyed)
      throw new SendError('The server is gone.')
    if (this.#queued > MAX_QUEUED_BYTES) throw new SendError('The server does not read its input.')
    const line = `${writeJson(message)}\n`
    this.#inbox.gate.sent(message)
    const failed = await new Promise<boolean>((resolve) => {
      stdin.write(line, (error) => resolve(error !== null && error !== undefined))
    })
    if (!failed) return
    // A broken pipe is noticed before the exit that broke it, and the exit says more.
    await settlesWithin(this.whenGone, 2 * AFTERMATH_MS)
    throw new SendError('The server does not read its input.')
  }

  /** The SDK calls it when the era is known. */
  setProtocolVersion(version: string): void {
    this.#inbox.gate.modern = version >= FIRST_MODERN_VERSION
  }

  /** Callers that wait for an answer are told at once; resolves when the whole tree has ended. */
  close(): Promise<void> {
    this.#ending ??= this.#end()
    this.#leave()
    return this.#ending
  }

  async #end(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    await endTree(child, this.#exited, this.#patience)
    const closed = new Promise<void>((resolve) => {
      if (child.stderr === null || child.stderr.closed) resolve()
      else child.stderr.once('close', () => resolve())
    })
    // A process that escaped may hold the other ends.
    await settlesWithin(closed, AFTERMATH_MS)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
    if (this.#exit !== undefined) this.#hooks.onExit(this.#exit)
  }
}
