import { expect, it } from 'vitest'
import { readSecretHost } from '../../src/egress/broker/hosts.ts'
import type { ResolvedField } from '../../src/secrets/resolve/resolve.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { refuseInClear, takeUp, withPlaceholders } from '../../src/upstream/launch/placeholders.ts'

const VALUE = 'ghp_5Jm2Qx8Rk1Tz7Wd4Yb9Lc3Vf6Hn0PsAeGuXi'
const OTHER = 'ghp_Zz99Qx8Rk1Tz7Wd4Yb9Lc3Vf6Hn0PsAeGuXi'

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmNkZWZnaCJ9.AbCdEfGhIjKlMnOp'

const spec = (...names: string[]) => {
  const read = readSecretHost('api.example.com')
  if (!read.ok) throw new Error(read.message)
  const rule = { hosts: [read.host], places: ['header'] as const }
  return {
    id: 'github',
    where: (field: string) => field,
    brokered: new Map(names.map((name) => [name, rule])),
  }
}

const field = (value: string, ...secrets: string[]): ResolvedField => ({
  value,
  secrets: secrets.map((one) => new Secret(one, 'github.TOKEN')),
})

const SHAPE = /^ghp_[A-Za-z0-9]{36}$/

it.each([
  ['a reference', field(VALUE, VALUE), /^ghp_\w{36}$/],
  ['what stands around it', field(`Bearer ${VALUE}`, VALUE), /^Bearer ghp_\w{36}$/],
  ['two in one', field(`${VALUE}:${OTHER}`, VALUE, OTHER), /^ghp_\w{36}:ghp_\w{36}$/],
  ['a value that stands in the file', field(VALUE), /^ghp_\w{36}$/],
])('puts a placeholder in place of %s (promise 2)', (_, resolved, want) => {
  const made = withPlaceholders(spec('TOKEN'), new Map([['env.TOKEN', resolved]]), 'seed')
  expect(made?.fields.get('env.TOKEN')?.value).toMatch(want)
  expect(JSON.stringify([...(made?.fields.values() ?? [])].map(({ value }) => value))).not.toContain(VALUE)
})

it.each([
  ['a mark that its form has', JWT, '.'],
  ['the beginning that its issuer gives', VALUE, 'ghp_'],
  ['most of what is kept', 'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.aaaaaaaaaaaaaaaa', 'eyJhbGciOiJIUzI1NiJ9'],
  ['nothing but marks', '--------', '--------'],
])('finds a placeholder beside an argument that is %s', (_, value, argument) => {
  const fields = new Map([
    ['args.0', field(argument)],
    ['env.TOKEN', field(value, value)],
  ])
  const placeholder = withPlaceholders(spec('TOKEN'), fields, 'seed')?.fields.get('env.TOKEN')?.value ?? ''
  expect(placeholder.length).toBeGreaterThanOrEqual(16)
  expect(placeholder).not.toContain(value)
})

it('gives a server the same placeholder when it starts again, and another one to each server and field', () => {
  const made = (id: string, name: string): string | undefined =>
    withPlaceholders({ ...spec(name), id }, new Map([[`env.${name}`, field(VALUE, VALUE)]]), 'seed')?.secrets
      .all[0]?.placeholder
  expect(made('a', 'T')).toMatch(SHAPE)
  expect(made('a', 'T')).toBe(made('a', 'T'))
  expect(new Set([made('a', 'T'), made('b', 'T'), made('a', 'U')]).size).toBe(3)
})

it('takes a changed value for the same placeholder, and not beside one that is handed over', () => {
  const made = withPlaceholders(spec('TOKEN'), new Map([['env.TOKEN', field(VALUE, VALUE)]]), 'seed')
  const secrets = made?.secrets
  if (secrets === undefined) throw new Error('nothing is brokered')
  const [before] = secrets.all
  expect(takeUp(spec('TOKEN'), secrets, new Map([['env.TOKEN', field(OTHER, OTHER)]]))).toHaveLength(1)
  expect(secrets.all[0]).toMatchObject({ placeholder: before?.placeholder })
  expect(secrets.all[0]?.secret.reveal()).toBe(OTHER)
  const more = new Map([
    ['env.TOKEN', field(VALUE, VALUE)],
    ['env.PLAIN', field('x')],
  ])
  expect(takeUp(spec('TOKEN'), secrets, more)).toBeUndefined()
  expect(takeUp(spec('TOKEN'), secrets, new Map([['env.TOKEN', field('a\nb-12345678')]]))).toBeUndefined()
  expect(secrets.all[0]?.secret.reveal()).toBe(OTHER)
})

it.each([
  ['short', 'too-few'],
  ['no text of a header', 'line one\nline two of it'],
])('brokers no value that is %s (promise 1)', (_, value) => {
  expect(() => withPlaceholders(spec('TOKEN'), new Map([['env.TOKEN', field(value, value)]]), 's')).toThrow(
    /"deliver: broker" can't be done for TOKEN/,
  )
})

it.each([
  ['another variable', { env: { TOKEN: 'placeholder', COPY: `x ${VALUE}` } }, 'env.COPY'],
  ['an argument', { args: ['--token', VALUE] }, 'args.1'],
])('starts no server that would get a brokered value in clear in %s', (_, given, want) => {
  const made = withPlaceholders(spec('TOKEN'), new Map([['env.TOKEN', field(VALUE, VALUE)]]), 'seed')
  const launch = { command: 'x', cwd: '/', args: [], env: {}, ...given }
  if (made === undefined) throw new Error('nothing is brokered')
  expect(() => refuseInClear(spec('TOKEN'), launch, made.secrets)).toThrow(want)
})
