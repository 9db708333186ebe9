/** A file system made of a list: directories end in `/`, links are written `path -> target`, `!` is what others can't read. */
import { posix } from 'node:path'
import type { PathFacts } from '../../src/confine/facts.ts'

export function fakeFiles(lines: string, texts: Readonly<Record<string, string>> = {}): PathFacts {
  const entries = lines.trim().split(/\s*\n\s*/)
  const files = new Set<string>()
  const links = new Map<string, string>()
  const hidden = new Set<string>()
  const directories = new Set<string>(['/'])
  for (const line of entries) {
    const [written = '', target] = line.split(' -> ')
    const path = written.replace(/[!/]+$/, '')
    if (line.endsWith('!')) hidden.add(path)
    if (target !== undefined) links.set(path, target)
    else if (written.endsWith('/') || written.endsWith('/!')) directories.add(path)
    else files.add(path)
    for (let up = posix.dirname(path); up !== '/'; up = posix.dirname(up)) directories.add(up)
  }
  const real = (path: string, left = 8): string | undefined => {
    const parts = path.split('/').filter((part) => part !== '')
    let at = '/'
    for (const [index, part] of parts.entries()) {
      at = posix.join(at, part)
      const target = links.get(at)
      if (target === undefined) continue
      if (left === 0) return undefined
      return real(posix.join(posix.resolve(posix.dirname(at), target), ...parts.slice(index + 1)), left - 1)
    }
    return files.has(at) || directories.has(at) ? at : undefined
  }
  return {
    kind: (path) => {
      const at = real(path)
      return at === undefined ? undefined : directories.has(at) ? 'directory' : 'file'
    },
    real: (path) => real(path),
    link: (path) => links.get(path),
    text: (path) => texts[path],
    names: (directory) => [
      ...new Set(
        [...files, ...directories, ...links.keys()]
          .filter((path) => path !== '/' && posix.dirname(path) === real(directory))
          .map((path) => posix.basename(path)),
      ),
    ],
    isPublic: (path) => !hidden.has(path),
  }
}
