/** Which version of a package runs, by servers.lock and by what was installed here before (promises 1 and 5). */
import { describe, expect, it } from 'vitest'
import {
  chosen,
  refuseAsWritten,
  refuseOther,
  type Chosen,
  type HeldPackage,
} from '../../src/packages/chosen.ts'
import type { InstalledPackage } from '../../src/packages/installed.ts'
import { lockedPackage, type LockedPackage, type PackageInLock } from '../../src/packages/locked.ts'
import { wantedPackage } from '../../src/packages/wanted.ts'

const srv = (version: string, integrity = 'sha512-a'): LockedPackage => ({
  registry: 'npm',
  name: 'srv',
  version,
  integrity,
})
const installed = (of: LockedPackage, wanted = 'key'): InstalledPackage => ({
  ...of,
  wanted,
  content: '0'.repeat(32),
  start: { by: 'node', flags: [], file: 'main.js', bin: 'bin' },
  hasScript: false,
  parts: [],
  scripts: false,
  since: 1,
})
const inLock = (locked?: LockedPackage, isStrict = false): PackageInLock => ({
  locked,
  isStrict,
  file: 'servers.lock',
})
function of(line: string, before: InstalledPackage | undefined, says: PackageInLock): Chosen {
  const [command = '', ...args] = line.split(' ')
  const wanted = wantedPackage({ command, args })
  if (wanted === undefined) throw new Error('no package')
  return chosen({ server: 'a', wanted, key: 'key' }, before, says)
}

describe('runs', () => {
  const [one, two] = [srv('1.0.0'), srv('2.0.0')]
  const held = (locked: LockedPackage): HeldPackage => ({ locked, file: 'servers.lock' })
  it.each<[what: string, before: InstalledPackage | undefined, locked: LockedPackage | undefined, Chosen]>([
    ['the newest where nothing is known', undefined, undefined, {}],
    [
      'what was installed before where the file holds none',
      installed(one),
      undefined,
      { own: installed(one), version: '1.0.0' },
    ],
    ['the newest where another wish was installed for', installed(one, 'other'), undefined, {}],
    [
      'what the file holds where nothing was installed',
      undefined,
      two,
      { version: '2.0.0', held: held(two) },
    ],
    [
      'what was installed where the file holds the same',
      installed(two),
      two,
      { own: installed(two), version: '2.0.0', held: held(two) },
    ],
    [
      'what the file holds where another version was installed',
      installed(one),
      two,
      { version: '2.0.0', held: held(two) },
    ],
    [
      'what the file holds where other contents of the version were installed',
      installed(srv('2.0.0', 'sha512-b')),
      two,
      { version: '2.0.0', held: held(two) },
    ],
    [
      'what was installed where the file holds the version, and its registry had no integrity',
      installed(two),
      srv('2.0.0', ''),
      { own: installed(two), version: '2.0.0', held: held(srv('2.0.0', '')) },
    ],
    [
      'what the file holds where what was installed has no integrity',
      installed(srv('2.0.0', '')),
      two,
      { version: '2.0.0', held: held(two) },
    ],
    [
      'what the file holds where another wish was installed for',
      installed(two, 'other'),
      two,
      { version: '2.0.0', held: held(two) },
    ],
  ])('%s', (_what, before, locked, expected) => {
    expect(of('npx srv', before, inLock(locked))).toEqual(expected)
    // A strict server runs the same, where the file holds anything.
    if (locked !== undefined) expect(of('npx srv', before, inLock(locked, true))).toEqual(expected)
  })
})

it.each([undefined, installed(srv('1.0.0'))])(
  'a strict server of which the file holds no package does not start, whatever was installed here',
  (before) => {
    expect(() => of('npx srv@1.0.0', before, inLock(undefined, true))).toThrow(
      'it is strict (`pin: strict` or --frozen), and servers.lock does not hold which version of srv it runs.',
    )
  },
)

describe('what the file holds is what the entry asks for, or nothing starts', () => {
  it.each([
    ['npx srv@1.0.0', '1.0.0', true],
    ['npx srv@v1.0.0', '1.0.0', true],
    ['npx srv@1.0.0+build', '1.0.0', true],
    ['npx srv@1.0.0', '1.0.1', false],
    ['npx srv@1.0.0', '1.0.0-beta', false],
    ['npx @x/srv@1.0.0', '1.0.0', false],
    ['npx other', '1.0.0', false],
    ['uvx srv', '1.0.0', false],
    // Judged by npm and by uv.
    ['npx srv@^2', '1.0.0', true],
    ['npx srv@next', '1.0.0', true],
  ])('%s and %s: %s', (line, version, fits) => {
    const choose = (): Chosen => of(line, undefined, inLock(srv(version)))
    if (fits) expect(choose().version).toBe(version)
    else expect(choose).toThrow(/servers\.lock holds srv .* for it, and its entry asks for/)
  })
})

describe('what a registry has is what the file holds, or nothing of it runs', () => {
  const wanted = wantedPackage({ command: 'npx', args: ['srv'] })
  it.each([
    ['the same', srv('1.0.0'), srv('1.0.0'), true],
    ['other contents', srv('1.0.0', 'sha512-b'), srv('1.0.0'), false],
    ['contents of which it says nothing', srv('1.0.0', ''), srv('1.0.0'), false],
    ['another version', srv('1.0.1'), srv('1.0.0'), false],
    ['contents where the file holds none', srv('1.0.0'), srv('1.0.0', ''), true],
    ['another version where the file holds no contents', srv('1.0.1'), srv('1.0.0', ''), false],
  ])('%s', (_what, found, locked, fits) => {
    if (wanted === undefined) throw new Error('no package')
    const refuse = (): void =>
      refuseOther({ server: 'a', wanted, held: { locked, file: 'servers.lock' } }, found)
    if (fits) expect(refuse).not.toThrow()
    else expect(refuse).toThrow(/is not what servers\.lock holds/)
  })
})

it.each([
  [true, srv('1.0.0'), true],
  [true, undefined, false],
  [false, srv('1.0.0'), false],
])('strict %s and %o: started as it is written is refused: %s', (isStrict, locked, isRefused) => {
  const start = (): void => refuseAsWritten('a', inLock(locked, isStrict), 'there is no npm')
  if (isRefused) expect(start).toThrow(/servers\.lock holds srv 1\.0\.0 for it, and any version could run/)
  else expect(start).not.toThrow()
})

it.each(['latest', '^1.0.0', 'npm:evil@1.0.0', 'https://x/y.tgz', '--registry=x', '1.0.0 -g', '', '1/../2'])(
  'the version %j in a servers.lock is none',
  (version) => {
    expect(lockedPackage.safeParse(srv('1.0.0')).success).toBe(true)
    expect(lockedPackage.safeParse(srv(version)).success).toBe(false)
  },
)
