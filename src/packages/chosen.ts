/**
 * Chooses which version of a server's package runs: that of servers.lock, which is the same on each machine; where it has
 * none, the one that this machine installed before; else the newest that the entry asks for. What doesn't go together
 * isn't started (promises 1 and 5). Pure.
 */
import { NotInstalled, type AskedPackage } from './install-error.ts'
import type { InstalledPackage } from './installed.ts'
import { isAsLocked, type LockedPackage, type PackageInLock } from './locked.ts'
import type { WantedPackage } from './wanted.ts'

export interface Chosen {
  /** It was installed before, and may run. */
  readonly own?: InstalledPackage
  /** What is installed where that isn't there; the newest one where absent. */
  readonly version?: string
  /** What it has to turn out to be. */
  readonly held?: HeldPackage
}

export interface HeldPackage {
  readonly locked: LockedPackage
  /** The name of servers.lock. */
  readonly file: string
}

interface Choosing {
  readonly server: string
  readonly wanted: WantedPackage
  /** Names the wish (`wantedKey`). */
  readonly key: string
}

/** @param before what this machine installed for the server last. @throws NotInstalled */
export function chosen(
  { server, wanted, key }: Choosing,
  before: InstalledPackage | undefined,
  { locked, isStrict, file }: PackageInLock,
): Chosen {
  const own = before?.wanted === key ? before : undefined
  if (locked === undefined) {
    if (isStrict)
      throw new NotInstalled(
        `"${server}" is not started: it is strict (\`pin: strict\` or --frozen), and ${file} does not hold which version of ${wanted.name} it runs.`,
        `Run "sidemux pin ${server}" to see which it would be, and "sidemux pin ${server} --all" to accept that.`,
        false,
      )
    return own === undefined ? {} : { own, version: own.version }
  }
  refuseUnfit({ server, wanted }, { locked, file })
  return {
    ...(own !== undefined && isAsLocked(own, locked) && { own }),
    version: locked.version,
    held: { locked, file },
  }
}

/** A range is for its registry to judge (npm/in-range.ts, and uv itself). */
function refuseUnfit(
  { server, wanted }: Pick<Choosing, 'server' | 'wanted'>,
  { locked, file }: HeldPackage,
): void {
  const exact = wanted.registry === 'npm' ? exactIn(wanted) : undefined
  const isSame = locked.registry === wanted.registry && locked.name === wanted.name
  if (isSame && (exact === undefined || exact === withoutBuild(locked.version))) return
  throw unfit({ server, wanted }, { locked, file })
}

/** The entry asks for something else than servers.lock holds. */
export function unfit(
  { server, wanted }: Pick<Choosing, 'server' | 'wanted'>,
  { locked, file }: HeldPackage,
): NotInstalled {
  return new NotInstalled(
    `"${server}" is not started: ${file} holds ${locked.name} ${locked.version} for it, and its entry asks for ${wanted.specs[0]}.`,
    lookAt(server),
    false,
  )
}

/**
 * Called as soon as the registry has said what it has, before anything of it runs.
 *
 * @throws NotInstalled where that isn't what servers.lock holds
 */
export function refuseOther(
  { server, wanted, held }: Pick<Choosing, 'server' | 'wanted'> & { readonly held?: HeldPackage },
  found: Pick<LockedPackage, 'version' | 'integrity'>,
): void {
  if (held === undefined) return
  const { locked, file } = held
  const { registry, name } = wanted
  if (isAsLocked({ registry, name, ...found }, locked)) return
  throw new NotInstalled(
    `"${server}" is not started: what the registry has as ${name} ${locked.version} is not what ${file} holds.`,
    `Find out why, since somebody may have put another one in its place. ${lookAt(server)}`,
    false,
  )
}

/**
 * Where a server would be started as its entry is written.
 *
 * @param why a clause: why no package is installed for it
 * @throws NotInstalled for a strict one of which servers.lock holds a package
 */
export function refuseAsWritten(
  server: string,
  { locked, isStrict, file }: PackageInLock,
  why: string,
): void {
  if (!isStrict || locked === undefined) return
  throw new NotInstalled(
    `"${server}" is not started: it is strict (\`pin: strict\` or --frozen), ${file} holds ${locked.name} ${locked.version} for it, and any version could run, since ${why}.`,
    `Run "sidemux pin ${server} --all" if that is right.`,
    false,
  )
}

interface Ordered extends Pick<Choosing, 'server' | 'wanted'>, Pick<Chosen, 'version' | 'held'> {}

/** What an installer is told: the package in that version, and what goes with it. */
export function specsFor({ wanted, version }: Ordered): readonly [string, ...string[]] {
  const { name, registry, specs } = wanted
  if (version === undefined) return specs
  const [, ...others] = specs
  return [`${name}${registry === 'npm' ? '@' : '=='}${version}`, ...others]
}

/** For the words of an install that failed. */
export function askedFor(order: Ordered): AskedPackage {
  const [spec] = specsFor(order)
  const { server, held } = order
  return { server, spec, ...(held !== undefined && { file: held.file }) }
}

function lookAt(server: string): string {
  return `Run "sidemux update ${server}" to see what there is; your yes there puts it into the file.`
}

/** The one version that npm can take; undefined for a range, a tag and none. */
function exactIn({ name, specs: [spec] }: WantedPackage): string | undefined {
  const [, version] =
    /^[v=]*(\d+\.\d+\.\d+(?:-[\w.-]+)?)(?:\+[\w.-]+)?$/.exec(spec.slice(name.length + 1)) ?? []
  return version
}

/** npm compares versions without it (semver 2.0.0, 10). */
function withoutBuild(version: string): string {
  return version.replace(/\+.*$/, '')
}
