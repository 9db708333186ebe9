/** Bounds a directory in which each file is worth something by itself: the newest stay. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Removes all but the `most` newest files whose name ends so. @throws a system error. */
export function removeOldest(directory: string, ending: string, most: number): void {
  const names = readdirSync(directory).filter((name) => name.endsWith(ending))
  if (names.length <= most) return
  const byAge = names
    .map((name) => ({ path: join(directory, name), at: statSync(join(directory, name)).mtimeMs }))
    .toSorted((a, b) => b.at - a.at)
  for (const { path } of byAge.slice(most)) rmSync(path, { force: true })
}
