/** Policies: exact for every name, never wider than the reference, refused where that can't be. */
import { describe, expect, test } from 'vitest'
import { needsOf, type Need } from '../../../src/secrets/access/needs.ts'
import { placeholdersIn, type Policy } from '../../../src/secrets/access/policy.ts'
import { awsPolicy } from '../../../src/secrets/access/policies/aws.ts'
import { azurePolicy } from '../../../src/secrets/access/policies/azure.ts'
import { gcpPolicy } from '../../../src/secrets/access/policies/gcp.ts'
import { infisicalPolicy } from '../../../src/secrets/access/policies/infisical.ts'
import { vaultPolicy } from '../../../src/secrets/access/policies/vault.ts'
import { storeOptions } from '../../../src/secrets/stores/options.ts'
import { parseTemplate, type Template } from '../../../src/secrets/reference.ts'
import { vaultPolicy as evaluate } from '../../servers/vault-policy.mjs'

const VAULT = { type: 'vault', address: 'https://v', kvVersion: 2 }

interface Case {
  readonly store: Record<string, unknown>
  readonly refs?: readonly string[]
  readonly lease?: string
  readonly env?: Record<string, string>
}

function template(source: string): Template {
  const parsed = parseTemplate(source)
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message)
  return parsed.template
}

function need({ store, refs = [], lease, env = {} }: Case): Need {
  const auth = store['type'] === 'vault' ? { auth: { method: 'token', token: 'x' } } : {}
  const leases = new Map(lease === undefined ? [] : [['l', { store: 's', path: lease }]])
  const [found] = needsOf({
    server: 'box',
    templates: [...refs, ...(lease === undefined ? [] : ['${lease:l#x}'])].map(template),
    leases,
    stores: new Map([['s', storeOptions.parse({ ...store, ...auth })]]),
    environment: 'prod',
    env,
  })
  if (found === undefined) throw new Error('nothing is needed')
  return found
}

function write(given: Case): Policy {
  const { options, ...rest } = need(given)
  if (options.type === 'vault') return vaultPolicy({ ...rest, options })
  if (options.type === 'infisical') return infisicalPolicy({ ...rest, options })
  if (options.type === 'aws-sm') return awsPolicy({ ...rest, options }, given.env ?? {})
  if (options.type === 'azure-kv') return azurePolicy({ ...rest, options })
  if (options.type === 'gcp-sm') return gcpPolicy({ ...rest, options })
  throw new Error('no policies')
}

function textOf(given: Case): string {
  const { policy } = write(given)
  if (typeof policy !== 'string') throw new Error('it is a document')
  return policy
}

