/** Describes a package that sidemux has installed for a server, and how it is started. */
import { sha256 } from '../json/canonical.ts'
import type { WantedPackage } from './wanted.ts'

export interface InstalledPackage {
  /** By what the launch asked for (`wantedKey`): another wish is another package. */
  readonly wanted: string
  readonly registry: 'npm' | 'pypi'
  readonly name: string
  /** Exact. */
  readonly version: string
  /** As the registry's own lock has it: `sha512-…`; empty where it has none. */
  readonly integrity: string
  /** Where it lies in the store of packages. */
  readonly content: string
  readonly start: PackageStart
  /** It has a script itself that an install would run. */
  readonly hasScript: boolean
  /** All that came with it. */
  readonly parts: readonly PackagePart[]
  /** Its install scripts and those of its parts ran. */
  readonly scripts: boolean
  /** It says that it is made for other versions of Node than the one that runs it; its own words, bounded. */
  readonly engines?: string
  /** Epoch milliseconds. */
  readonly since: number
}

/** Paths are relative to the package's tree. */
export interface PackageStart {
  /** `node`: its program is JavaScript, for Node; else the file itself is the program. */
  readonly by: 'node' | 'itself'
  /** For Node, before the file. */
  readonly flags: readonly string[]
  readonly file: string
  /** Where programs of the package lie, for its PATH. */
  readonly bin: string
}

export interface PackagePart {
  /** Where it lies in the tree, as another version of it may come twice. */
  readonly path: string
  readonly version: string
  readonly integrity: string
  /** It has a script that an install would run. */
  readonly hasScript: boolean
}

export function wantedKey(
  { registry, specs, program = '', options }: WantedPackage,
  scripts: boolean,
): string {
  return sha256(JSON.stringify([registry, specs, program, options, scripts])).slice(0, 32)
}

/** Another one for another version of anything in it. */
function partsHash(parts: readonly PackagePart[]): string {
  const all = parts.map(({ path, version, integrity }) => `${path} ${version} ${integrity}`).toSorted()
  return sha256(all.join('\n')).slice(0, 16)
}

/** What a human agrees to, in one line: the version, what the registry says it is made of, and all that came with it. */
export function packageWords({ name, version, integrity, parts, scripts }: InstalledPackage): string {
  const with_ = parts.length === 0 ? 'alone' : `with ${parts.length} others (${partsHash(parts)})`
  return [`${name}@${version}`, integrity, with_, ...(scripts ? ['its install scripts ran'] : [])]
    .filter((word) => word !== '')
    .join(' ')
}

type Scripted = Pick<InstalledPackage, 'name' | 'version' | 'hasScript' | 'parts'>

/** What of it has install scripts, with its version. */
export function withInstallScripts({ name, version, hasScript, parts }: Scripted): readonly string[] {
  const all = [{ path: name, version, hasScript }, ...parts]
  return all.flatMap((part) => (part.hasScript ? [`${partName(part.path)}@${part.version}`] : []))
}

/** Those that did not run. */
export function skippedScripts(installed: Scripted & Pick<InstalledPackage, 'scripts'>): readonly string[] {
  return installed.scripts ? [] : withInstallScripts(installed)
}

export function partName(path: string): string {
  return path.replace(/^.*node_modules\//, '')
}
