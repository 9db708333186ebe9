/** What of an entry asks again when it changes, and what doesn't since it is less (promise 5). */
import { describe, expect, it } from 'vitest'
import { hasGrown, launchChanges } from '../../src/trust/growth.ts'
import { factsOfEntry } from './support.ts'

type Entry = Readonly<Record<string, unknown>>

const TEAM = { type: 'vault', address: 'https://vault.example', auth: { method: 'token', token: '${env:T}' } }
const SECRETS = { team: TEAM, run: { type: 'exec', command: ['op', 'read', '{path}'] } }
const NPX = { command: 'npx', args: ['-y', 'pkg'] }

const brokered = (...hosts: string[]): object => ({ value: '${team:/a}', deliver: 'broker', hosts })

async function grown(
  before: Entry,
  after: Entry,
  [was, now]: readonly [Entry, Entry] = [{ secrets: SECRETS }, { secrets: SECRETS }],
): Promise<readonly string[]> {
  const changes = launchChanges(await factsOfEntry(before, was), await factsOfEntry(after, now))
  return changes.filter(({ grew }) => grew).map(({ field }) => field)
}

it.each<[what: string, before: Entry, after: Entry, asks: readonly string[]]>([
  [
    'another secret for the login server',
    { url: 'https://a.example', oauth: { clientId: 'c', clientSecret: '${team:/a}' } },
    { url: 'https://a.example', oauth: { clientId: 'c', clientSecret: '${team:/prod}' } },
    ['headers.client secret'],
  ],
  [
    'the end of a long text',
    { command: 'sh', args: ['-c', `${'#'.repeat(20_000)}\na`] },
    { command: 'sh', args: ['-c', `${'#'.repeat(20_000)}\nb`] },
    ['args'],
  ],
  ['nothing', { command: 'node', args: ['a'] }, { command: 'node', args: ['a'] }, []],
  ['another program', { command: 'node' }, { command: '/bin/sh' }, ['command']],
  ['another argument', { command: 'node', args: ['a'] }, { command: 'node', args: ['b'] }, ['args']],
  ['an argument more', { command: 'x', args: ['a'] }, { command: 'x', args: ['a', '--all'] }, ['args']],
  ['an argument less', { command: 'x', args: ['--read-only'] }, { command: 'x' }, ['args']],
  ['a word that was two', { command: 'x', args: ['a b'] }, { command: 'x', args: ['a', 'b'] }, ['args']],
  ['another directory', { command: 'x' }, { command: 'x', cwd: '/' }, ['cwd', 'isCwdGiven']],
  ['its own directory, named', { command: 'x' }, { command: 'x', cwd: '.' }, ['isCwdGiven']],
  ['a variable more', { command: 'x' }, { command: 'x', env: { A: '1' } }, ['env.A']],
  [
    'a loader that was harmless',
    { command: 'x', env: { NODE_OPTIONS: '' } },
    { command: 'x', env: { NODE_OPTIONS: '--require=/tmp/e.js' } },
    ['env.NODE_OPTIONS'],
  ],
  ['a text less', { command: 'x', env: { READ_ONLY: 'true' } }, { command: 'x' }, ['env.READ_ONLY']],
  ['a secret less', { command: 'x', env: { T: '${team:/a}' } }, { command: 'x' }, []],
  [
    'another secret under the same name',
    { command: 'x', env: { T: '${team:/github/TOKEN}' } },
    { command: 'x', env: { T: '${team:/prod/ROOT}' } },
    ['env.T'],
  ],
  [
    'a text that looks like a reference',
    { command: 'x', env: { T: '$${team:/a}' } },
    { command: 'x', env: { T: '${team:/a}' } },
    ['env.T', 'store team'],
  ],
  [
    'a secret that was the same text',
    { command: 'x', env: { T: '=${team:/a}' } },
    { command: 'x', env: { T: '=$${team:/a}' } },
    ['env.T'],
  ],
  [
    'another token in plain',
    { command: 'x', env: { TOKEN: 'abc' } },
    { command: 'x', env: { TOKEN: 'abd' } },
    ['env.TOKEN'],
  ],
  ['a variable of ours', { command: 'x' }, { command: 'x', inheritEnv: ['SSH_AUTH_SOCK'] }, ['inheritEnv']],
  ['one less of ours', { command: 'x', inheritEnv: ['A', 'B'] }, { command: 'x', inheritEnv: ['B'] }, []],
  [
    'a sandbox that is gone',
    { command: 'x', sandbox: 'required' },
    { command: 'x', sandbox: 'off' },
    ['sandbox'],
  ],
  ['one that is kept where it can be', { command: 'x', sandbox: 'required' }, { command: 'x' }, ['sandbox']],
  ['one that is stricter', { command: 'x', sandbox: 'off' }, { command: 'x', sandbox: 'required' }, []],
  [
    'a path more',
    { command: 'x', sandbox: { read: ['/a'] } },
    { command: 'x', sandbox: { read: ['/a', '/'] } },
    ['read'],
  ],
  [
    'a path less',
    { command: 'x', sandbox: { read: ['/a', '/b'] } },
    { command: 'x', sandbox: { read: ['/a'] } },
    [],
  ],
  [
    'writing what was read',
    { command: 'x', sandbox: { read: ['/a'] } },
    { command: 'x', sandbox: { write: ['/a'] } },
    ['write'],
  ],
  [
    'reading what was written',
    { command: 'x', sandbox: { write: ['/a'] } },
    { command: 'x', sandbox: { read: ['/a'] } },
    [],
  ],
  [
    'the network',
    { command: 'x', sandbox: { network: 'none' } },
    { command: 'x', sandbox: { network: 'all' } },
    ['network'],
  ],
  [
    'no network',
    { command: 'x', sandbox: { network: 'all' } },
    { command: 'x', sandbox: { network: 'none' } },
    [],
  ],
  [
    'a placeholder in place of a value',
    { command: 'x', env: { T: '${team:/a}' }, sandbox: 'required' },
    { command: 'x', env: { T: brokered('a.example') }, sandbox: 'required' },
    [],
  ],
  [
    'a value in place of a placeholder',
    { command: 'x', env: { T: brokered('a.example') }, sandbox: 'required' },
    { command: 'x', env: { T: '${team:/a}' }, sandbox: 'required' },
    ['brokered T'],
  ],
  [
    'a host more for a value',
    { command: 'x', env: { T: brokered('a.example') }, sandbox: 'required' },
    { command: 'x', env: { T: brokered('a.example', 'b.example') }, sandbox: 'required' },
    ['brokered T'],
  ],
  [
    'secrets in arguments',
    { command: 'x' },
    { command: 'x', allowSecretsInArgs: true },
    ['allowSecretsInArgs'],
  ],
  [
    'a lease more',
    { command: 'x' },
    { command: 'x', leases: { db: { store: 'team', path: '/p' } } },
    ['lease db', 'store team'],
  ],
  ['a version that is fixed', NPX, { command: 'npx', args: ['-y', 'pkg@1.2.3'] }, []],
  [
    'a version that is fixed, of another package',
    NPX,
    { command: 'npx', args: ['-y', 'pkq@1.2.3'] },
    ['args'],
  ],
  [
    'another fixed version',
    { command: 'npx', args: ['pkg@1.2.3'] },
    { command: 'npx', args: ['pkg@1.2.4'] },
    ['args'],
  ],
  [
    'a version that is fixed no more',
    { command: 'npx', args: ['pkg@1.2.3'] },
    { command: 'npx', args: ['pkg'] },
    ['args'],
  ],
  ['a version, and an argument', NPX, { command: 'npx', args: ['-y', 'pkg@1.2.3', '--all'] }, ['args']],
  [
    'an address for a program',
    { command: 'x' },
    { url: 'https://m.example/mcp' },
    ['kind', 'url', 'sandbox'],
  ],
  ['another host', { url: 'https://m.example/mcp' }, { url: 'https://evil.example/mcp' }, ['url']],
  ['another port', { url: 'https://m.example/mcp' }, { url: 'https://m.example:8443/mcp' }, ['url']],
  ['another path there', { url: 'https://m.example/mcp' }, { url: 'https://m.example/v2' }, []],
  ['a host out of the environment', { url: 'https://m.example/' }, { url: 'https://${env:H}/' }, ['url']],
  [
    'a header more',
    { url: 'https://m.example/' },
    { url: 'https://m.example/', headers: { X: '${team:/a}' } },
    ['headers.X', 'store team'],
  ],
  [
    'private addresses',
    { url: 'https://m.example/' },
    { url: 'https://m.example/', allowPrivate: true },
    ['allowPrivate'],
  ],
  [
    'who vouches',
    { url: 'https://m.example/' },
    { url: 'https://m.example/', caCert: '/ca.pem' },
    ['caCert'],
  ],
  [
    'rules and limits',
    { command: 'x' },
    { command: 'x', tools: { allow: ['*'] }, rateLimit: '1/hour', timeout: '1s', description: 'y' },
    [],
  ],
])('%s', async (_what, before, after, asks) => {
  expect((await grown(before, after)).toSorted()).toEqual(asks.toSorted())
})

