/** What confines runs outside, so nothing of a server's environment may steer it to code that the server can write. */
import { expect, test } from 'vitest'
import { confinedStart } from '../../src/confine/confiner/start.ts'
import { systemCallsOf, type SystemCalls } from '../../src/confine/confiner/landlock/system-calls.ts'
import { PERL_WITHOUT_LOCALE } from '../../src/confine/confiner/programs.ts'
import { fakeFiles } from './fake-files.ts'

const STEERING = {
  LD_PRELOAD: '/given/a.so',
  LD_LIBRARY_PATH: '/given',
  PERL5OPT: '-Mplanted',
  PERL5LIB: '/given',
  PERL_USE_UNSAFE_INC: '1',
  GLIBC_TUNABLES: 'glibc.rtld.execstack=1',
  MALLOC_CHECK_: '3',
}
const OTHERS = {
  PATH: '/usr/bin',
  TOKEN: 'made-up-token',
  // Their names only begin alike.
  LD_ACCESS_TOKEN: 'made-up-token-2',
  PERLEGO_KEY: 'made-up-token-3',
}
const EVERY_CALL = systemCallsOf('x64')?.numbers as SystemCalls['numbers']
const env = { ...OTHERS, ...STEERING }
const profile = { mounts: [], cwd: '/', network: { kind: 'all' } } as const

test.each([
  { kind: 'bubblewrap', program: '/usr/bin/bwrap' },
  { kind: 'landlock', program: '/usr/bin/perl', abi: 7, instead: '' },
] as const)('$kind', (confiner) => {
  const start = confinedStart(
    confiner,
    { profile, command: ['/bin/a', 'b'], env, isTied: true },
    fakeFiles('/bin/a'),
  )
  // Perl is told to look at no locale, and keeps that to itself.
  const handedOn = Object.entries(start.env).filter(([name]) => !(name in PERL_WITHOUT_LOCALE))
  expect(Object.fromEntries(handedOn)).toEqual(OTHERS)
  for (const [name, value] of Object.entries(STEERING))
    expect(start.args.join(' ')).toMatch(new RegExp(`${name}[ =]${value}`))
  // Others may read arguments.
  expect(start.args.join(' ')).not.toContain('made-up-token')
  expect(start.args.slice(-2)).toEqual(['/bin/a', 'b'])
})

const bolt = { program: '/usr/bin/perl', calls: { audit: 0, numbers: EVERY_CALL, old: {} } }
const bubblewrap = { kind: 'bubblewrap', program: '/usr/bin/bwrap' } as const
const landlock = { kind: 'landlock', program: '/usr/bin/perl', instead: '' } as const

test.each([
  ['bubblewrap by perl', { ...bubblewrap, bolt }, 'leash'],
  ['bubblewrap by a shell', bubblewrap, 'leash'],
  ['Landlock by its keeper', { ...landlock, abi: 6 }, 'keeper'],
  ['Landlock that lets it signal its keeper by nothing', { ...landlock, abi: 5 }, undefined],
] as const)(
  '%s ties a server to sidemux, and never a command of a person (promise 8)',
  (_, confiner, tie) => {
    const command = ['/bin/a'] as const
    const of = (isTied: boolean) =>
      confinedStart(confiner, { profile, command, env: {}, isTied }, fakeFiles('/bin/a')).tie
    expect([of(true), of(false)]).toEqual([tie, undefined])
  },
)
