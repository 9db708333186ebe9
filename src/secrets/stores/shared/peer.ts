/**
 * Libraries that only one kind of store needs. They are optional peers: not installed with sidemux, loaded at the
 * first use, and when one is missing the error names the command that installs it where sidemux finds it.
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StoreError } from '../../store.ts'

/** Name and the version that the tests run with. */
export const PEERS = {
  '@aws-sdk/client-secrets-manager': '3.1162.0',
  '@napi-rs/keyring': '2.1.2',
} as const

export async function loadPeer<T>(name: keyof typeof PEERS, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : undefined
    throw new StoreError(
      'unavailable',
      code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
        ? `this store needs ${name}, which is not installed`
        : `this store needs ${name}, which can't be loaded on this machine`,
      { hint: `run: ${installCommand(`${name}@${PEERS[name]}`)}` },
    )
  }
}

/** Beside sidemux in whatever holds it: a project, the global directory, or a checkout of sidemux itself. */
export function installCommand(what: string, from = import.meta.dirname): string {
  let root = from
  while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root)
  const above = dirname(root)
  if (basename(above) !== 'node_modules') return `npm install --no-save --prefix ${quote(root)} ${what}`
  const project = dirname(above)
  return existsSync(join(project, 'package.json'))
    ? `npm install --prefix ${quote(project)} ${what}`
    : `npm install --global ${what}`
}

function quote(path: string): string {
  return /^[\w/.:\\@-]+$/.test(path) ? path : `"${path}"`
}
