/**
 * Tells what an installed package consists of: each file with its hash, each link and each directory. The text of it names the
 * directory in which the package lies, so that what is there can be held against what was installed.
 *
 * To read every file at each start would cost more than the start. So there are stamps beside it: inode, size and times
 * as the file system has them. Nobody but root or the clock sets the time of a change back. What has another stamp is
 * read and hashed; a copied or restored package passes.
 */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { sha256 } from '../../json/canonical.ts'

/** What is larger is no package of a server. */
const MAX_ENTRIES = 200_000
/** The Python of an environment is a link to that of the machine. */
const PYTHON = /^venv\/bin\/python[\d.]*$/
/** So many are looked at in one turn of the loop, since others wait for it. */
const AT_ONCE = 256

/** Paths are relative to the tree, with slashes, and in the order in which they were found. */
export type ContentEntry =
  | readonly [kind: 'directory', path: string]
  | readonly [kind: 'link', path: string, to: string]
  | readonly [kind: 'file', path: string, hash: string, isExecutable: boolean]

/** Why a tree can't be taken; ends a sentence that begins with the package. */
export class OddTree extends Error {}

/** @throws OddTree; a system error. */
export async function contentOf(tree: string): Promise<readonly ContentEntry[]> {
  const found: ContentEntry[] = []
  const open = ['']
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const { name } of readdirSync(join(tree, folder), { withFileTypes: true }).toSorted(byName)) {
      const path = folder === '' ? name : `${folder}/${name}`
      const one = entryOf(tree, path)
      if (one[0] === 'directory') open.push(path)
      found.push(one)
      if (found.length > MAX_ENTRIES) throw new OddTree(`has more than ${MAX_ENTRIES} files`)
      if (found.length % AT_ONCE === 0) await setImmediate()
    }
  }
  return found
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}

function entryOf(tree: string, path: string): ContentEntry {
  const stat = lstatSync(join(tree, path))
  if (stat.isDirectory()) return ['directory', path]
  if (stat.isSymbolicLink()) {
    const to = readlinkSync(join(tree, path))
    const leads = normalize(join(path, '..', to))
    if (PYTHON.test(path)) return ['link', path, to]
    if (isAbsolute(to) || leads.split(/[/\\]/)[0] === '..')
      throw new OddTree('has a link that leads out of it')
    return ['link', path, to]
  }
  if (!stat.isFile()) throw new OddTree('has something in it that is no file')
  return ['file', path, hashOf(join(tree, path)), (stat.mode & 0o100) !== 0]
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('base64url')
}

export function contentText(entries: readonly ContentEntry[]): string {
  return `[\n${entries.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`
}

/** Names the directory of a package with this content. */
export function contentName(text: string): string {
  return sha256(text).slice(0, 32)
}

/** Undefined where it isn't what `name` says. What is, has the form in which it was written. */
export function readContent(text: string, name: string): readonly ContentEntry[] | undefined {
  return contentName(text) === name ? (JSON.parse(text) as readonly ContentEntry[]) : undefined
}

/** One for each entry. */
export async function stampsOf(tree: string, entries: readonly ContentEntry[]): Promise<readonly string[]> {
  const stamps: string[] = []
  for (const [, path] of entries) {
    stamps.push(stampOf(`${tree}/${path}`))
    if (stamps.length % AT_ONCE === 0) await setImmediate()
  }
  return stamps
}

/** Empty for what isn't there. */
function stampOf(file: string): string {
  const stat = lstatSync(file, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.mode}`
}

/**
 * @param stamps of when the content was last held against the tree
 * @returns the first path at which they differ; or the stamps of now
 */
export async function compareTree(
  tree: string,
  entries: readonly ContentEntry[],
  stamps: readonly string[],
): Promise<{ readonly changed: string } | { readonly stamps: readonly string[] }> {
  const now = await stampsOf(tree, entries)
  const suspect = entries.filter((_, at) => now[at] === '' || now[at] !== stamps[at])
  for (const [index, one] of suspect.entries()) {
    if (!isAsItWas(tree, one)) return { changed: one[1] }
    if (index % AT_ONCE === 0) await setImmediate()
  }
  const folders = suspect.filter(([kind]) => kind === 'directory').map(([, path]) => path)
  const added = addedIn(tree, ['', ...folders], entries)
  return added === undefined ? { stamps: now } : { changed: added }
}

function isAsItWas(tree: string, one: ContentEntry): boolean {
  try {
    return JSON.stringify(entryOf(tree, one[1])) === JSON.stringify(one)
  } catch {
    return false
  }
}

/** A directory has another stamp when something was put into it. */
function addedIn(
  tree: string,
  folders: readonly string[],
  entries: readonly ContentEntry[],
): string | undefined {
  const known = new Set(entries.map(([, path]) => path))
  for (const folder of folders)
    for (const name of readdirSync(join(tree, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (!known.has(path)) return path
    }
  return undefined
}
