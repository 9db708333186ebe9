/**
 * A machine of its own for each test, as far as processes go (a PID namespace): hosts and people at terminals side by
 * side, none of them a descendant of another, and no sidecar of another test in sight.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { needsThat } from '../servers/needs.mjs'
import { atEnd, elapse, SIDEMUX, until, type Place } from './support.ts'

const WORLD = resolve(import.meta.dirname, '../servers/world.mjs')
const HOST = resolve(import.meta.dirname, '../servers/terminal-host.mjs')

const NAMESPACE = [['-pf'], ['-Urpf']]
  .map((flags) => ['unshare', ...flags, '--mount-proc', '--kill-child'])
  .find(
    ([program = '', ...args]) =>
      spawnSync(program, [...args, 'script', '-qec', 'true', '/dev/null']).status === 0,
  )

/** Without it, tests of who may decide at a terminal can't tell their own processes from others'. */
export const canHaveWorlds = needsThat(
  NAMESPACE !== undefined,
  'terminals: PID namespaces or script(1) are missing',
)

/** A command line for `sh`. */
function quote(argv: readonly string[]): string {
  return argv.map((part) => `'${part.replaceAll("'", String.raw`'\''`)}'`).join(' ')
}

/** The argv that runs another one at a terminal of its own. */
export function atTerminal(argv: readonly string[], rows = 40): string[] {
  return ['script', '-qefc', `stty rows ${rows} cols 80; exec ${quote(argv)}`, '/dev/null']
}

interface Told {
  readonly id: number
  readonly text?: string
  readonly error?: string
  readonly code?: number | null
}

/** One process of a world. */
export class Started {
  readonly exited: Promise<number | null>
  stdout = ''
  stderr = ''
  readonly #tell: (message: Record<string, unknown>) => void
  readonly #id: number
  readonly #look: () => void
  #settle: (code: number | null) => void = () => undefined

  constructor(id: number, tell: (message: Record<string, unknown>) => void, look: () => void) {
    this.#id = id
    this.#look = look
    this.#tell = tell
    this.exited = new Promise((settle) => (this.#settle = settle))
  }

  take({ text, error, code }: Told): void {
    this.stdout += text ?? ''
    this.stderr += error ?? ''
    if (code !== undefined) this.#settle(code)
  }

  /** What stands on its terminal, without the carriage returns. */
  get shown(): string {
    return this.stdout.replaceAll('\r', '')
  }

  /** @param times of a text that comes again and again */
  async shows(text: string, times = 1): Promise<void> {
    await until(() => this.shown.split(text).length > times, `"${text}" in: ${this.shown}`)
  }

  write(text: string): void {
    this.#tell({ write: this.#id, text })
  }

  /** As a person does: after a look at it. */
  type(text: string): void {
    this.#look()
    this.write(text)
  }

  end(): void {
    this.#tell({ close: this.#id })
  }
}

export class World {
  readonly #process: ChildProcess
  readonly #where: Place
  readonly #started = new Map<number, Started>()

  constructor(where: Place) {
    this.#where = where
    const [program = '', ...args] = NAMESPACE ?? []
    // A parent between the first process and the others, for the first one adopts orphans.
    const argv = [...args, 'sh', '-c', `${quote([process.execPath, WORLD])}; exit 0`]
    this.#process = spawn(program, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process.stdin?.on('error', () => undefined)
    if (this.#process.stdout !== null)
      createInterface({ input: this.#process.stdout }).on('line', (line) => {
        const told = JSON.parse(line) as Told
        this.#started.get(told.id)?.take(told)
      })
    atEnd(async () => {
      const gone = new Promise((settle) => this.#process.once('close', settle))
      this.#process.stdin?.end()
      this.#process.kill('SIGKILL')
      await gone
    })
  }

  start(argv: readonly string[], env: Record<string, string> = {}): Started {
    const id = this.#started.size + 1
    const tell = (message: Record<string, unknown>): void =>
      void this.#process.stdin?.write(`${JSON.stringify(message)}\n`)
    const started = new Started(id, tell, () => elapse(this.#where))
    this.#started.set(id, started)
    tell({ start: id, argv, cwd: this.#where.dir, env: { ...this.#where.env, ...env } })
    return started
  }

  /** A person types it at a terminal. */
  approvals(args: readonly string[], rows?: number): Started {
    return this.start(atTerminal([process.execPath, ...SIDEMUX, 'approvals', ...args], rows))
  }

  /** A program runs it, without a terminal. */
  async run(
    args: readonly string[],
    input = '',
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const started = this.start([process.execPath, ...SIDEMUX, ...args])
    if (input !== '') started.write(input)
    started.end()
    const code = await started.exited
    return { code, stdout: started.stdout, stderr: started.stderr }
  }

  /**
   * An MCP host that was started in a terminal, with its sidecar. Neighbours believe a sidecar only when nothing was
   * loaded into it, not even the clock of a test: then `sidemux` is the CLI alone, and a person reads in earnest.
   */
  async host(name = 'a-host', sidemux: readonly string[] = SIDEMUX): Promise<TerminalHost> {
    const socket = join(this.#where.dir, `host-${this.#started.size}.sock`)
    const serve = [process.execPath, ...sidemux, 'serve', '--config', this.#where.config]
    this.start(atTerminal([process.execPath, HOST, socket, ...serve]), { HOST_NAME: name })
    let link: Socket | undefined
    await until(async () => (link = await connected(socket)) !== undefined, 'the host listens')
    if (link === undefined) throw new Error('no host')
    return new TerminalHost(link)
  }
}

/** Undefined while nobody listens there. */
function connected(socket: string): Promise<Socket | undefined> {
  return new Promise((settle) => {
    const link = connect(socket, () => settle(link))
    link.once('error', () => settle(undefined))
  })
}

export class TerminalHost {
  readonly #link: Socket
  readonly #waiting = new Map<number, (result: unknown) => void>()

  constructor(link: Socket) {
    this.#link = link
    this.#link.on('error', () => undefined)
    createInterface({ input: this.#link })
      .on('error', () => undefined)
      .on('line', (line) => {
        const { id, result } = JSON.parse(line) as { id: number; result: unknown }
        this.#waiting.get(id)?.(result)
      })
    atEnd(() => void this.#link.destroy())
  }

  call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.#ask({ call: name, args }) as Promise<Record<string, unknown>>
  }

  /** Runs a program as a shell tool of the host would. */
  spawn(argv: readonly string[]): Promise<{ code: number | null; output: string }> {
    return this.#ask({ spawn: argv }) as Promise<{ code: number | null; output: string }>
  }

  #ask(what: Record<string, unknown>): Promise<unknown> {
    return new Promise((settle) => {
      const id = this.#waiting.size + 1
      this.#waiting.set(id, settle)
      this.#link.write(`${JSON.stringify({ id, ...what })}\n`)
    })
  }
}
