/**
 * Writes a profile as rules of Landlock: which files may be read, and which written to. Landlock only gives, at a path and
 * all below it. So where something below isn't to be seen, a directory is given entry by entry without it. Pure.
 *
 * What is different from bubblewrap, which makes another world out of what is there:
 *
 * - Paths are those of the disk. The server's home is where it lies, and what was given of the user's home has a link
 *   in it.
 * - There are no terminals and no /dev/shm, since those of other programs would be there too.
 * - Of /proc all is read that the system lets be read: other processes' arguments, and not their environment or memory.
 *
 * @see https://docs.kernel.org/userspace-api/landlock.html
 */
import { posix } from 'node:path'
import type { PathFacts } from '../../facts.ts'
import type { Mount, SandboxProfile } from '../../mounts.ts'
import { isWithin } from '../../paths.ts'

export interface LandlockRule {
  /** On the disk, without links. */
  readonly path: string
  /** LANDLOCK_ACCESS_FS_* */
  readonly access: number
}

const EXECUTE = 1 << 0
const WRITE_FILE = 1 << 1
const READ_FILE = 1 << 2
const READ_DIR = 1 << 3
const MAKE_CHAR = 1 << 6
const MAKE_BLOCK = 1 << 11
const REFER = 1 << 13
const TRUNCATE = 1 << 14
const IOCTL_DEV = 1 << 15
const ALL_OF_FIRST = (1 << 13) - 1

/** What a rule of a file may name. */
export const OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

const READ = EXECUTE | READ_FILE | READ_DIR
const WRITE = (ALL_OF_FIRST & ~MAKE_CHAR & ~MAKE_BLOCK) | REFER | TRUNCATE
const DEVICE = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'].map((name) => `/dev/${name}`)

/** All that this version of Landlock can judge of files. */
export function handledFiles(abi: number): number {
  return ALL_OF_FIRST | (abi >= 2 ? REFER : 0) | (abi >= 3 ? TRUNCATE : 0) | (abi >= 5 ? IOCTL_DEV : 0)
}

export function landlockRules(
  { mounts }: Pick<SandboxProfile, 'mounts'>,
  abi: number,
  disk: PathFacts,
): readonly LandlockRule[] {
  const hidden = mounts.flatMap((mount) => (mount.kind === 'empty' ? [mount.path] : []))
  const known = handledFiles(abi)
  return mounts
    .flatMap((mount) => rulesOf(mount, hidden, disk))
    .map(({ path, access }) => ({ path, access: access & known }))
}

function rulesOf(mount: Mount, hidden: readonly string[], disk: PathFacts): LandlockRule[] {
  switch (mount.kind) {
    case 'read':
      return without(mount.from ?? mount.path, READ, hidden, disk)
    case 'write':
      return without(
        mount.from ?? mount.path,
        disk.kind(mount.path) === 'other' ? DEVICE : WRITE,
        hidden,
        disk,
      )
    case 'home':
      return [{ path: mount.from, access: WRITE }]
    case 'processes':
      return [{ path: mount.path, access: READ }]
    case 'devices':
      return DEVICES.map((path) => ({ path, access: DEVICE }))
    case 'empty':
    case 'link':
      return []
  }
}

/** Names in a directory from which something is left out are told, if only files are left out. */
function without(path: string, access: number, hidden: readonly string[], disk: PathFacts): LandlockRule[] {
  const below = hidden.filter((one) => isWithin(one, path))
  if (below.includes(path)) return []
  if (below.length === 0) return [{ path, access }]
  const isListed = below.every((one) => disk.kind(one) !== 'directory')
  return [
    ...(isListed ? [{ path, access: READ_DIR }] : []),
    ...disk.names(path).flatMap((name) => {
      const entry = posix.join(path, name)
      // A link gives nothing; what it leads to has a rule of its own or none.
      return disk.link(entry) === undefined ? without(entry, access, hidden, disk) : []
    }),
  ]
}
