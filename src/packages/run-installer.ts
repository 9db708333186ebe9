/**
 * Runs npm or uv, with nothing of a package's own code: what they print is read and never shown, and they end with
 * sidemux. They run outside of a sandbox, since they need the login for a registry that no server sees.
 */
import spawn from 'cross-spawn'

/** Of stdout; a list of what is installed is far below. */
const MAX_OUT = 32 * 1024 * 1024
const MAX_SAID = 256 * 1024
const WITHIN_MS = 10 * 60 * 1000

export interface InstallerRun {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Calls it off, as when sidemux ends. */
  readonly signal: AbortSignal
}

export interface InstallerEnd {
  readonly ok: boolean
  readonly out: string
  /** Of stderr, or the system's word where it could not be started. */
  readonly said: string
}

export async function runInstaller({ program, args, cwd, env, signal }: InstallerRun): Promise<InstallerEnd> {
  signal.throwIfAborted()
  return new Promise((done) => {
    const detached = process.platform !== 'win32'
    const child = spawn(program, [...args], {
      cwd,
      env: { ...env },
      detached,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, said] = ['', '']
    const end = (): void => kill(child.pid)
    const timer = setTimeout(() => {
      said += ' ETIMEDOUT '
      end()
    }, WITHIN_MS)
    signal.addEventListener('abort', end)
    const over = (ok: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      done({ ok, out, said })
    }
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      if (out.length < MAX_OUT) out += chunk
    })
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      if (said.length < MAX_SAID) said += chunk
    })
    child.once('error', (error: NodeJS.ErrnoException) => {
      said += ` ${error.code ?? ''} `
      over(false)
    })
    child.once('close', (code) => over(code === 0))
  })
}

/** All that it started as well: npm has processes of its own. */
function kill(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
