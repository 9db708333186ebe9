/** Names what an installer of one registry is told, and what it answers (npm/npm-install.ts, pypi/pypi-install.ts). */
import type { HeldPackage } from './chosen.ts'
import type { InstalledPackage, PackagePart } from './installed.ts'
import type { WantedPackage } from './wanted.ts'

export interface InstallOrder {
  /** For words. */
  readonly server: string
  readonly wanted: WantedPackage
  /** Which version of it; without it the newest that is asked for. */
  readonly version?: string
  /** What that has to be. */
  readonly held?: HeldPackage
  /** An empty directory. */
  readonly tree: string
  /** The path of npm or uv. */
  readonly installer: string
  /** For the installer alone. */
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Where a human has agreed to install scripts: runs them, confined. @throws NotInstalled */
  readonly runScripts?: (tree: string) => Promise<void>
}

export interface InstalledParts extends Pick<
  InstalledPackage,
  'version' | 'integrity' | 'start' | 'parts' | 'engines'
> {
  /** The package itself, as one of them. */
  readonly own: PackagePart
}

export interface InstallerSurroundings {
  /** sidemux's own environment. */
  readonly own: NodeJS.ProcessEnv
  /** What a program gets of it in any case, and what the company's network needs. */
  readonly base: Readonly<Record<string, string>>
  /** What the entry declares; a registry or a token may be in it. */
  readonly declared: Readonly<Record<string, string>>
  /** The server's working directory. */
  readonly cwd: string
}
