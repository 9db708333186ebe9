/**
 * The link to a child process. The process is spawned once, in its own process group. Its stdout is cut into messages
 * (framing.ts), and each message is judged (base-link.ts) before anybody gets it. All that is sent to it in one turn is
 * written at once (outbox.ts).
 *
 * - It is gone when it has exited or closed its stdout, whatever it then still does; that is said once, at once, and
 *   its whole tree is ended (process-tree.ts). After that nothing it sends counts.
 * - A child that doesn't read its stdin holds up nobody else: what is written to it waits in a bounded queue, beyond
 *   which sending fails.
 * - No event of a pipe or a process is left without a handler, so none ends the sidecar (promise 1).
 */
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import spawn from 'cross-spawn'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { withLongWritten } from '../../json/long-text.ts'
import { jsonParts } from '../../json/write.ts'
import { LineFramer, type LargeLine } from '../../wire/framing.ts'
import type { Id } from '../../wire/ids.ts'
import type { RpcResponse } from '../../wire/message.ts'
import { Outbox } from '../../wire/outbox.ts'
import { GONE, QUEUE_FULL, UNREAD, type Waiter } from '../link/request-end.ts'
import { BaseLink, MAX_QUEUED_BYTES, SendError, type LinkOptions } from '../link/base-link.ts'
import { LARGE_BYTES } from '../link/large.ts'
import type { LinkEnd, LinkHooks, Parted, ProcessExit } from '../link/link.ts'
import { exitInside } from './exit-inside.ts'
import { holdLeash } from './leash.ts'
import { LaunchError, type Launch } from './process-launch.ts'
import { ProcessTree, STOP_GRACE_MS } from './ending/process-tree.ts'
import type { Excess } from './limits/excess.ts'
import type { LimitsOption } from '../limits.ts'
import type { LimitWatch } from './limits/watch.ts'
import type { Reaper } from './ending/reaper.ts'
import { Budget } from '../../wire/budget.ts'
import { settlesWithin } from '../wait.ts'

export interface TransportHooks extends LinkHooks {
  onSpawn(pid: number): void
  onStdout(chunk: Buffer): void
  onStderr(chunk: Buffer): void
  onExit(exit: ProcessExit): void
}

const STDERR_PIECE_BYTES = 8192
/** How long the other one of exit and end of stdout may take. */
const AFTERMATH_MS = 200

export interface TransportOptions extends LinkOptions {
  readonly reaper?: Reaper
  /** How long it may take to end, as it is now; STOP_GRACE_MS when absent. */
  readonly graceMs?: () => number
  readonly limitWatch?: LimitWatch
  /** How much of the machine it may use, as it is now. */
  readonly limits?: () => LimitsOption
}

export class ProcessLink extends BaseLink {
  readonly #launch: Launch
  readonly #hooks: TransportHooks
  readonly #reaper: Reaper | undefined
  readonly #graceMs: () => number
  readonly #options: TransportOptions
  readonly #stderrBudget = new Budget()
  readonly #framer = new LineFramer<LargeLine>({ largeBytes: LARGE_BYTES })
  #child: ChildProcess | undefined
  #outbox: Outbox | undefined
  /** Requests of which the lines are written together. */
  #together: Id[] = []
  #isWritten = false
  #exit: ProcessExit | undefined
  #stdoutEnded = false
  #stderrEnded = false
  /** It closed its stdout and ran on, so that how it exited then is our doing. */
  #closedFirst = false
  #endedByItself = false
  #tree: ProcessTree | undefined
  /** All of its stderr was handed on. */
  #heard: Promise<void> = Promise.resolve()
  #isDeaf = false
  #excess: Parted | undefined

