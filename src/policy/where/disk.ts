/**
 * Follows a path on the disk as the system does: link by link, and `..` from the place that a link has led to. A part
 * that doesn't exist yet is taken as it is written. Nothing is opened, and only names and links are read.
 *
 * The result can be out of date a moment later: a process that may change links inside a root can lead a later call
 * out of it. Only a sandbox prevents that.
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { systemErrorCode } from '../../errors.ts'

export interface Disk {
  /** What is at an absolute path, links not followed; a link with where it points to. */
  look(path: string): Seen
  /** The path as the file system itself writes it; asked only about what is there. */
  spelt(path: string): string
}

export type Seen =
  /** `shared`: a file that has another name too, as by a hard link, which may be anywhere. */
  | { readonly kind: 'there' | 'missing' | 'unreadable' | 'shared' }
  | { readonly kind: 'link'; readonly to: string }

export const disk: Disk = {
  look(path) {
    try {
      const facts = lstatSync(path)
      if (facts.isSymbolicLink()) return { kind: 'link', to: readlinkSync(path) }
      return { kind: facts.nlink > 1 && !facts.isDirectory() ? 'shared' : 'there' }
    } catch (error) {
      return { kind: systemErrorCode(error) === 'ENOENT' ? 'missing' : 'unreadable' }
    }
  },
  spelt(path) {
    // Links are followed by then, and no letters folded.
    if (process.platform === 'linux') return path
    try {
      return realpathSync.native(path)
    } catch {
      return path
    }
  },
}

/** An absolute path: `''` or a drive such as `C:`, and the names below it. */
export interface Absolute {
  readonly root: string
  readonly names: readonly string[]
}

const MAX_LINKS = 40
export const MAX_NAMES = 512

/** Undefined where it can't be told: a loop, no right to look, a hard link, a place that is another one for each process. */
export function walkPath(
  path: Absolute,
  on: Disk,
  parse: (text: string) => Absolute | undefined,
): Absolute | undefined {
  let { root } = path
  const todo = path.names.toReversed()
  const at: string[] = []
  let missing = 0
  let links = 0
  let steps = 0
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if ((steps += 1) > MAX_NAMES) return undefined
    if (name === '.' || name === '') continue
    if (name === '..') {
      at.pop()
      missing = Math.max(0, missing - 1)
      continue
    }
    at.push(name)
    if (missing > 0) {
      missing += 1
      continue
    }
    if (isOfProcess(at)) return undefined
    const seen = on.look(written(root, at))
    if (seen.kind === 'unreadable' || seen.kind === 'shared') return undefined
    if (seen.kind === 'missing') missing = 1
    if (seen.kind !== 'link') continue
    if ((links += 1) > MAX_LINKS) return undefined
    const to = parse(seen.to)
    at.pop()
    if (to === undefined) todo.push(...seen.to.split('/').toReversed())
    else {
      root = to.root
      at.length = 0
      todo.push(...to.names.toReversed())
    }
  }
  const there = missing === 0 ? at : at.slice(0, -missing)
  const spelt = there.length === 0 ? undefined : parse(on.spelt(written(root, there)))
  if (spelt === undefined) return { root, names: at }
  return { root: spelt.root, names: [...spelt.names, ...at.slice(there.length)] }
}

export function written(root: string, names: readonly string[]): string {
  return `${root}/${names.join('/')}`
}

/** `/proc/self`, `/dev/fd` and their like are another thing for the server than for who looks. */
function isOfProcess([first, second]: readonly string[]): boolean {
  return (first === 'proc' && second !== undefined) || (first === 'dev' && second === 'fd')
}
