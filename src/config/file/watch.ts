/**
 * Watches a servers.yaml by every name that leads to it: its own, those of the links on the way (a repository of
 * dotfiles, a mounted volume), and that of its folder, which may be replaced as a whole. Editors write in bursts, so
 * it has been quiet for a moment when `onChange` is called; whether anything changed is for the caller to see. Where
 * events don't arrive, on network mounts for one, there is a look now and then.
 */
import { lstat, readlink } from 'node:fs/promises'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'
import { WatchedDirectory } from '../../watch/directory.ts'

const SETTLE_MS = 100
const LOOK_EVERY_MS = 10_000
/** As many as Linux follows. */
const MAX_LINKS = 40

/** Calls back once at the beginning too: it may have changed since it was read. Returns how to stop. */
export function watchConfig(file: string, onChange: () => void): () => void {
  const watched = new Map<string, WatchedDirectory>()
  let settling: NodeJS.Timeout | undefined
  let stopped = false
  const look = async (): Promise<void> => {
    await rewatch(await namesTo(file))
    if (!stopped) onChange()
  }
  const onEvent = (): void => {
    clearTimeout(settling)
    settling = setTimeout(() => void look(), SETTLE_MS).unref()
  }
  const rewatch = async (names: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> => {
    if (stopped) return
    const wanted = new Map([...names].map(([dir, entries]) => [JSON.stringify([dir, ...entries]), dir]))
    for (const [key, directory] of watched) {
      if (wanted.has(key)) continue
      directory.close()
      watched.delete(key)
    }
    for (const [key, dir] of wanted)
      if (!watched.has(key)) watched.set(key, new WatchedDirectory(dir, onEvent, names.get(dir)))
    await Promise.all([...watched.values()].map(async (directory) => directory.arm()))
  }
  const now = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  void look()
  return () => {
    stopped = true
    clearInterval(now)
    clearTimeout(settling)
    for (const directory of watched.values()) directory.close()
  }
}

/** By directory, the entries that decide what `file` is. */
export async function namesTo(file: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const names = new Map<string, Set<string>>()
  const add = (path: string): void => {
    const dir = dirname(path)
    // What lies at the root is the system's, and some systems would tell of every file that they have.
    if (dir === parse(path).root) return
    names.set(dir, (names.get(dir) ?? new Set()).add(basename(path)))
  }
  let path = resolve(file)
  add(path)
  add(dirname(path))
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const link = await firstLink(path)
    if (link === undefined) break
    add(link.at)
    path = link.to
  }
  add(path)
  add(dirname(path))
  return names
}

/** The first link on the way, and the whole path with it followed. */
async function firstLink(path: string): Promise<{ at: string; to: string } | undefined> {
  const { root } = parse(path)
  const parts = path.slice(root.length).split(sep)
  let at = root
  for (const [index, part] of parts.entries()) {
    at = join(at, part)
    const target = await targetOf(at)
    if (target !== undefined) return { at, to: resolve(dirname(at), target, ...parts.slice(index + 1)) }
  }
  return undefined
}

async function targetOf(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined
  } catch {
    return undefined
  }
}