describe('Vault', () => {
  const paths: readonly [what: string, given: Case, paths: readonly string[]][] = [
    ['KV 2', { store: VAULT, refs: ['${s:/a/b#x}'] }, ['secret/data/a/b']],
    ['KV 1', { store: { ...VAULT, kvVersion: 1 }, refs: ['${s:/a/b}'] }, ['secret/a/b']],
    [
      'each once',
      { store: VAULT, refs: ['${s:/a#x}-${s:/a#y}', '${s:/b}'] },
      ['secret/data/a', 'secret/data/b'],
    ],
    [
      '{environment} in the mount',
      { store: { ...VAULT, mount: '/kv-{environment}/' }, refs: ['${s:/a}'] },
      ['kv-prod/data/a'],
    ],
    [
      'a prefix',
      { store: { ...VAULT, prefix: '{environment}_' }, refs: ['${s:/a/b}'] },
      ['secret/data/prod_a/b'],
    ],
    [
      'a mount from the environment',
      { store: { ...VAULT, mount: '${env:M}' }, refs: ['${s:/a}'], env: { M: 'kv' } },
      ['kv/data/a'],
    ],
    [
      'a mount that is not known',
      { store: { ...VAULT, mount: '${env:M}' }, refs: ['${s:/a}'] },
      ['<M>/data/a'],
    ],
    [
      'a mount in a variable named like a secret',
      { store: { ...VAULT, mount: '${env:MY_TOKEN}' }, refs: ['${s:/a}'], env: { MY_TOKEN: 'hush' } },
      ['<mount>/data/a'],
    ],
    [
      'a mount from a file',
      { store: { ...VAULT, mount: '${file:/etc/hostname}' }, refs: ['${s:/a}'] },
      ['<mount>/data/a'],
    ],
    ['quotes', { store: VAULT, refs: ['${s:/a"b\\c}'] }, ['secret/data/a"b\\c']],
    ['a + inside a name', { store: VAULT, refs: ['${s:/a+b/c+}'] }, ['secret/data/a+b/c+']],
    [
      'a lease',
      { store: { ...VAULT, kvVersion: undefined }, lease: 'database/creds/ro' },
      ['database/creds/ro'],
    ],
  ]
  test.each(paths)('%s', (_what, given, expected) => {
    const hcl = textOf(given)
    const allows = evaluate(hcl)
    const named = [...hcl.matchAll(/^path ("(?:[^"\\]|\\.)*") \{$/gm)].map(([, path]) =>
      JSON.parse(path ?? ''),
    )
    expect(named.filter((path: string) => !/^(auth|sys)\//.test(path))).toEqual(expected)
    for (const path of expected) {
      expect(allows('GET', path)).toBe(true)
      expect(allows('PUT', path)).toBe(false)
      expect([`${path}x`, `${path}/x`, path.slice(0, -1)].some((other) => allows('GET', other))).toBe(false)
    }
  })

  const refused: readonly [what: string, given: Case, why: RegExp][] = [
    ['a * at the end', { store: VAULT, refs: ['${s:/a*}'] }, /\$\{s:\/a\*\}: it holds a \*/],
    ['a * inside', { store: VAULT, refs: ['${s:/a*b}'] }, /holds a \*/],
    ['a part +', { store: VAULT, refs: ['${s:/+/b}'] }, /begins with \+/],
    ['a part that begins with +', { store: VAULT, refs: ['${s:/a/+b}'] }, /begins with \+/],
    ['..', { store: VAULT, refs: ['${s:/a/../b}'] }, /may not hold \. or \.\./],
    ['no leading slash', { store: VAULT, refs: ['${s:a}'] }, /does not begin with/],
    ['a line break in a lease', { store: VAULT, lease: 'database/creds/ro"\n}' }, /can't be seen/],
    ['a template in a lease', { store: VAULT, lease: 'database/creds/{{identity.entity.id}}' }, /brace/],
    ['a * in a lease', { store: VAULT, lease: 'database/creds/*' }, /holds a \*/],
    ['a lease of no role', { store: VAULT, lease: 'sys/policies' }, /not the path of a dynamic secret/],
    [
      'a * in the mount',
      { store: { ...VAULT, mount: '${env:M}' }, refs: ['${s:/a}'], env: { M: '*' } },
      /holds a \*/,
    ],
    [
      'a line break in the mount',
      { store: { ...VAULT, mount: '${env:M}' }, refs: ['${s:/a}'], env: { M: 'a\nb' } },
      /can't be seen/,
    ],
    ['a character that turns the direction', { store: VAULT, refs: ['${s:/a\u202Eb}'] }, /‹U\+202E›/],
    [
      'an unknown version of the engine',
      { store: { ...VAULT, kvVersion: undefined }, refs: ['${s:/a}'] },
      /version of its KV engine/,
    ],
  ]
  test.each(refused)('refuses %s', (_what, given, why) => {
    expect(() => write(given)).toThrow(why)
  })

  test('leases are renewed and revoked by ids of their own role only', () => {
    const allows = evaluate(textOf({ store: VAULT, lease: '/database/creds/ro' }))
    const id = 'database/creds/ro/1'
    expect(allows('PUT', 'sys/leases/renew', { lease_id: id, increment: 60 })).toBe(true)
    expect(allows('PUT', 'sys/leases/revoke', { lease_id: id, sync: true })).toBe(true)
    expect(allows('PUT', 'sys/leases/lookup', { lease_id: id })).toBe(true)
    expect(allows('PUT', 'sys/leases/renew', {})).toBe(false)
    expect(allows('PUT', 'sys/leases/renew', { lease_id: 'database/creds/root/1' })).toBe(false)
    expect(allows('PUT', 'sys/leases/renew', { lease_id: id, url_lease_id: 'x' })).toBe(false)
    expect(allows('PUT', 'sys/leases/revoke-prefix/database')).toBe(false)
  })
})

describe('Infisical', () => {
  const store = { type: 'infisical', projectId: 'p', environment: '{environment}', auth: { method: 'cli' } }
  const permissions = (given: Case): unknown => (write(given).policy as { permissions: unknown }).permissions
  const environment = { $eq: 'prod' }
  const action = ['describeSecret', 'readValue']

  test('a permission a folder, with its names', () => {
    expect(permissions({ store, refs: ['${s:/a/X}', '${s:/a/Y}', '${s:/Z#f}'] })).toEqual([
      {
        subject: 'secrets',
        action,
        conditions: { environment, secretPath: { $eq: '/a' }, secretName: { $in: ['X', 'Y'] } },
      },
      {
        subject: 'secrets',
        action,
        conditions: { environment, secretPath: { $eq: '/' }, secretName: { $eq: 'Z' } },
      },
    ])
  })

  test('the prefixed name, and glob characters as themselves', () => {
    expect(permissions({ store: { ...store, prefix: '{environment}_' }, refs: ['${s:/a*/X?}'] })).toEqual([
      {
        subject: 'secrets',
        action,
        conditions: { environment, secretPath: { $eq: '/a*' }, secretName: { $eq: 'prod_X?' } },
      },
    ])
  })

  test('leases by folder, which is said', () => {
    const given = { store: { ...store, prefix: 'x_' }, lease: '/db/PG' }
    expect(permissions(given)).toEqual([
      {
        subject: 'dynamic-secrets',
        action: ['lease'],
        conditions: { environment, secretPath: { $eq: '/db' } },
      },
    ])
    expect(write(given).notes.join()).toContain('by folder')
  })

  test.each<[string, Case, RegExp]>([
    ['a template in a lease', { store, lease: '/a{{identity.name}}/X' }, /brace/],
    [
      'a template in the environment',
      { store: { ...store, environment: '${env:E}' }, refs: ['${s:/X}'], env: { E: '{{x}}' } },
      /brace/,
    ],
    ['a folder and no name', { store, refs: ['${s:/a/}'] }, /names a folder/],
  ])('refuses %s', (_what, given, why) => {
    expect(() => write(given)).toThrow(why)
  })
})

describe('AWS', () => {
  const store = { type: 'aws-sm', region: 'eu-central-1' }
  const statements = (given: Case): unknown => (write(given).policy as { Statement: unknown }).Statement
  const arn = (name: string, region = 'eu-central-1', partition = 'aws'): string =>
    `arn:${partition}:secretsmanager:${region}:<account-id>:secret:${name}-??????`
  const allow = (...Resource: string[]): object => ({
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource,
  })
  const whole = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/db-AbCdEf'
  const uuid = '01234567-89ab-cdef-0123-456789abcdef'

  test.each<[string, Case, object[]]>([
    [
      'names',
      { store, refs: ['${s:db#a.b}', '${s:db#c}', '${s:team/x}'] },
      [allow(arn('db'), arn('team/x'))],
    ],
    [
      'a stage',
      { store, refs: ['${s:db?stage=AWSPREVIOUS}'] },
      [
        {
          ...allow(arn('db')),
          Condition: { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSPREVIOUS' } },
        },
      ],
    ],
    [
      'a version',
      { store, refs: [`\${s:db?version=${uuid}}`] },
      [{ ...allow(arn('db')), Condition: { StringEquals: { 'secretsmanager:VersionId': uuid } } }],
    ],
    ['an ARN', { store, refs: [`\${s:${whole}}`] }, [allow(whole)]],
    [
      'a prefix',
      { store: { ...store, prefix: '{environment}/' }, refs: ['${s:db}', `\${s:${whole}}`] },
      [allow(arn('prod/db'), whole)],
    ],
    ['no region', { store: { type: 'aws-sm' }, refs: ['${s:db}'] }, [allow(arn('db', '<region>'))]],
    [
      "the region of the machine's environment",
      { store: { type: 'aws-sm' }, refs: ['${s:db}'], env: { AWS_REGION: 'cn-north-1' } },
      [allow(arn('db', 'cn-north-1', 'aws-cn'))],
    ],
  ])('%s', (_what, given, expected) => {
    expect(statements(given)).toEqual(expected)
  })

  test.each<[string, Case]>([
    ['a *', { store, refs: ['${s:db*}'] }],
    ['a ?', { store, refs: ['${s:d?b}'] }],
    ['a $', { store, refs: ['${s:d$b}'] }],
    ['an empty stage', { store, refs: ['${s:db?stage=}'] }],
    ['a stage with a *', { store, refs: ['${s:db?stage=AWS*}'] }],
    ['an ARN of something else', { store, refs: ['${s:arn:aws:s3:::bucket}'] }],
    [
      'a region with a *',
      { store: { type: 'aws-sm', region: '${env:R}' }, refs: ['${s:db}'], env: { R: '*' } },
    ],
    ['a quote in a prefix', { store: { ...store, prefix: '"' }, refs: ['${s:db}'] }],
  ])('refuses %s', (_what, given) => {
    expect(() => write(given)).toThrow(/^no policy can be written for box at store s: /)
  })
})

describe('Azure and Google Cloud', () => {
  const azure = { type: 'azure-kv', vaultUrl: 'https://team-{environment}.vault.azure.net' }
  const gcp = { type: 'gcp-sm', project: 'p-{environment}' }
  test.each<[string, Case, string[]]>([
    [
      'Azure: one assignment a secret',
      { store: azure, refs: ['${s:a#x}', '${s:a#y}', '${s:b?version=0123}'] },
      ["/vaults/team-prod/secrets/a'", "/vaults/team-prod/secrets/b'"],
    ],
    [
      'Azure: a vault that is not known',
      { store: { ...azure, vaultUrl: '${env:U}' }, refs: ['${s:a}'] },
      ["/vaults/<vault-name>/secrets/a'"],
    ],
    [
      'Azure: another host',
      { store: { ...azure, vaultUrl: 'https://evil.example/vaults/*' }, refs: ['${s:a}'] },
      ["/vaults/<vault-name>/secrets/a'"],
    ],
    ['Google: one binding a secret', { store: gcp, refs: ['${s:a}'] }, ["binding 'a' --project 'p-prod'"]],
    ['Google: a version', { store: gcp, refs: ['${s:a?version=3}'] }, ['endsWith("/secrets/a/versions/3")']],
  ])('%s', (_what, given, expected) => {
    const lines = textOf(given).split('\n').slice(0, -1)
    expect(lines.length).toBe(expected.length)
    for (const [at, text] of expected.entries()) expect(lines[at]).toContain(text)
  })

  test.each<[string, Case]>([
    ['Azure: a quote', { store: azure, refs: ["${s:a'b}"] }],
    ['Azure: a slash', { store: azure, refs: ['${s:a/b}'] }],
    ['Google: a command', { store: gcp, refs: ['${s:a$(id)}'] }],
    [
      'Google: a quote in the project',
      { store: { ...gcp, project: '${env:P}' }, refs: ['${s:a}'], env: { P: "p' ; id '" } },
    ],
    ['Google: a version with a quote', { store: gcp, refs: ['${s:a?version=1"}'] }],
  ])('refuses %s', (_what, given) => {
    expect(() => write(given)).toThrow(/^no policy can be written for box at store s: /)
  })
})

test('placeholders are told once each', () => {
  expect(placeholdersIn('a <x> <y-z> <x> < b >')).toEqual(['<x>', '<y-z>'])
  expect(placeholdersIn({ a: ['<account-id>'] })).toEqual(['<account-id>'])
})
