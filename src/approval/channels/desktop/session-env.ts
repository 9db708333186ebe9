/**
 * The environment of a program that shows itself on the user's screen: a dialog, a browser. It is an allowlist:
 * nothing of the host's or of a store's credentials is in it, and nothing that loads code (GTK_MODULES, LD_PRELOAD).
 *
 * Hosts start their servers with few variables, and DISPLAY is often not among them. On Linux it is then taken from
 * the nearest process above us that has one, which is the host or what started it, and else from a socket of a
 * display that belongs to this user. A display of anybody else is never used: he would see the question, and answer.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Who the user is, and his language. */
const OWN = 'HOME USER LOGNAME LANG LC_ALL LC_CTYPE LC_MESSAGES TZ'.split(' ')
/** Which screen; taken together from one place, because they belong together. */
const SCREEN =
  'DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS XDG_CURRENT_DESKTOP XDG_SESSION_TYPE XDG_SESSION_DESKTOP XDG_DATA_DIRS'.split(
    ' ',
  )
/** Windows programs fail in odd ways without these. */
const WINDOWS =
  'SYSTEMROOT SYSTEMDRIVE WINDIR USERPROFILE USERNAME USERDOMAIN APPDATA LOCALAPPDATA TEMP TMP PROGRAMFILES PROGRAMDATA HOMEDRIVE HOMEPATH'.split(
    ' ',
  )
const UNIX_PATH = '/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin'
const MAX_ANCESTORS = 32

/** What is asked of the system; tests give their own. */
export interface SessionSources {
  readonly platform: NodeJS.Platform
  readonly pid: number
  readonly uid: number
  readonly proc: string
  readonly runtimeDirs: string
  readonly x11Sockets: string
}

export function systemSources(): SessionSources {
  return {
    platform: process.platform,
    pid: process.ppid,
    uid: process.getuid?.() ?? -1,
    proc: '/proc',
    runtimeDirs: '/run/user',
    x11Sockets: '/tmp/.X11-unix',
  }
}

export function sessionEnvironment(
  env: NodeJS.ProcessEnv,
  sources: SessionSources = systemSources(),
): NodeJS.ProcessEnv {
  if (sources.platform === 'win32') return pickWindows(env)
  const own = { ...pick(env, OWN), PATH: UNIX_PATH }
  if (sources.platform === 'darwin') return { ...own, ...pick(env, ['TMPDIR']) }
  const screen = hasScreen(env) ? env : (ofAncestors(sources) ?? ofSockets(sources))
  return utf8({ ...own, ...pick(screen, SCREEN) })
}

export function hasScreen(env: NodeJS.ProcessEnv): boolean {
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== ''
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
}

/** Windows spells its names in mixed case and ignores the case. */
function pickWindows(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => WINDOWS.includes(name.toUpperCase())))
}

/** The text that is shown holds more than ASCII. */
function utf8(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const locale = env['LC_ALL'] ?? env['LC_CTYPE'] ?? env['LANG'] ?? ''
  if (/utf-?8/i.test(locale)) return env
  const { LC_ALL: _dropped, ...rest } = env
  return { ...rest, LC_CTYPE: 'C.UTF-8' }
}

function ofAncestors({ proc, pid: first }: SessionSources): NodeJS.ProcessEnv | undefined {
  let pid = first
  for (let step = 0; step < MAX_ANCESTORS && pid > 1; step++) {
    const env = environmentOf(join(proc, String(pid)))
    if (hasScreen(env)) return env
    pid = parentOf(join(proc, String(pid)))
  }
  return undefined
}

function environmentOf(dir: string): NodeJS.ProcessEnv {
  const entries = read(join(dir, 'environ')).split('\0')
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const at = entry.indexOf('=')
      return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)]] : []
    }),
  )
}

function parentOf(dir: string): number {
  const stat = read(join(dir, 'stat'))
  // The name in parentheses may hold anything, also parentheses and spaces.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

function ofSockets({ runtimeDirs, x11Sockets, uid }: SessionSources): NodeJS.ProcessEnv {
  const runtime = join(runtimeDirs, String(uid))
  const wayland = names(runtime).find(
    (name) => /^wayland-\d+$/.test(name) && isOwnSocket(join(runtime, name), uid),
  )
  const x11 = names(x11Sockets).find(
    (name) => /^X\d+$/.test(name) && isOwnSocket(join(x11Sockets, name), uid),
  )
  return {
    ...(wayland === undefined ? {} : { WAYLAND_DISPLAY: wayland }),
    ...(x11 === undefined ? {} : { DISPLAY: `:${x11.slice(1)}` }),
    ...(names(runtime).length === 0 ? {} : { XDG_RUNTIME_DIR: runtime }),
  }
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir).toSorted()
  } catch {
    return []
  }
}

function isOwnSocket(path: string, uid: number): boolean {
  try {
    const found = statSync(path)
    return found.isSocket() && found.uid === uid
  } catch {
    return false
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
