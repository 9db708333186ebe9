/** Files of the repository, as tests of its documents need them: which there are, and what stands in them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')
const NOT_OURS = /(^|\/)(node_modules|dist|\.git|coverage)(\/|$)/

/** Paths from the root with `/` between names, in the order of their letters. */
export function filesUnder(...folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(ROOT.length + 1)
            .split(sep)
            .join('/'),
        ),
    )
    .filter((path) => !NOT_OURS.test(path))
    .toSorted()
}

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Every document that people read, also in folders. */
export function documents(): string[] {
  const loose = readdirSync(ROOT).filter((name) => name.endsWith('.md'))
  const inner = filesUnder('docs', 'examples', 'src', 'test', 'bench').filter((path) => path.endsWith('.md'))
  return [...loose, ...inner].toSorted()
}
