// The lock file suits every npm and every platform: "npm install" leaves it as it is, and "npm ci" accepts it (promise 10).
// What spoils it is written by npm itself, on the machine of whoever adds a dependency, so it is looked for here.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Locked {
  version?: string
  link?: boolean
  resolved?: string
  libc?: string[]
  dev?: boolean
  engines?: { node?: string }
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}
const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const own = JSON.parse(text('package.json')) as Record<string, unknown>
const lock = JSON.parse(text('package-lock.json')) as { packages: Record<string, Locked> }
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')

/** The folders in which Node looks for what the package at `path` needs: its own, and those around it. */
function around(path: string): string[] {
  const end = path.lastIndexOf('/node_modules/')
  return path === '' ? [''] : [path, ...around(end === -1 ? '' : path.slice(0, end))]
}
const isThere = (name: string, path: string): boolean =>
  around(path).some(
    (folder) => lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined,
  )
const missing = (of: 'dependencies' | 'optionalDependencies'): string[] =>
  packages.flatMap(([path, locked]) =>
    Object.keys(locked[of] ?? {}).flatMap((name) => (isThere(name, path) ? [] : [`${path} needs ${name}`])),
  )

/** Whether Node 20.19 is in `range`, as far as ranges of `engines` are written: alternatives of ">=18", "^20.5.0", "20", "*". */
const suits = (range: string): boolean =>
  range.split('||').some((part) => {
    const [, sign = '', major = '0', minor = '0'] = /^\s*(>=?|\^|~)?\s*v?(\d+)?(?:\.(\d+))?/.exec(part) ?? []
    if (sign.startsWith('>') || part.includes('*'))
      return Number(major) < 20 || (Number(major) === 20 && Number(minor) <= 19)
    return Number(major) === 20 && Number(minor) <= 19
  })

describe('the lock file', () => {
  it('says the same of this package as package.json', () => {
    const root = lock.packages[''] as Record<string, unknown>
    for (const key of [
      'name',
      'version',
      'license',
      'bin',
      'dependencies',
      'devDependencies',
      'peerDependencies',
      'engines',
    ]) {
      expect(root[key], key).toEqual(own[key])
    }
  })

  it('names no registry, since npm writes the one of whoever ran it; .npmrc tells npm so', () => {
    expect(text('.npmrc')).toContain('omit-lockfile-registry-resolved=true')
    expect(packages.filter(([, locked]) => locked.resolved !== undefined).map(([path]) => path)).toEqual([])
  })

  it('has no "libc", which npm 10 takes out again: after a new dependency run "npx npm@10 install"', () => {
    expect(packages.filter(([, locked]) => locked.libc !== undefined).map(([path]) => path)).toEqual([])
  })

  it('holds what every package needs, the binaries of other platforms included, or "npm ci" refuses it', () => {
    expect([...missing('dependencies'), ...missing('optionalDependencies')]).toEqual([])
  })

  it('holds nothing that warns on Node 20', () => {
    expect(
      packages
        .filter(([, { engines }]) => !suits(engines?.node ?? '*'))
        .map(([path, { engines }]) => `${path}: ${engines?.node}`),
    ).toEqual([])
  })
})
