/** Says what another version of a server's package changes, in lines for the person who decides about it. Pure. */
import { inOneLine } from '../../approval/words/one-line.ts'
import type { HeldPackage } from '../../packages/chosen.ts'
import {
  partName,
  withInstallScripts,
  type InstalledPackage,
  type PackagePart,
} from '../../packages/installed.ts'
import { isAsLocked } from '../../packages/locked.ts'
import type { Provenance } from '../../packages/npm/provenance.ts'

export interface UpdateFacts {
  readonly before: InstalledPackage | undefined
  readonly after: InstalledPackage
  /** What servers.lock has of it. */
  readonly held?: HeldPackage
  /** What the registry says of who published them; undefined where it doesn't tell. */
  readonly provenance: { readonly before: Provenance | undefined; readonly after: Provenance | undefined }
  /** Names of tools, as it listed them last and as the new version lists them. */
  readonly tools: ToolsSeen
}

export type ToolsSeen =
  | {
      readonly kind: 'seen'
      readonly added: readonly string[]
      readonly removed: readonly string[]
      readonly changed: readonly string[]
    }
  /** Ends a sentence: why they aren't known before it runs. */
  | { readonly kind: 'unseen'; readonly why: string }

/** Of a list, so that one line stays one. */
const MOST = 12

export function updateLines(facts: UpdateFacts): readonly string[] {
  const { before, after } = facts
  return [
    versionLine(before, after),
    ...(after.integrity === '' ? [] : [`integrity: ${after.integrity}`]),
    ...lockLines(facts),
    ...partLines(before?.parts ?? [], after.parts),
    ...scriptLines(before, after),
    ...provenanceLines(facts.provenance),
    ...(after.engines === undefined
      ? []
      : [`made for: Node ${after.engines}, and here is ${process.version}`]),
    ...toolLines(facts.tools),
  ].map(inOneLine)
}

function versionLine(before: InstalledPackage | undefined, after: InstalledPackage): string {
  const { name, version } = after
  if (before === undefined) return `package: ${name} ${version}, which is its first one`
  if (before.content === after.content) return `package: ${name} ${version}, which is what there is`
  return before.version === version
    ? `package: ${name} ${version}, as before, with other contents`
    : `package: ${name} ${before.version} -> ${version}`
}

/** Nothing where it has none, or what the other lines tell already. */
function lockLines({ before, after, held }: UpdateFacts): string[] {
  if (held === undefined || isAsLocked(after, held.locked)) return []
  const { locked, file } = held
  if (locked.version === after.version && locked.name === after.name)
    return [`${file} holds OTHER contents of that version: ${locked.integrity}`]
  if (before !== undefined && isAsLocked(before, locked)) return []
  return [`${file} holds ${locked.name} ${locked.version}`]
}

function named({ path, version }: PackagePart): string {
  return `${partName(path)} ${version}`
}

function unversioned(name: string): string {
  return name.replace(/@[^@]*$/, '')
}

function partLines(before: readonly PackagePart[], after: readonly PackagePart[]): string[] {
  const [was, now] = [before, after].map((parts) => new Map(parts.map((part) => [part.path, part])))
  const added = after.filter(({ path }) => was?.has(path) !== true).map(named)
  const removed = before.filter(({ path }) => now?.has(path) !== true).map(named)
  const changed = after.flatMap((part) => {
    const old = was?.get(part.path)
    return old === undefined || (old.version === part.version && old.integrity === part.integrity)
      ? []
      : [
          old.version === part.version
            ? `${named(part)}, other contents`
            : `${partName(part.path)} ${old.version} -> ${part.version}`,
        ]
  })
  return [
    ...listLine('new dependencies', added),
    ...listLine('dependencies gone', removed),
    ...listLine('dependencies changed', changed),
  ]
}

function listLine(what: string, all: readonly string[]): string[] {
  if (all.length === 0) return []
  const more = all.length - MOST
  return [`${what} (${all.length}): ${all.slice(0, MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`]
}

function scriptLines(before: InstalledPackage | undefined, after: InstalledPackage): string[] {
  const known = new Set((before === undefined ? [] : withInstallScripts(before)).map(unversioned))
  const fresh = withInstallScripts(after).filter((name) => !known.has(unversioned(name)))
  return listLine(
    after.scripts ? 'new install scripts, which ran confined' : 'new install scripts, which did not run',
    fresh,
  )
}

function provenanceLines({ before, after }: UpdateFacts['provenance']): string[] {
  if (after === undefined) return ['published by: the registry does not tell']
  const by = after.publisher ?? 'the registry does not tell'
  const isOther = before?.publisher !== undefined && before.publisher !== after.publisher
  const lost = before?.isAttested === true && !after.isAttested
  const repository = before?.repository !== undefined && before.repository !== after.repository
  return [
    `published by: ${by}${isOther ? `, and the version before by ${before.publisher}` : ''}`,
    `built from its source: ${after.isAttested ? 'its registry has a statement of who built it' : `no statement${lost ? ', and the version before HAD one' : ''}`}`,
    ...(repository ? [`source: ${after.repository ?? 'none named'}, and before ${before.repository}`] : []),
  ]
}

function toolLines(tools: ToolsSeen): string[] {
  if (tools.kind === 'unseen') return [`tools: not known before it runs, since ${tools.why}`]
  const lines = [
    ...listLine('tools added', tools.added),
    ...listLine('tools gone', tools.removed),
    ...listLine('tools changed', tools.changed),
  ]
  return lines.length === 0 ? ['tools: as before'] : lines
}
