/**
 * Files that hold secrets, judged by what is known of them: whether others on this machine may read or change them,
 * and whether git has them or would take them. Every hint is a command.
 */
import { basename, dirname } from 'node:path'
import type { StoreOptions } from '../../secrets/stores/options.ts'
import { visibleLine } from '../../visible.ts'
import type { Mark, Path, Position } from '../../config/problem.ts'

export interface FileFacts {
  /** Permission bits; undefined where they say nothing, as on Windows. */
  readonly mode: number | undefined
  /** `addable`: in a work tree, not tracked and not ignored. `no`: none of it, or it can't be told. */
  readonly git: 'tracked' | 'addable' | 'no'
}

export interface SecretFile {
  /** Its path, as people are told. */
  readonly shown: string
  /** "the .env file"; undefined where the path says it. */
  readonly what?: string
  /** What else is to be known of it. */
  readonly aside?: string
  readonly at: Position
}

export function fileMarks({ shown, what, aside, at }: SecretFile, { mode, git }: FileFacts): readonly Mark[] {
  const name = `${what === undefined ? '' : `${what} `}${visibleLine(shown)}${aside === undefined ? '' : ` ${aside}`}`
  const file = shellWord(shown)
  const inGit = `git -C ${shellWord(dirname(shown))}`
  const marks: Mark[] = []
  const warn = (message: string, hint: string): void => {
    marks.push({ ...at, severity: 'warning', message, hint })
  }
  if (mode !== undefined && (mode & 0o077) !== 0) {
    warn(`${name} can be ${access(mode)} by other users of this machine`, `run: chmod 600 ${file}`)
  }
  if (git === 'tracked') {
    const remove = `run: ${inGit} rm --cached ${shellWord(basename(shown))}`
    warn(
      `git tracks ${name}, so who has the repository has its secrets`,
      `${remove}; then put it into .gitignore and replace its secrets, which the history keeps`,
    )
  }
  if (git === 'addable') {
    const pattern = basename(shown).replace(/[[\]*?\\]/g, String.raw`\$&`)
    const ignore = `${shellWord(`/${pattern}`)} >> ${shellWord(`${dirname(shown)}/.gitignore`)}`
    warn(`${name} is not ignored by git, so the next "git add" may take it in`, `run: echo ${ignore}`)
  }
  return marks
}

function access(mode: number): string {
  const read = (mode & 0o044) !== 0
  const write = (mode & 0o022) !== 0
  if (read) return write ? 'read and changed' : 'read'
  return write ? 'changed' : 'run'
}

/** As a POSIX shell takes it, and shown without what hides. */
function shellWord(text: string): string {
  const shown = visibleLine(text)
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`
}

export interface FileSetting {
  /** Within the store's settings. */
  readonly path: Path
  /** With references and `{environment}`. */
  readonly source: string
  readonly what: string
  /** Beside the file that is named. */
  readonly sibling?: string
}

const DOTENV = 'the .env file'
const KEY = 'the key file'

/** What a store's settings name that must be its owner's alone; encrypted files may be read by everybody. */
export function filesOf(options: StoreOptions): readonly FileSetting[] {
  if (options.type === 'dotenv') return [{ path: ['path'], source: options.path, what: DOTENV }]
  if (options.type === 'age') return [{ path: ['identity'], source: options.identity, what: KEY }]
  if (options.type === 'dotenvx') {
    return options.keysFile === undefined
      ? [{ path: ['path'], source: options.path, what: KEY, sibling: '.env.keys' }]
      : [{ path: ['keysFile'], source: options.keysFile, what: KEY }]
  }
  if (options.type === 'sops' && options.ageKeyFile !== undefined) {
    return [{ path: ['ageKeyFile'], source: options.ageKeyFile, what: KEY }]
  }
  if (!('auth' in options) || options.auth === undefined) return []
  return Object.entries(options.auth).flatMap(([key, value]: [string, unknown]): FileSetting[] => {
    if (typeof value !== 'string') return []
    if (AUTH_FILES.has(key)) return [{ path: ['auth', key], source: value, what: KEY }]
    const [, file] = /^\$\{file:([^}#]+)(?:#[^}]*)?\}$/.exec(value) ?? []
    return file === undefined ? [] : [{ path: ['auth', key], source: file, what: KEY }]
  })
}

/** Not those that a cluster mounts, which its own rules protect. */
const AUTH_FILES: ReadonlySet<string> = new Set(['path', 'keyPath', 'tokenFile'])