it.each<[what: string, before: Entry, after: Entry, asks: readonly string[]]>([
  ['another login', TEAM, { ...TEAM, auth: { method: 'token', token: '${env:U}' } }, []],
  ['another address', TEAM, { ...TEAM, address: 'https://evil.example' }, ['store team']],
  ['a program in its place', TEAM, { type: 'exec', command: ['sh', '-c', 'id'] }, ['store team']],
])('a store that it refers to: %s', async (_what, before, after, asks) => {
  const entry = { command: 'x', env: { T: '${team:/a}' } }
  expect(await grown(entry, entry, [{ secrets: { team: before } }, { secrets: { team: after } }])).toEqual(
    asks,
  )
})

it('another environment asks where a store has other secrets in it, and only there', async () => {
  const secrets = {
    each: { type: 'dotenv', path: '.env.{environment}' },
    all: { type: 'dotenv', path: '.env' },
  }
  const [dev, prod] = [
    { secrets, environment: 'dev' },
    { secrets, environment: 'prod' },
  ]
  const [each, all] = [
    { command: 'x', env: { T: '${each:T}' } },
    { command: 'x', env: { T: '${all:T}' } },
  ]
  expect(await grown(each, each, [dev, prod])).toEqual(['environment'])
  expect(await grown(all, all, [dev, prod])).toEqual([])
})

