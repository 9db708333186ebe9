/** A command before which a program has no network but its own loopback, and ends with all that it started (Linux). */
import { execFileSync } from 'node:child_process'

export const NAMESPACE = [
  'unshare',
  '-rnpf',
  '--mount-proc',
  '--kill-child',
  'sh',
  '-c',
  'ip link set lo up && exec "$@"',
  'sh',
]

/** Whether this machine lets us. */
export function hasNamespaces() {
  try {
    execFileSync(NAMESPACE[0], [...NAMESPACE.slice(1), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
