/**
 * Ends the children when the sidecar can't: a host may kill it with SIGKILL, and a child that ignores the end of its
 * stdin would live on (promise 8).
 *
 * One `/bin/sh` waits on a pipe whose other end only the sidecar holds. It reads which process groups exist; the end
 * of the pipe means that the sidecar is gone, and it kills what is still listed, with the descendants that left
 * their group where /proc tells. They are stopped first, until no new one shows, because one that is just being forked
 * would not be found and would outlive the process that could have told of it. It has a session of its own, so that signals from a terminal pass it by, an empty
 * environment, and uses nothing but shell builtins. Without a /bin/sh there is no watchdog.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { settlesWithin } from './wait.ts'

const SHELL = '/bin/sh'
const MAX_RESPAWNS = 5

const SCRIPT = `
trap '' HUP INT QUIT TERM PIPE TSTP TTIN TTOU USR1 USR2 ALRM
groups=
while read -r verb group; do
  case $verb in
    add) groups="$groups $group" ;;
    del) rest=; for g in $groups; do [ "$g" = "$group" ] || rest="$rest $g"; done; groups=$rest ;;
  esac
done
seen=
pids=
descend() {
  for list in /proc/"$1"/task/*/children; do
    [ -r "$list" ] || continue
    kids=; read -r kids < "$list"
    for kid in $kids; do pids="$pids $kid"; descend "$kid"; done
  done
}
for round in 1 2 3 4 5 6 7 8; do
  for g in $groups; do kill -STOP "-$g"; done
  for p in $pids; do kill -STOP "$p"; done
  pids=
  for g in $groups; do descend "$g"; done
  [ "$pids" = "$seen" ] && [ "$round" -gt 1 ] && break
  seen=$pids
done
for p in $pids; do kill -9 "$p"; done
for g in $groups; do kill -9 "-$g"; done
`

export class Reaper {
  readonly #groups = new Set<number>()
  #watchdog: ChildProcess | undefined
  #respawns = 0
  #closed = false

  /** The watchdog's. */
  get pid(): number | undefined {
    return this.#watchdog?.pid
  }

  /** To be called before a process is started, so that little time passes until it can be added. */
  ready(): void {
    if (this.#watchdog === undefined) this.#spawn()
  }

  add(group: number): void {
    this.#groups.add(group)
    if (this.#watchdog === undefined) this.#spawn()
    else this.#tell(`add ${group}`)
  }

  remove(group: number): void {
    if (this.#groups.delete(group)) this.#tell(`del ${group}`)
  }

  /** Lets the watchdog go; what is still listed is killed now. */
  async close(): Promise<void> {
    this.#closed = true
    const watchdog = this.#watchdog
    if (watchdog === undefined) return
    const exited = new Promise<void>((resolve) => {
      watchdog.once('exit', () => resolve())
    })
    watchdog.stdin?.end()
    await settlesWithin(exited, 500)
  }

  #spawn(): void {
    if (this.#closed || process.platform === 'win32' || !existsSync(SHELL)) return
    const watchdog = spawn(SHELL, ['-c', SCRIPT], {
      cwd: '/',
      detached: true,
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#watchdog = watchdog
    watchdog.stdin.on('error', () => undefined)
    watchdog.on('error', () => undefined)
    watchdog.once('exit', () => {
      this.#watchdog = undefined
      if (this.#groups.size > 0 && this.#respawns++ < MAX_RESPAWNS) this.#spawn()
    })
    watchdog.unref()
    for (const group of this.#groups) this.#tell(`add ${group}`)
  }

  #tell(line: string): void {
    this.#watchdog?.stdin?.write(`${line}\n`)
  }
}
