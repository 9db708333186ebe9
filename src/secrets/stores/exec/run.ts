/**
 * Runs one program for the exec store and gives back what it printed. The program leads a process group of its own,
 * and the whole group gets SIGKILL at the deadline, on abort, when the output exceeds 1 MiB, and also after the
 * program's own end, so that nothing it started is left. Standard input is empty. Standard error is discarded:
 * it may quote the secret, so a failure is told by its exit code alone.
 */
import type { ChildProcess } from 'node:child_process'
import spawn from 'cross-spawn'
import { systemErrorCode } from '../../../errors.ts'
import { decodeUtf8, MAX_TEXT_BYTES, trimFinalNewline } from '../../text/read-text.ts'
import { StoreError } from '../../store.ts'

/** Output that is in the pipe when the program ends is read; one it left behind with the pipe open is not waited for. */
const DRAIN_MS = 1000

/**
 * What a secret manager's own session needs (where it keeps its files, how it reaches its agent, keyring and unlock
 * dialog), and nothing that is a credential by itself: those are given by name in the store's `env`.
 */
const SESSION_VARIABLES: ReadonlySet<string> = new Set(
  [
    'PATH HOME USER LOGNAME SHELL LANG LC_ALL LC_CTYPE TZ TMPDIR',
    'XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME',
    'DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY XAUTHORITY GNUPGHOME PASSWORD_STORE_DIR',
    'APPDATA COMSPEC HOMEDRIVE HOMEPATH LOCALAPPDATA PATHEXT PROGRAMDATA PROGRAMFILES',
    'SYSTEMDRIVE SYSTEMROOT TEMP TMP USERNAME USERPROFILE WINDIR',
  ].flatMap((line) => line.split(' ')),
)

export interface RunOptions {
  /** Names the command in an error; never its arguments. */
  readonly name: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** What usually helps when it fails; its own words are never shown. */
  readonly hint?: string
  /** Why it failed, where that can be seen from outside. */
  explain?(): StoreError | undefined
}

export function commandEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Windows spells its names in mixed case and ignores the case.
  const kept = Object.entries(env).filter(([name]) =>
    SESSION_VARIABLES.has(process.platform === 'win32' ? name.toUpperCase() : name),
  )
  return Object.fromEntries(kept)
}

/** @throws StoreError; the text it printed, one line of it without its line break. */
export function runCommand(argv: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    options.signal.throwIfAborted()
    const [program = '', ...args] = argv
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      shell: false,
    })
    const chunks: Buffer[] = []
    let length = 0
    let failed: StoreError | undefined
    let drain: NodeJS.Timeout | undefined

    const stop = (error: StoreError): void => {
      failed ??= error
      killGroup(child)
    }
    const timer = setTimeout(() => stop(timedOut(options)), options.timeoutMs)
    const onAbort = (): void => stop(aborted(options))
    options.signal.addEventListener('abort', onAbort, { once: true })

    child.stdout?.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= MAX_TEXT_BYTES) chunks.push(chunk)
      else if (failed === undefined)
        stop(new StoreError('invalid_reference', `${options.name} printed more than 1 MiB`))
    })
    child.on('error', (error) => {
      failed ??= notStarted(options, error)
      settle(null, null)
    })
    child.on('exit', () => {
      killGroup(child)
      // From here on the process id may be another's, so nothing may kill by it any more.
      clearTimeout(timer)
      options.signal.removeEventListener('abort', onAbort)
      drain = setTimeout(() => child.stdout?.destroy(), DRAIN_MS)
    })
    child.on('close', settle)

    function settle(code: number | null, signal: NodeJS.Signals | null): void {
      clearTimeout(timer)
      clearTimeout(drain)
      options.signal.removeEventListener('abort', onAbort)
      const text = decodeUtf8(Buffer.concat(chunks))
      if (failed !== undefined) reject(failed)
      else if (code !== 0) reject(options.explain?.() ?? badExit(options, code, signal))
      else if (text === undefined)
        reject(new StoreError('invalid_reference', `${options.name} did not print UTF-8 text`))
      else resolve(trimFinalNewline(text))
    }
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  if (process.platform === 'win32') {
    if (child.exitCode !== null) return
    spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' }).on('error', () =>
      child.kill(),
    )
    return
  }
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody of the group is left.
  }
}

const SEE = 'run it in a terminal to see why; its error output is never shown here'

function badExit({ name, hint }: RunOptions, code: number | null, signal: NodeJS.Signals | null): StoreError {
  const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`
  return new StoreError('unavailable', `${name} ${how}`, {
    hint: hint === undefined ? SEE : `${hint}; ${SEE}`,
  })
}

function notStarted({ name }: RunOptions, error: unknown): StoreError {
  const code = systemErrorCode(error)
  return code === 'ENOENT'
    ? new StoreError('unavailable', `${name} can't be found`, {
        hint: 'install the program, or write its full path; PATH is the one that the host gave sidemux',
      })
    : new StoreError('unavailable', `${name} can't be started (${code ?? 'unknown error'})`, {
        hint: 'check that it is a program that you may run',
      })
}

function timedOut({ name, timeoutMs }: RunOptions): StoreError {
  return new StoreError('timeout', `${name} was killed after ${timeoutMs} ms`, {
    hint: 'unlock the secret manager first, or set a longer timeout: on the store',
  })
}

function aborted({ name, signal }: RunOptions): StoreError {
  return signal.reason instanceof StoreError
    ? signal.reason
    : new StoreError('timeout', `${name} was stopped before it answered`)
}
