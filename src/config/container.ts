/**
 * Servers in containers: finds the entries that start one, and the secrets behind `-e NAME=…` of docker and podman. A
 * token, or a variable that only another host would fill in, gets at once the advice that a reference there would get
 * (upstream/launch/plain.ts). So nobody needs a second error to find the way.
 */
import { isContainerClient } from '../confine/container-client.ts'
import { looksSecret } from '../secrets/words/names.ts'
import { byName } from '../upstream/launch/plain.ts'

/** The secret variable that an argument sets; undefined when it is another argument. */
export function variableOf(argument: string): string | undefined {
  const [, name] = /^(?:-e=?|--env=)?([A-Za-z_]\w{0,63})=/.exec(argument) ?? []
  return name !== undefined && looksSecret(name) ? name : undefined
}

/** `hint` says what to write for the value; the reference in it goes to where docker takes it from. */
export function hintInContainer(argument: string, hint: string): string {
  const name = variableOf(argument)
  const [reference] = /\$\{(?:env|local):\w+\}/.exec(hint) ?? []
  if (name === undefined || reference === undefined) return hint
  const way = byName(name, JSON.stringify(reference))
  return reference.startsWith('${local:') ? `${way}; ${hint}` : way
}

const STARTS = /^(?:run|exec|start|attach)$/

/** Whether an entry runs the client of a container, itself or by a shell; such a client takes its container away when it is asked to end. */
export function startsContainer(command: string, args: readonly string[]): boolean {
  const words = [command, ...args.flatMap((arg) => arg.split(/[\s;&|]+/))]
  const client = words.findIndex(isContainerClient)
  return client !== -1 && words.slice(client + 1).some((word) => STARTS.test(word))
}