it('what an entry has that nobody judges yet asks when it changes', async () => {
  const facts = await factsOfEntry({ command: 'x' })
  const after = { ...facts, settings: new Map([...facts.settings, ['devices', ['/dev/kvm']]]) }
  expect(launchChanges(facts, after)).toEqual([{ field: 'devices', after: '/dev/kvm', grew: true }])
})

describe('the version of a package that sidemux installs', () => {
  const of = async (installed?: string, entry: Entry = { command: 'npx', args: ['-y', 'pkg'] }) =>
    factsOfEntry(entry, {}, installed)

  it.each<[what: string, before: string | undefined, after: string | undefined, grew: boolean]>([
    ['that turned out after the yes is what was agreed to', undefined, 'pkg@1.0.0 sha512-a', false],
    ['that is another one asks', 'pkg@1.0.0 sha512-a', 'pkg@1.0.1 sha512-b', true],
    ['with other contents asks', 'pkg@1.0.0 sha512-a', 'pkg@1.0.0 sha512-b', true],
    ['that is to be installed again asks only when it is known', 'pkg@1.0.0 sha512-a', undefined, false],
  ])('%s', async (_what, before, after, grew) => {
    expect(hasGrown(await of(before), await of(after))).toBe(grew)
  })

  it('is no part of a launch that stays as it is written, and to leave it so is more', async () => {
    const [plain, off] = [
      await of('pkg@1'),
      await of('pkg@1', { command: 'npx', args: ['-y', 'pkg'], install: 'off' }),
    ]
    expect(off.settings.has('package')).toBe(false)
    expect(hasGrown(plain, off)).toBe(true)
    expect(hasGrown(off, plain)).toBe(false)
  })
})
