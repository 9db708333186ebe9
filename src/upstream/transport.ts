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
import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import spawn from 'cross-spawn'
import { systemErrorCode } from '../errors.ts'
import { writeJson } from '../json/write.ts'
import { BaseLink, MAX_QUEUED_BYTES, QueueFull, SendError, type LinkOptions } from './baseLink.ts'
import { LineFramer, type LargeLine } from './framing.ts'
import type { InboxHooks } from './inbox.ts'
import { LARGE_BYTES } from './large.ts'
import type { Exit } from './link.ts'
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

/** The child could not be started; `code` is the system's error code. */
export class LaunchError extends Error {
  readonly code: string
  constructor(code: string) {
    super(`The program could not be started (${code}).`)
    this.code = code
  }
}

/** How long the other one of exit and end of stdout may take. */
const AFTERMATH_MS = 200

export interface TransportOptions extends LinkOptions {
  readonly reaper?: Reaper
  readonly patience?: Patience
}

export class ChildTransport extends BaseLink {
  readonly #launch: Launch
  readonly #hooks: TransportHooks
  readonly #reaper: Reaper | undefined
  readonly #patience: Patience
  readonly #framer = new LineFramer<LargeLine>({ largeBytes: LARGE_BYTES })
  #child: ChildProcess | undefined
  #exit: Exit | undefined
  #stdoutEnded = false
  #endedByItself = false
  #exited: Promise<void> = Promise.resolve()

  constructor(launch: Launch, hooks: TransportHooks, options: TransportOptions = {}) {
    super(hooks, options)
    this.#launch = launch
    this.#hooks = hooks
    this.#reaper = options.reaper
    this.#patience = options.patience ?? PATIENCE
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

  /** It exited or closed its stdout before it was told to end. */
  get endedByItself(): boolean {
    return this.#endedByItself
  }

  async start(): Promise<void> {
    if (this.#child !== undefined || this.gone) throw new Error('A child is started once.')
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
        await this.take(this.#framer.push(chunk as Buffer))
        if (this.#framer.inLongLine) await setImmediate()
      }
    } catch {
      // It broke off; that it is closed is noticed by itself.
    }
  }

  protected get queued(): number {
    return this.#child?.stdin?.writableLength ?? 0
  }

  /** After the exit, or the end of stdout: waits shortly for the other one, so that last words count. */
  #settle(): void {
    if (this.gone) return
    this.#endedByItself = true
    const leave = (): void => void this.afterAll(() => this.leave())
    if (this.#exit !== undefined && this.#stdoutEnded) leave()
    else setTimeout(leave, AFTERMATH_MS)
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin
    if (this.gone || stdin === null || stdin === undefined || stdin.destroyed)
      throw new SendError('The server is gone.')
    if (this.queued > MAX_QUEUED_BYTES) throw new QueueFull('The server does not read its input.')
    const line = `${writeJson(message)}\n`
    this.gate.sent(message)
    const failed = await new Promise<boolean>((resolve) => {
      stdin.write(line, (error) => resolve(error !== null && error !== undefined))
    })
    if (!failed) return
    // A broken pipe is noticed before the exit that broke it, and the exit says more.
    await settlesWithin(this.whenGone, 2 * AFTERMATH_MS)
    throw new SendError('The server does not read its input.')
  }

  protected async end(): Promise<void> {
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
