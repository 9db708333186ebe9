/**
 * Each version of Landlock, for real: a newer kernel is asked for no more than an older one can. What one doesn't judge a
 * filter does, so none of them lets a file be emptied that may not be written (promise 2).
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findConfiner } from '../../src/confine/confiner/confiner.ts'
import { landlockArguments } from '../../src/confine/confiner/landlock/arguments.ts'
import type { Mount } from '../../src/confine/mounts.ts'
import { realFiles } from '../../src/confine/real-files.ts'
import { needs } from '../servers/needs.mjs'
import { withoutBubblewrap } from './without-bubblewrap.ts'

const dir = mkdtempSync(join(tmpdir(), 'sidemux-landlock-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const [home, given, secret] = ['home', 'given', 'secret'].map((name) => join(dir, name)) as [
  string,
  string,
  string,
]
mkdirSync(home)
mkdirSync(given)
writeFileSync(secret, 'canary')

const SCRIPT = `
  cat "$1"
  perl -e 'truncate $ARGV[0], 0' "$1"
  perl -e 'open F, ">", $ARGV[0]' "$1"
  perl -e 'sysopen F, $ARGV[0], 512' "$1"
  echo mine > file && echo wrote
  perl -e 'truncate "file", 2 or open F, ">", "file"' && echo emptied its own
  mkdir folder && mv file folder/ && echo moved
  echo more > "$TMPDIR/t" && echo kept aside
  test "$HOME" = "$2" && echo at home`

test.runIf(needs('perl')).each([1, 2, 3, 4, 5, 6, 7])('version %i', async (abi) => {
  const found = await findConfiner({ platform: 'linux', path: withoutBubblewrap(dir).PATH })
  if (found.kind !== 'landlock') throw new Error(`no Landlock here: ${JSON.stringify(found)}`)
  // A kernel can be asked for what it has only.
  const version = Math.min(abi, found.abi)
  const system = ['/usr', '/bin', '/lib', '/lib64', '/etc'].map((path): Mount => ({ kind: 'read', path }))
  const mounts: readonly Mount[] = [
    ...system,
    { kind: 'devices', path: '/dev' },
    { kind: 'processes', path: '/proc' },
    { kind: 'home', path: '/home/of-nobody', from: home },
    { kind: 'write', path: given },
  ]
  const profile = { mounts, cwd: given, network: { kind: 'none' } } as const
  const command = ['/bin/sh', '-c', SCRIPT, 'sh', secret, home]
  const facts = { abi: version, arch: process.arch, parent: process.pid }
  const args = landlockArguments(profile, command, {}, facts, realFiles) ?? []
  const env = { PATH: '/usr/bin:/bin' }
  const said = execFileSync(found.program, args, {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(said.trim().split('\n')).toEqual(['wrote', 'emptied its own', 'moved', 'kept aside', 'at home'])
  expect(readFileSync(secret, 'utf8')).toBe('canary')
  rmSync(join(given, 'folder'), { recursive: true })
})
