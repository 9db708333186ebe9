/** Where the state of a book lies, for tests that look at it or damage it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** @param room the directory of the one book, or of its directory, as `STATE/pins` */
export function newestFile(room: string): string {
  const entries = readdirSync(room, { withFileTypes: true })
  const numbers = entries.map(({ name }) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0))
  const newest = Math.max(0, ...numbers)
  if (newest > 0) return join(room, `${newest}.json`)
  const [within] = entries.filter((entry) => entry.isDirectory())
  if (within === undefined) throw new Error(`there is no book in ${room}`)
  return newestFile(join(room, within.name))
}
