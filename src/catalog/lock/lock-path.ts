/** The place of the lock of a servers.yaml: beside it, so that both are committed and reviewed together. Pure. */
import { basename, dirname, join } from 'node:path'

/** `servers.lock` for `servers.yaml`. Of a file that isn't YAML the whole name stays, so that no two share a lock. */
export function lockPath(configFile: string): string {
  return join(dirname(configFile), `${basename(configFile).replace(/\.ya?ml$/i, '')}.lock`)
}
