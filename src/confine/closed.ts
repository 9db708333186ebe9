/**
 * Finds what in /etc others than its owner and group may not read. Where sidemux runs as root its servers could read it,
 * since file modes keep nothing from root, so it is closed to them (system.ts).
 *
 * The system's `find` looks through it in 3 ms beside sidemux, which looks for something to confine with meanwhile. In
 * here a thousand looks take 30 ms of a start, and 7 MB that stay. Where there is no `find`, or it didn't get to the end, it
 * is done in here all the same.
 */
import { posix } from 'node:path'
import { installed } from './confiner/programs.ts'
import { tryOut } from './confiner/trial.ts'
import type { PathFacts } from './facts.ts'
import { realFiles } from './real-files.ts'

const SETTINGS = '/etc'
const LEVELS = 3
/** Servers start together. */
const MOMENT_MS = 2000
const CLOSED = ['-mindepth 1 -maxdepth', String(LEVELS), '! -type l ! -perm -004 -prune -print0'].flatMap(
  (words) => words.split(' '),
)

let found: { readonly paths: Promise<readonly string[]>; readonly until: number } | undefined

/** Of now, or of a moment ago. Never rejects. @param path of sidemux itself, as PATH is written */
export function closedSettings(path: string | undefined): Promise<readonly string[]> {
  const now = performance.now()
  if (found === undefined || now > found.until)
    found = { paths: closedIn(SETTINGS, path), until: now + MOMENT_MS }
  return found.paths
}

export async function closedIn(directory: string, path = ''): Promise<readonly string[]> {
  const find = installed('find', path)
  const end = find === undefined ? undefined : await tryOut(find, [directory, ...CLOSED])
  return end !== undefined && 'said' in end
    ? end.said.split('\0').filter((one) => one !== '')
    : lookedThrough(directory, realFiles)
}

/** The same by looks of our own. Pure. */
export function lookedThrough(directory: string, disk: PathFacts, levels = LEVELS): string[] {
  return disk.names(directory).flatMap((name) => {
    const path = posix.join(directory, name)
    if (disk.link(path) !== undefined) return []
    if (!disk.isPublic(path)) return [path]
    return levels > 1 && disk.kind(path) === 'directory' ? lookedThrough(path, disk, levels - 1) : []
  })
}
