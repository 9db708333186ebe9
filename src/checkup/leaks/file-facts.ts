/**
 * Asks the file system and git about a file. Git is asked by its program, found in PATH by an absolute name, with an
 * environment of its own and nothing that a repository could have it run; only where there is a work tree above.
 * Without an answer in time nothing is said.
 */
import { execFile } from 'node:child_process'
import { access, constants, realpath, stat } from 'node:fs/promises'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'
import type { FileFacts } from './files.ts'

const GIT_TIMEOUT_MS = 3000

/** Undefined when there is no such file. */
export async function fileFacts(path: string, env: NodeJS.ProcessEnv): Promise<FileFacts | undefined> {
  try {
    // The content is where a link leads.
    const file = await realpath(path)
    const stats = await stat(file)
    if (!stats.isFile()) return undefined
    const mode = process.platform === 'win32' ? undefined : stats.mode & 0o777
    return { mode, git: await gitState(file, env) }
  } catch {
    return undefined
  }
}

async function gitState(file: string, env: NodeJS.ProcessEnv): Promise<FileFacts['git']> {
  if (!(await hasWorkTree(dirname(file)))) return 'no'
  const git = await findGit(env)
  if (git === undefined) return 'no'
  const ask = (...args: string[]): Promise<number | undefined> => run(git, dirname(file), args, env)
  const tracked = await ask('--literal-pathspecs', 'ls-files', '--error-unmatch', '--', basename(file))
  if (tracked === 0) return 'tracked'
  if (tracked !== 1) return 'no'
  return (await ask('check-ignore', '--no-index', '-q', '--', basename(file))) === 1 ? 'addable' : 'no'
}

async function hasWorkTree(start: string): Promise<boolean> {
  for (let directory = start; ; directory = dirname(directory)) {
    if (await exists(join(directory, '.git'))) return true
    if (dirname(directory) === directory) return false
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

/** Relative entries of PATH would let the directory that one stands in choose the program. */
async function findGit(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'git.exe' : 'git'
  for (const directory of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    if (!isAbsolute(directory)) continue
    const program = join(directory, name)
    try {
      await access(program, constants.X_OK)
      return program
    } catch {
      continue
    }
  }
  return undefined
}

/** No hook, no monitor, no pager. */
const SAFELY = ['--no-pager', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']

/** Where git finds the user's own ignore file and which directories are safe. */
const INHERITED = ['HOME', 'XDG_CONFIG_HOME', 'USERPROFILE', 'SystemRoot', 'PATH', 'Path']

/** The exit code; undefined when there is none. */
function run(
  git: string,
  directory: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number | undefined> {
  const inherited = INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))
  const own = {
    ...Object.fromEntries(inherited),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  }
  return new Promise((resolve) => {
    const options = { cwd: dirname(git), env: own, timeout: GIT_TIMEOUT_MS, windowsHide: true }
    const child = execFile(git, [...SAFELY, '-C', directory, ...args], options, () => {
      resolve(child.exitCode ?? undefined)
    })
  })
}
