/** Reads what uv resolved: one requirement after the other, each with its exact version and hashes (docs of pip, "Requirements File Format"). Pure. */
import { sha256 } from '../../json/canonical.ts'
import type { PackagePart } from '../installed.ts'

/** In the order of their names. A path is `site-packages` of the environment, and the name as PyPI compares it. */
export function partsInRequirements(text: string): readonly PackagePart[] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line): PackagePart[] => {
      const [, name, version] = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*([\w.!+-]+)/.exec(line) ?? []
      if (name === undefined || version === undefined) return []
      const hashes = [...line.matchAll(/--hash=(\w+:[0-9a-f]+)/g)].map(([, hash = '']) => hash).toSorted()
      return [{ path: pypiName(name), version, integrity: integrityOf(hashes), hasScript: false }]
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** A version has a file for each system, any of which may be taken: together they are what it is. */
function integrityOf(hashes: readonly string[]): string {
  const [only = ''] = hashes
  return hashes.length < 2 ? only : `sha256:${sha256(hashes.join('\n'))} of ${hashes.length} files`
}

/** As PyPI compares names (packaging specifications, "Names and normalization"). */
export function pypiName(name: string): string {
  return name
    .replace(/\[.*$/, '')
    .toLowerCase()
    .replaceAll(/[-_.]+/g, '-')
}
