/**
 * Finds which file of an npm package is the server, and what starts it, as npx does (libnpmexec, `get-bin-from-manifest`):
 * the program that was named, else the only one, else that with the name of the package. Pure, but for `readStart`.
 */
import { z } from 'zod'
import { named } from '../../json/named.ts'
import type { PackageStart } from '../installed.ts'

const manifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  bin: z.union([z.string(), named(z.string())]).optional(),
  engines: z.looseObject({ node: z.string().optional() }).optional().catch(undefined),
})
export type PackageManifest = z.output<typeof manifest>

/** Of a package.json; undefined for what is none. */
export function readManifest(text: string): PackageManifest | undefined {
  try {
    return manifest.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The path of the program in its package; undefined where it has none of that name, or doesn't say which. */
export function programOf({ name, bin }: PackageManifest, wanted: string | undefined): string | undefined {
  const own = name.replace(/^@[^/]+\//, '')
  const all = typeof bin === 'string' ? new Map([[own, bin]]) : (bin ?? new Map<string, string>())
  if (wanted !== undefined) return all.get(wanted)
  const [only, ...others] = new Set(all.values())
  return others.length === 0 ? only : all.get(own)
}

/** What the first line of a program says (`#!`), for a file at this path. */
export function startOf(file: string, firstLine: string, bin: string): PackageStart {
  const [, line] = /^#!\s*(.*)$/.exec(firstLine.trimEnd()) ?? []
  const isScript = /\.[cm]?js$/.test(file)
  const words = (line ?? '').split(/\s+/).filter((word) => word !== '')
  const [first = '', ...rest] = words
  const named = /(?:^|\/)env$/.test(first) ? rest.filter((word, at) => !(at === 0 && word === '-S')) : words
  const [program = '', ...flags] = named
  const isNode = /(?:^|\/)node(?:js)?$/.test(program) || (line === undefined && isScript)
  return isNode ? { by: 'node', flags, file, bin } : { by: 'itself', flags: [], file, bin }
}
