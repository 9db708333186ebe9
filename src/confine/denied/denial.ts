/**
 * Says why a confined server was denied a file, and which setting gives it: only where the sandbox is the reason, so a
 * file that isn't there outside either, or that the user may not read, says nothing. What no server may have is told to
 * stay closed, without a setting. Pure.
 */
import { posix } from 'node:path'
import type { PathFacts } from '../facts.ts'
import type { Mount, SandboxProfile } from '../mounts.ts'
import { isWithin } from '../paths.ts'
import { isOfSystem } from '../system.ts'
import type { DeniedFile } from './denied.ts'

export interface SandboxSeen {
  readonly server: string
  readonly profile: SandboxProfile
  /** Paths that no server sees. */
  readonly protect: readonly string[]
}

export interface FileDenial {
  readonly server: string
  /** Absolute. */
  readonly path: string
  readonly setting: 'read' | 'write' | 'devices' | 'closed'
}

/** Undefined where the sandbox isn't why. */
export function denialOf(
  { path: written, code, isWrite }: DeniedFile,
  { server, profile, protect }: SandboxSeen,
  disk: PathFacts,
): FileDenial | undefined {
  const home = homeOf(profile)
  const path = posix.resolve(profile.cwd, home === undefined ? written : untilde(written, home))
  const real = disk.real(path) ?? path
  if (protect.some((one) => isWithin(path, one) || isWithin(real, one)))
    return disk.kind(path) === undefined ? undefined : { server, path, setting: 'closed' }
  const mount = mountOf(path, profile)
  switch (mount?.kind) {
    case 'write':
    case 'link':
    case 'processes':
      return undefined
    case 'devices':
      return disk.kind(path) === undefined ? undefined : { server, path, setting: 'devices' }
    case 'read': {
      const isOurs = (code === 'EROFS' || isWrite === true) && code !== 'ENOENT' && !isOfSystem(path)
      return isOurs ? { server, path, setting: 'write' } : undefined
    }
    case 'home':
    case 'empty':
    case undefined:
      return hidden(path, isWrite, disk, server)
  }
}

/** It stands outside, or what it was to be made in does. */
function hidden(
  path: string,
  isWrite: boolean | undefined,
  disk: PathFacts,
  server: string,
): FileDenial | undefined {
  // The system's own secrets are nobody's to give, and there is one root.
  if (isOfSystem(path) || path === '/') return undefined
  if (disk.kind(path) !== undefined) return { server, path, setting: isWrite === true ? 'write' : 'read' }
  const above = posix.dirname(path)
  const isToBeMade = isWrite === true && above !== '/' && disk.kind(above) === 'directory'
  return isToBeMade ? { server, path: above, setting: 'write' } : undefined
}

/** The deepest one that holds it. */
function mountOf(path: string, { mounts }: SandboxProfile): Mount | undefined {
  return mounts
    .filter((mount) => isWithin(path, mount.path))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
}

function homeOf({ mounts }: SandboxProfile): string | undefined {
  return mounts.find(({ kind }) => kind === 'home')?.path
}

function untilde(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? posix.join(home, path.slice(1)) : path
}

/** One sentence, without its end, and what to do. */
export function denialText({ server, path, setting }: FileDenial): {
  readonly message: string
  readonly hint: string
} {
  const tried = `"${server}" was denied ${path}`
  const add = (key: string): string =>
    `to allow it, add "${path}" to sandbox.${key} of "${server}" in servers.yaml`
  switch (setting) {
    case 'closed':
      return { message: `${tried}, which no server may see`, hint: 'that stays closed' }
    case 'read':
      return { message: `${tried}, which its sandbox does not show`, hint: add('read') }
    case 'write':
      return { message: `${tried}, which its sandbox does not let it write`, hint: add('write') }
    case 'devices':
      return { message: `${tried}, a device that its sandbox does not show`, hint: add('devices') }
  }
}