  constructor(launch: Launch, hooks: TransportHooks, options: TransportOptions = {}) {
    super(hooks, options)
    this.#launch = launch
    this.#hooks = hooks
    this.#options = options
    this.#reaper = options.reaper
    this.#graceMs = options.graceMs ?? (() => STOP_GRACE_MS)
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** How the process ended; undefined while it runs. */
  get exit(): LinkEnd | undefined {
    return this.#excess ?? (this.#closedFirst ? undefined : this.#exit)
  }

  /** It exited or closed its stdout before it was told to end, or used more of the machine than it may. */
  get endedByItself(): boolean {
    return this.#endedByItself || this.#excess !== undefined
  }

  async start(): Promise<void> {
    if (this.#child !== undefined || this.gone) throw new Error('A child is started once.')
    const { command, cwd, confined } = this.#launch
    const { program, args, env } = confined ?? { ...this.#launch, program: command }
    const at = confined?.cwd ?? cwd
    let child: ChildProcess
    try {
      const isLeashed = confined?.tie === 'leash'
      if (confined?.tie === undefined) this.#reaper?.ready()
      const detached = process.platform !== 'win32'
      const stdio: 'pipe'[] = ['pipe', 'pipe', 'pipe', ...(isLeashed ? (['pipe'] as const) : [])]
      child = spawn(program, [...args], { cwd: at, env: { ...env }, detached, windowsHide: true, stdio })
      if (isLeashed) holdLeash(child.stdio[3])
    } catch (error) {
      throw new LaunchError(error, this.#launch)
    }
    this.#child = child
    this.#attach(child)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(new LaunchError(error, this.#launch)))
    })
  }

  #attach(child: ChildProcess): void {
    child.on('error', () => undefined)
    child.stdin?.on('error', () => undefined)
    child.stdout?.on('error', () => undefined)
    child.stderr?.on('error', () => undefined)
    if (child.stderr !== null) this.#heard = this.#hear(child.stderr)
    if (child.stdout !== null) this.#read(child.stdout)
    if (child.stdin !== null) this.#outbox = this.#outboxTo(child.stdin)
    child.stdout?.once('close', () => {
      this.#stdoutEnded = true
      this.#settle()
    })
    const { pid } = child
    if (pid === undefined) return
    this.#reaper?.add(pid, this.#graceMs, this.#launch.confined?.tie === undefined)
    const { limitWatch, limits } = this.#options
    limitWatch?.add(pid, {
      by: this.#launch.confined?.by,
      limits: limits ?? (() => ({})),
      onExcess: (excess) => this.#endFor(excess),
    })
    const tree = new ProcessTree(child, pid, this.#launch.confined?.by)
    this.#tree = tree
    child.once('exit', (code, signal) => {
      this.#exit = exitInside(code, signal, this.#launch.confined?.by)
      this.budget.finish()
      this.#stderrBudget.finish()
      limitWatch?.remove(pid)
      // What it leaves behind is ended with it.
      if (tree.isGone) this.#reaper?.remove(pid)
      this.#settle()
    })
    this.#hooks.onSpawn(pid)
  }

  /**
   * The next chunk is read when the messages of the one before have been handed on, so they keep their order. While a
   * long line arrives everybody else gets a turn between its chunks.
   */
  #read(stdout: Readable): void {
    stdout.on('data', (chunk: Buffer) => {
      this.#hooks.onStdout(chunk)
      const handedOn = this.take(this.#framer.push(chunk))
      const next = handedOn ?? (this.#framer.inLongLine ? setImmediate() : undefined)
      if (next === undefined) return
      stdout.pause()
      void next.finally(() => stdout.resume())
    })
  }

  /** In pieces, since each is searched for secrets. */
  async #hear(stderr: Readable): Promise<void> {
    const budget = this.#stderrBudget
    try {
      for await (const chunk of stderr) {
        const bytes = chunk as Buffer
        for (let at = 0; at < bytes.length; at += STDERR_PIECE_BYTES) {
          if (this.#isDeaf) return
          const since = budget.now
          this.#hooks.onStderr(bytes.subarray(at, at + STDERR_PIECE_BYTES))
          const wait = budget.spend(budget.now - since)
          if (wait !== undefined) await budget.rest(wait)
        }
      }
    } catch {
      // As of stdout.
    }
    this.#stderrEnded = true
    if (this.#exit !== undefined) this.#settle()
  }

  protected get queued(): number {
    return this.#outbox?.queued ?? 0
  }

  /** After the exit, or the end of stdout: waits shortly for the other one and for stderr, so that last words count. */
  #settle(): void {
    if (this.gone) return
    this.#endedByItself = true
    const leave = (): void =>
      void this.afterAll(() => {
        if (!this.gone) this.#closedFirst = this.#exit === undefined
        this.leave()
      })
    if (this.#exit !== undefined && this.#stdoutEnded && this.#stderrEnded) leave()
    else setTimeout(leave, AFTERMATH_MS)
  }

  request(id: Id, method: string, params: JsonObject | undefined, waiter: Waiter): void {
    if (!this.#isOpen) return waiter.answered(GONE)
    if (this.queued > MAX_QUEUED_BYTES) return waiter.answered(QUEUE_FULL)
    this.gate.waiting.add(id, waiter)
    this.#push({ jsonrpc: '2.0', id, method, ...(params && { params: withLongArguments(params) }) })
    this.#together.push(id)
  }

  async notify(method: string, params?: JsonObject): Promise<void> {
    if (!this.#isOpen) throw new SendError('The server is gone.')
    if (this.queued > MAX_QUEUED_BYTES) throw new SendError('The server does not read its input.')
    this.gate.waiting.notified()
    this.#push({ jsonrpc: '2.0', method, ...(params && { params }) })
  }

  protected tellCancelled(_id: Id, _waiter: Waiter, params: JsonObject): void {
    // Of a server that is gone, or doesn't read, nobody learns it.
    this.notify('notifications/cancelled', params).catch(() => undefined)
  }

  protected reply(response: RpcResponse): void {
    if (this.#isOpen && this.queued <= MAX_QUEUED_BYTES) this.#push(response)
  }

  get #isOpen(): boolean {
    return !this.gone && this.#child?.stdin?.destroyed === false
  }

  #push(message: object): void {
    if (this.#isWritten) this.#together = []
    this.#isWritten = false
    const line = jsonParts(message)
    line.push('\n')
    this.#outbox?.push(line)
  }

  #outboxTo(stdin: Writable): Outbox {
    return new Outbox({
      write: (chunk) => {
        this.#isWritten = true
        const together = this.#together
        return stdin.write(chunk, (error) => {
          if (error) void this.#unwritten(together)
        })
      },
      get writableLength() {
        return stdin.writableLength
      },
    })
  }

  /** A broken pipe is noticed before the exit that broke it, and the exit says more. */
  async #unwritten(ids: readonly Id[]): Promise<void> {
    await settlesWithin(this.whenGone, 2 * AFTERMATH_MS)
    for (const id of ids) this.gate.waiting.drop(id)?.answered(UNREAD)
  }

  #endFor({ why, setting }: Excess): void {
    if (this.gone) return
    const hint = `Its entry in servers.yaml may set another limit: "limits: { ${setting}: … }".`
    this.#excess = { why, hint }
    void this.close()
  }

  protected async end(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const { pid } = child
    if (pid !== undefined) this.#options.limitWatch?.remove(pid)
    const graceMs = this.#excess === undefined ? this.#graceMs() : 0
    await this.#tree?.end({
      graceMs,
      onAsked: () => this.#reaper?.asked(pid ?? 0),
      onFound: (found) => this.#reaper?.found(pid ?? 0, found),
    })
    if (pid !== undefined && this.#tree?.isGone === true) this.#reaper?.remove(pid)
    // A process that escaped may hold the other end.
    await settlesWithin(this.#heard, AFTERMATH_MS)
    this.#isDeaf = true
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
    if (this.#exit !== undefined) this.#hooks.onExit(this.#exit)
  }
}

/** A long argument, such as a file to be written, costs least as bytes. */
function withLongArguments(params: JsonObject): JsonObject {
  const { arguments: args } = params
  const written = isRecord(args) ? withLongWritten(args) : args
  return written === args ? params : { ...params, arguments: written }
}
