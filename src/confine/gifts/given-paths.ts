/**
 * Finds the paths that stand in a launch: what the user wrote into a server's arguments or environment is what he gave it.
 * Only what is there counts, so a word that looks like a path and is none costs nothing. Pure.
 */
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConfinedLaunch, PathFacts } from '../facts.ts'
import { shellWords, wordsOf } from '../words.ts'

/** Variables that hold paths of the system, or of where things are looked for, and give nothing. */
const NO_GIFTS =
  /^(?:PATH|HOME|SHELL|PWD|OLDPWD|LANG|LC_.*|TERM|USER|LOGNAME|TZ|XDG_RUNTIME_DIR|DISPLAY|WAYLAND_DISPLAY)$/i
/** Variables that name code, or whom to trust: nobody writes there. */
const ONLY_READ =
  /^(?:PYTHONPATH|PYTHONHOME|NODE_PATH|NODE_OPTIONS|CLASSPATH|JAVA_HOME|GOROOT|LD_LIBRARY_PATH|PERL5LIB|RUBYLIB|XAUTHORITY|.*(?:^|_)CA(?:_.*|FILE|PATH|CERTS?|INFO)?|.*_?CERT_?(?:FILE|DIR|PATH)|.*CERTS?)$/i
/** Programs look there for what is theirs, so to name the usual place is no gift of what all programs keep in it. */
const LOOKED_IN = /^XDG_/i
/** A database keeps files beside its file, and would be damaged without them. */
const DATABASE = /\.(?:db3?|sqlite3?|sqlitedb|duckdb|kuzu|lmdb|mdb)$/i

export interface GivenPath {
  readonly path: string
  readonly how: 'read' | 'write'
  /** It is named itself, and not only something in it. */
  readonly isMeant: boolean
}

export function givenPaths(launch: ConfinedLaunch, disk: PathFacts): readonly GivenPath[] {
  const { cwd, env, declared } = launch
  const found = (text: string, how: 'read' | 'write', isLookedIn = false): GivenPath[] =>
    pathsIn(text).flatMap((written) => {
      const path = untilde(written, env['HOME'])
      return there(posix.resolve(cwd, path), path, how, disk).map((one) => ({
        ...one,
        isMeant: one.isMeant && !isLookedIn,
      }))
    })
  return [
    // A program isn't data: package-root.ts looks after it.
    ...wordsOf(launch).flatMap(({ text, isProgram }) => (isProgram ? [] : found(text, 'write'))),
    ...declared
      .filter((name) => !NO_GIFTS.test(name))
      .flatMap((name) =>
        textsIn(name, env[name] ?? '').flatMap((text) =>
          found(text, ONLY_READ.test(name) ? 'read' : 'write', LOOKED_IN.test(name)),
        ),
      ),
    ...screens(launch).flatMap((path) => (disk.kind(path) === undefined ? [] : [readable(path)])),
  ]
}

/** Of options for a program, each word. */
function textsIn(name: string, text: string): string[] {
  return /_(?:OPTIONS|OPTS|ARGS|FLAGS)$/i.test(name) ? shellWords(text) : [text]
}

/** The socket and the key of a screen, where the entry hands on the name of one. */
function screens({ env, declared }: ConfinedLaunch): string[] {
  const has = (name: string): string | undefined => (declared.includes(name) ? env[name] : undefined)
  const x = /^(?:unix)?:(\d{1,4})(?:\.\d+)?$/.exec(has('DISPLAY') ?? '')?.[1]
  const wayland = has('WAYLAND_DISPLAY') ?? ''
  const runtime = env['XDG_RUNTIME_DIR'] ?? ''
  return [
    ...(x === undefined
      ? []
      : [`/tmp/.X11-unix/X${x}`, ...(env['HOME'] === undefined ? [] : [`${env['HOME']}/.Xauthority`])]),
    ...(wayland === '' || !runtime.startsWith('/') ? [] : [posix.resolve(runtime, wayland)]),
  ]
}

function readable(path: string): GivenPath {
  return { path, how: 'read', isMeant: true }
}

/** The text itself, what stands behind `=`, the parts of a list, the path of a file URL, the sides of a docker mount. */
export function pathsIn(text: string): string[] {
  const value = /^-{1,2}[\w-]+=(.*)$/s.exec(text)?.[1] ?? text
  return [value, ...value.split(/[,:;]/)].flatMap((part) => {
    const found = part.trim()
    const end = /^[\w.-]+=(\/.*|~\/.*|\.{1,2}\/.*)$/s.exec(found)?.[1]
    if (/^(?:file|unix):\/\//i.test(value) && part === value) return urlPath(value)
    if (/^sqlite(?:\+\w+)?:\/\/\//i.test(value) && part === value)
      return [value.replace(/^sqlite(?:\+\w+)?:\/\/\//i, '').replace(/\?.*$/s, '')]
    return [found, ...(end === undefined ? [] : [end])].filter(looksLikePath)
  })
}

function looksLikePath(text: string): boolean {
  return (
    text.length < 4096 &&
    !text.includes('\0') &&
    /^(?:\/|~\/|~$|\.{1,2}(?:\/|$)|[^/\s]+\/|[\w@%+. -]+\.\w{1,8}$)/.test(text)
  )
}

function urlPath(url: string): string[] {
  try {
    return [fileURLToPath(url.replace(/^unix:/i, 'file:'), { windows: false })]
  } catch {
    return []
  }
}

function untilde(path: string, home = '/'): string {
  return path === '~' ? home : path.startsWith('~/') ? posix.join(home, path.slice(2)) : path
}

/**
 * A file that isn't there yet is meant to be made: its directory is given, where that was named, too. So is the
 * directory of a database, and one in which nothing but the file and its kind lies, since many programs write a new file
 * and put it in the place of the old one.
 */
function there(path: string, written: string, how: 'read' | 'write', disk: PathFacts): GivenPath[] {
  const kind = disk.kind(path)
  const directory = posix.dirname(path)
  const around: GivenPath = { path: directory, how, isMeant: false }
  if (kind === 'file') {
    const isKept = how === 'write' && (DATABASE.test(path) || isAlone(path, directory, disk))
    return [{ path, how, isMeant: true }, ...(isKept ? [around] : [])]
  }
  if (kind !== undefined) return [{ path, how, isMeant: true }]
  const isNewFile =
    (written.startsWith('/') || DATABASE.test(path) || namesFolder(written)) &&
    disk.kind(directory) === 'directory' &&
    (/\.\w{1,8}$/.test(path) || isAlone(path, directory, disk))
  return isNewFile ? [around] : []
}

/** `data/new.json`, and not `new.json` alone, which would give the folder that it is started in. */
function namesFolder(written: string): boolean {
  return posix.dirname(posix.normalize(written)) !== '.'
}

function isAlone(path: string, directory: string, disk: PathFacts): boolean {
  const name = posix.basename(path)
  const stem = name.replace(/\.\w+$/, '')
  return stem.length > 2 && disk.names(directory).every((other) => other.startsWith(stem))
}
