/**
 * Confinement of a child. This version confines nothing and says so: `required` can't be met and is refused
 * (promise 1), `auto` and `off` run plain. A child that runs plain can read what its user can read.
 */
import { SidemuxError } from '../errors.ts'

export type Sandbox = 'auto' | 'off' | 'required'

/** Why `server` must not be started, or undefined when it may be. */
export function sandboxProblem(server: string, sandbox: Sandbox): SidemuxError | undefined {
  if (sandbox !== 'required') return undefined
  return new SidemuxError(
    `"${server}" requires a sandbox, and this version of sidemux can't confine a server`,
    {
      hint: `set "sandbox: auto" for "${server}" in servers.yaml to run it unconfined`,
    },
  )
}
