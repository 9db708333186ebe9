/**
 * Ties a confined server to the sidecar from its first moment on (promise 8). bubblewrap asks the system to end it when
 * its parent ends (--die-with-parent), but only some milliseconds after it was started: a sidecar that is killed before
 * leaves a bubblewrap that goes on and starts the server. So something stands before the server, inside: it says that it is
 * there, and becomes the server only when the sidecar answers (upstream/process/leash.ts). By then all of bubblewrap is tied.
 * Without an answer the end of the pipe comes, and nothing was started.
 *
 * The program that is there anyway does that (bolt.ts). Without perl a shell does, and then the server writes no core
 * either. A shell adds to the environment (`PWD`, `SHLVL`, `_`), so `env` takes that away again: a server has what its entry
 * says and nothing else (promise 2).
 */
import { isExecutable } from '../../executable.ts'

/** Of the pipe: the first behind stderr. */
export const LEASH = 3

const SHELL = '/bin/sh'
const ENV = '/usr/bin/env'
const SCRIPT = `ulimit -c 0 2>/dev/null; echo >&${LEASH} || exit; read -r _ <&${LEASH} || exit; exec "$@" ${LEASH}>&-`
const ADDED = ['PWD', 'OLDPWD', 'SHLVL', '_']

/** The same command behind the shell that waits; undefined where that can't be had, and watchdogs have to do. */
export function leashed(
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
): readonly [string, ...string[]] | undefined {
  // `env` takes such a word for a variable.
  if (program.includes('=') || ![SHELL, ENV].every(isExecutable)) return undefined
  const added = ADDED.filter((name) => environment[name] === undefined)
  return [
    SHELL,
    '-c',
    SCRIPT,
    'sidemux-leash',
    ENV,
    ...added.flatMap((name) => ['-u', name]),
    program,
    ...args,
  ]
}
