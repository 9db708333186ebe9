/**
 * Gives npm the settings with which it installs for sidemux: those of the user and of the machine, as for npm itself. Of a project's
 * `.npmrc` only which registry is meant counts, so that `@company/server` comes from the company's own; a proxy or a
 * certificate rule that comes with a repository doesn't, and no token does.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { npmVariables } from '../../confine/gifts/package-settings.ts'
import { realFiles } from '../../confine/real-files.ts'
import type { InstallerSurroundings } from '../order.ts'

/** Of sidemux's own environment. When it runs in an `npx` itself, that one's other settings aren't meant for this. */
const OWN =
  /^npm_config_(?:(?:@[^:]+:)?registry|userconfig|globalconfig|cache|cafile|proxy|https_proxy|noproxy|strict_ssl|fetch_timeout|fetch_retries)$/i
const REGISTRY = /^npm_config_(?:@[^:]+:)?registry$/

export function npmEnvironment({ own, base, declared, cwd }: InstallerSurroundings): Record<string, string> {
  const given = { ...own, ...declared }
  const settings = [
    ...Object.entries(own).filter(([name]) => OWN.test(name)),
    // Also a login, as `npm_config_//npm.example/:_authToken`.
    ...Object.entries(declared).filter(([name]) => /^npm_config_/i.test(name)),
  ]
  const rc = settings.find(([name]) => /^npm_config_userconfig$/i.test(name))?.[1]
  const text = realFiles.text(rc ?? join(base['HOME'] ?? base['USERPROFILE'] ?? '', '.npmrc')) ?? ''
  const referred = [...text.matchAll(/\$\{(\w+)[?}]/g)].map(([, name = '']) => [name, given[name]] as const)
  const ofProject = Object.entries(npmVariables(realFiles.text(join(projectOf(cwd), '.npmrc')) ?? ''))
  return Object.fromEntries(
    [
      ...Object.entries(base),
      ...referred,
      ...ofProject.filter(([name]) => REGISTRY.test(name)),
      ...settings,
    ].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Where npm takes a directory to be (docs of npm, "folders"). */
function projectOf(cwd: string): string {
  const above = foldersAbove(cwd)
  return (
    above.find((folder) => ['package.json', 'node_modules'].some((name) => existsSync(join(folder, name)))) ??
    cwd
  )
}

function foldersAbove(folder: string): readonly string[] {
  const up = dirname(folder)
  return up === folder ? [folder] : [folder, ...foldersAbove(up)]
}

/** npx runs what a project has of its own, by the name of a package or of a program. @param word as it is written */
export function isOfProject(cwd: string, name: string, word: string): boolean {
  return (
    isThere(projectOf(cwd), 'node_modules', name, 'package.json') ||
    foldersAbove(cwd).some((folder) => isThere(folder, 'node_modules', '.bin', word))
  )
}

function isThere(...parts: readonly string[]): boolean {
  return existsSync(join(...parts))
}
