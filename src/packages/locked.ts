/** The version of a server's package as servers.lock holds it, so that it is the same on each machine (promise 5). Pure. */
import { z } from 'zod'
import type { InstalledPackage } from './installed.ts'

export interface LockedPackage extends Pick<InstalledPackage, 'registry' | 'name' | 'integrity'> {
  /** Exact. */
  readonly version: string
}

const text = z.string().max(4096)
export const lockedPackage = z.strictObject({
  registry: z.enum(['npm', 'pypi']),
  name: text,
  // An installer is told it, and takes other words for an address, another package or a switch.
  version: z.string().regex(/^\d[\w.!+-]{0,127}$/),
  integrity: text,
})

/** What servers.lock says of the package of one launch. */
export interface PackageInLock {
  /** Undefined where it has none. */
  readonly locked: LockedPackage | undefined
  /** Nothing runs that it doesn't hold. */
  readonly isStrict: boolean
  /** The name of the file, for words. */
  readonly file: string
}

export function packageToLock({ registry, name, version, integrity }: LockedPackage): LockedPackage {
  return { registry, name, version, integrity }
}

/** A registry that says of nothing what it is made of leaves the version alone to hold it to. */
export function isAsLocked(found: LockedPackage, locked: LockedPackage): boolean {
  const isSame = (['registry', 'name', 'version'] as const).every((key) => found[key] === locked[key])
  return isSame && (locked.integrity === '' || found.integrity === locked.integrity)
}
