/**
 * One watchdog: a shell that reads which process groups there are, and that ends them at the end of its input. It has a
 * session of its own, so that signals from a terminal pass it by, and an empty environment.
 *
 * It is asked now and then whether it still listens. One that doesn't is woken, as a SIGSTOP may be why, and when that is
 * no use it is ended, for another to take its place.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { signalTo } from './relatives.ts'
import { WATCHDOG_SCRIPT } from './watchdog-script.ts'

const SHELL = '/bin/sh'
const MAX_UNANSWERED = 3

/** Without a /bin/sh there is none. */
export function canWatch(): boolean {
  return process.platform !== 'win32' && existsSync(SHELL)
}

export class Watchdog {
  /** Resolves when it is gone, however. */
  readonly gone: Promise<void>
  readonly #shell: ChildProcess | undefined
  #unanswered = 0

  constructor() {
    const shell = started()
    this.#shell = shell
    this.gone = new Promise((resolve) => {
      if (shell === undefined) resolve()
      shell?.on('exit', () => resolve())
      shell?.on('error', () => resolve())
    })
    shell?.stdin?.on('error', () => undefined)
    shell?.stdout?.on('error', () => undefined)
    shell?.stdout?.on('data', () => {
      this.#unanswered = 0
    })
    // It and its pipes keep no event loop alive.
    shell?.unref()
    for (const pipe of [shell?.stdin, shell?.stdout])
      if (pipe && 'unref' in pipe) (pipe.unref as () => void)()
  }

  get pid(): number | undefined {
    return this.#shell?.pid
  }

  tell(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`)
  }

  /** To be called at intervals that are long enough for an answer. */
  check(): void {
    if (this.#unanswered >= MAX_UNANSWERED) return this.kill()
    if (this.#unanswered > 0) this.wake()
    this.#unanswered += 1
    this.tell('ping')
  }

  wake(): void {
    if (this.pid !== undefined) signalTo(this.pid, 'SIGCONT')
  }

  /** It has nothing to do any more, or does it now. */
  end(): void {
    this.wake()
    this.#shell?.stdin?.end()
  }

  kill(): void {
    this.#shell?.kill('SIGKILL')
  }
}

/**
 * Where this machine is short of memory there is none. Where it is short of open files there is one without pipes, which
 * says of itself a moment later that it isn't there.
 */
function started(): ChildProcess | undefined {
  try {
    return spawn(SHELL, ['-c', WATCHDOG_SCRIPT, 'sidemux-watchdog', sleepProgram() ?? ''], {
      cwd: '/',
      detached: true,
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
    })
  } catch {
    return undefined
  }
}

/** Searched for once here, as a watchdog has no PATH, and not every system has a /bin/sleep. */
function sleepProgram(): string | undefined {
  const dirs = [
    '/bin',
    '/usr/bin',
    ...(process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir.startsWith('/')),
  ]
  return dirs.map((dir) => join(dir, 'sleep')).find((file) => existsSync(file))
}
