/**
 * Opens a page in the user's browser: with the program of the config (`approvals.browser`), else with the system's:
 * `open`, `rundll32 url.dll,FileProtocolHandler`, `xdg-open`. Never through a shell; the address is an argument of its
 * own.
 *
 * The browser is the user's and lives on when the sidecar ends. So a small launcher starts it, waits a moment for it to
 * fail, and ends; the browser then descends from nobody here, and no host that ends our whole tree ends it too. The
 * launcher gets the address on its stdin. An xdg-open that is still there at the end and has no browser to wait for is
 * ended.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, isAbsolute, join, win32 } from 'node:path'
import { z } from 'zod'
import { hasScreen, sessionEnvironment } from '../approval/channels/desktop/session-env.ts'
import { descendants } from '../upstream/process/ending/relatives.ts'
import { settlesWithin } from '../upstream/wait.ts'
import { isExecutable } from '../executable.ts'

export type Opened = { readonly kind: 'opened' } | { readonly kind: 'failed'; readonly why: string }

export interface Browser {
  open(url: string): Promise<Opened>
  /** Why it can't be started, as far as that shows before it is tried. */
  impossible?(): string | undefined
  /** The pids of the launchers that are at work now. */
  launchers(): ReadonlySet<number>
  close(): void
}

/** An opener that fails does so within this; one that works may stay as long as its browser. */
const FAILS_WITHIN_MS = 1500
const LAUNCHER_WITHIN_MS = 5000

const LAUNCHER = `
let text = ''
process.stdin.on('data', (chunk) => { text += chunk }).on('end', () => {
  const { argv, failsWithin } = JSON.parse(text)
  const say = (result) => process.stdout.write(JSON.stringify(result), () => process.exit(0))
  const child = require('node:child_process').spawn(argv[0], argv.slice(1), {
    cwd: require('node:os').tmpdir(), detached: true, stdio: 'ignore', windowsHide: true,
  })
  child.once('error', ({ code }) => say({ code: String(code) }))
  child.once('exit', (status, signal) => say({ status: status ?? String(signal) }))
  setTimeout(() => say({ pid: child.pid }), failsWithin)
})
`

const launched = z.union([
  z.object({ code: z.string() }),
  z.object({ status: z.union([z.number(), z.string()]) }),
  z.object({ pid: z.int() }),
])

export interface BrowserOptions {
  readonly argv: readonly string[] | undefined
  readonly env: NodeJS.ProcessEnv
  readonly platform?: NodeJS.Platform
}

export function systemBrowser(options: BrowserOptions): Browser {
  const platform = options.platform ?? process.platform
  const lingering = new Set<number>()
  const launchers = new Set<ChildProcess>()
  const commandFor = (environment: NodeJS.ProcessEnv): readonly string[] | string =>
    options.argv ?? systemOpener(platform, options.env, hasScreen(environment))
  return {
    impossible() {
      const command = commandFor(sessionEnvironment(options.env))
      return typeof command === 'string' ? command : undefined
    },
    async open(url) {
      const environment = sessionEnvironment(options.env)
      const command = commandFor(environment)
      if (typeof command === 'string') return { kind: 'failed', why: command }
      const { opened, pid } = await launch([...command, url], withPath(environment, options), launchers)
      if (pid !== undefined && options.argv === undefined) lingering.add(pid)
      return opened
    },
    launchers: () => new Set([...launchers].flatMap(({ pid }) => pid ?? [])),
    close() {
      for (const launcher of launchers) launcher.kill('SIGKILL')
      for (const pid of lingering) endIdleOpener(pid)
    },
  }
}

/** The argv that an address is added to, or why there is none. */
export function systemOpener(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  screen: boolean,
): readonly string[] | string {
  if (platform === 'darwin') return ['/usr/bin/open']
  if (platform === 'win32')
    return [
      win32.join(env['SYSTEMROOT'] ?? env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'rundll32.exe'),
      'url.dll,FileProtocolHandler',
    ]
  if (!screen) return 'there is no graphical session to open a browser in'
  const found = [...(env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/bin']
    // Not one in the working directory.
    .filter((dir) => isAbsolute(dir))
    .map((dir) => join(dir, 'xdg-open'))
    .find(isExecutable)
  return found === undefined ? 'there is no xdg-open to open a browser with' : [found]
}

function withPath(environment: NodeJS.ProcessEnv, { env }: BrowserOptions): NodeJS.ProcessEnv {
  // Browsers of Snap, Flatpak and Nix are found through the user's PATH only.
  const path = env['PATH'] ?? environment['PATH']
  return {
    ...environment,
    ...(path === undefined ? {} : { PATH: path }),
    // Where the host's own Electron is our Node.
    ...(process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' }),
  }
}

async function launch(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  launchers: Set<ChildProcess>,
): Promise<{ readonly opened: Opened; readonly pid?: number }> {
  const launcher = spawn(process.execPath, ['-e', LAUNCHER], {
    env,
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  launchers.add(launcher)
  let said = ''
  launcher.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8').slice(0, 1024)))
  launcher.stdin.on('error', () => undefined)
  launcher.unref()
  const ended = new Promise<void>((resolve) => {
    launcher.once('error', () => resolve())
    launcher.once('close', () => resolve())
  })
  launcher.stdin.end(JSON.stringify({ argv, failsWithin: FAILS_WITHIN_MS }))
  if (!(await settlesWithin(ended, LAUNCHER_WITHIN_MS))) launcher.kill('SIGKILL')
  launchers.delete(launcher)
  return readLaunch(said)
}

function readLaunch(said: string): { readonly opened: Opened; readonly pid?: number } {
  try {
    const result = launched.parse(JSON.parse(said))
    if ('pid' in result) return { opened: { kind: 'opened' }, pid: result.pid }
    if ('status' in result && result.status === 0) return { opened: { kind: 'opened' } }
    const how = 'code' in result ? result.code : `it ended with ${result.status}`
    return { opened: { kind: 'failed', why: `the browser could not be started (${how})` } }
  } catch {
    return { opened: { kind: 'failed', why: 'the browser could not be started' } }
  }
}

/** An xdg-open waits for the browser that it started; without one it hangs, for nobody. */
function endIdleOpener(pid: number): void {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('xdg-open')) return
    if (descendants(pid).length === 0) process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended, or this system doesn't tell; then it isn't ours to end.
  }
}
