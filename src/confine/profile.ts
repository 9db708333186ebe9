/**
 * Decides what of the machine a confined server sees (promise 2). Everything starts as nothing; what is added is found
 * in the launch, not asked for:
 *
 * - the system: programs, libraries and settings, read-only, without what only root may read;
 * - its runtime and its own package, read-only;
 * - its working directory, and each path that stands in its arguments or environment: that is what the user gave it, so
 *   it may write there, but not to the system. A directory that nobody gave but that it is started in is read-only;
 * - a home and a /tmp of its own; the home lasts.
 *
 * What is protected stands in none of them, whatever was given and by whichever links: servers.yaml, the files of stores,
 * sidemux's state. A directory that holds such a file is given entry by entry without it. (To lay something over the
 * file would not do: the system drops such a cover when an editor renames another file to that name.)
 *
 * What other programs obey in a directory that is given stays as it is (obeyed.ts).
 *
 * Pure: the file system is asked through `PathFacts`.
 */
import { posix } from 'node:path'
import type { PathFacts, ProfileFacts } from './facts.ts'
import { giftsOf, isPlanted, type Gift } from './gifts/gifts.ts'
import type { Mount, SandboxProfile } from './mounts.ts'
import { obeyedIn } from './gifts/obeyed.ts'
import { depth, isWithin } from './paths.ts'
import { systemMounts } from './system.ts'

/** @param system what is asked of the system itself, which may be a moment old */
export function profileOf(facts: ProfileFacts, disk: PathFacts, system = disk): SandboxProfile {
  const { launch, network } = facts
  const home = launch.env['HOME'] ?? '/home'
  const protect = [...facts.protect, ...facts.protect.flatMap((path) => disk.real(path) ?? [])]
  const gifts = giftsOf(facts, home, disk)
  const mounts: Mount[] = [
    ...systemMounts(facts.closed, system),
    { kind: 'home', path: home, from: facts.home },
    ...gifts.flatMap(({ path, from, how }) => without(path, from, how, protect, disk)),
    ...(facts.own ?? []).flatMap(({ path, how }): Mount[] => {
      const from = disk.real(path)
      return from === undefined || isPlanted(path, home, facts.home, disk) ? [] : [{ kind: how, path, from }]
    }),
  ]
  const kept = gifts.filter(({ how }) => how === 'write').flatMap((gift) => keptIn(gift, facts, disk))
  const cwd = isThere(launch.cwd, home, mounts) ? launch.cwd : home
  return { mounts: inOrder([...mounts.filter((mount) => !isKept(mount, kept)), ...kept]), cwd, network }
}

/** What others obey stays as it is, where it wasn't given by its own name. */
function keptIn({ path, from }: Gift, { added }: ProfileFacts, disk: PathFacts): Mount[] {
  return obeyedIn(from, disk)
    .filter((name) => !added.write.some((one) => isWithin(one, posix.join(path, name))))
    .filter((name) => disk.real(posix.join(from, name)) !== undefined)
    .map((name): Mount => ({ kind: 'read', path: posix.join(path, name), from: posix.join(from, name) }))
}

function isKept({ kind, path }: Mount, kept: readonly Mount[]): boolean {
  return kind === 'write' && kept.some((one) => isWithin(path, one.path))
}

/** The directory is there inside; of the home only what is mounted in it. */
function isThere(cwd: string, home: string, mounts: readonly Mount[]): boolean {
  return mounts.some(
    ({ kind, path }) =>
      path === cwd || (kind !== 'empty' && kind !== 'home' && path !== home && isWithin(cwd, path)),
  )
}

/** A directory entry by entry, where something protected is in it; a link in it stays one, and leads only to what is there. */
function without(
  path: string,
  from: string,
  how: 'read' | 'write',
  protect: readonly string[],
  disk: PathFacts,
): Mount[] {
  if (protect.some((one) => isWithin(from, one))) return []
  if (!protect.some((one) => isWithin(one, from))) return [{ kind: how, path, from }]
  return [
    { kind: 'empty', path, holds: 'directory', keep: false },
    ...disk.names(from).flatMap((name): Mount[] => {
      const to = disk.link(posix.join(from, name))
      if (to !== undefined) return [{ kind: 'link', path: posix.join(path, name), to }]
      return without(posix.join(path, name), posix.join(from, name), how, protect, disk)
    }),
  ]
}

/** What is below comes after what it is below of. Of two at one path a gift counts, one to write before one to read. */
function inOrder(mounts: readonly Mount[]): readonly Mount[] {
  const chosen = new Map<string, Mount>()
  for (const mount of mounts) {
    const before = chosen.get(mount.path)
    if (before === undefined || rank(mount) >= rank(before)) chosen.set(mount.path, mount)
  }
  return [...chosen.values()].toSorted((a, b) => depth(a.path) - depth(b.path))
}

function rank({ kind }: Mount): number {
  return kind === 'write' ? 2 : kind === 'read' ? 1 : 0
}
