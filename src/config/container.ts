/**
 * `-e NAME=…` of docker and podman, with a secret behind it. What is known to be a token and what only a host would fill in
 * get the advice that a reference gets there (upstream/plain.ts), so that nobody goes the way over a second error.
 */
import { looksSecret } from '../secrets/names.ts'
import { byName } from '../upstream/plain.ts'

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
