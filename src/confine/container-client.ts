/**
 * Knows the clients of containers. Such a client needs the socket of its daemon, which gives it the machine, so sidemux
 * doesn't confine it; what runs in the container is confined by the container. Pure.
 */
import { posix } from 'node:path'
import { isLineFlag, runsLines } from './words.ts'

const CLIENT = /^["']?(?:.*[/\\])?(?:docker|podman|nerdctl|finch)(?:\.exe)?["']?$/i
/** Where installers put programs; one of that name in a project is no such client, and no shell. */
const INSTALLED =
  /^(?:\/(?:usr|bin|opt|snap|nix|gnu|run\/current-system|Applications|home\/linuxbrew)\/|[A-Za-z]:\\Program Files|.*\/\.(?:docker|rd|orbstack)\/bin\/)/
/** Nothing in it starts a second program or reads what isn't written there. */
const ONE_COMMAND = /^[^;&|`$()<>\n]+$/

/** A word of a command line names such a client. */
export function isContainerClient(word: string): boolean {
  return CLIENT.test(word)
}

/** The program itself is one, or a shell that starts one and nothing else. A word among the arguments makes none. */
export function runsContainerClient(command: string, args: readonly string[]): boolean {
  if (isInstalledClient(command)) return true
  const [flag, line = '', ...rest] = args
  const isLine = runsLines(command) && isInstalled(command) && isLineFlag(flag) && rest.length === 0
  if (!isLine || !ONE_COMMAND.test(line)) return false
  const words = line.trim().split(/\s+/)
  return isInstalledClient((words[0] === 'exec' ? words[1] : words[0]) ?? '')
}

function isInstalledClient(word: string): boolean {
  return isContainerClient(word) && isInstalled(word)
}

function isInstalled(word: string): boolean {
  return !/[/\\]/.test(word) || INSTALLED.test(posix.normalize(word))
}
