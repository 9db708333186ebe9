/** Secrets inside secrets (promise 3): every shape, each part, in each writing; and what stays readable on purpose. */
import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { isDocument } from '../../src/secrets/parts/document.ts'
import { MAX_PARTS, partsOf } from '../../src/secrets/parts/parts.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { ENCODERS } from './encoders.ts'
import { PEM, PW, SERVICE_ACCOUNT, SHAPES } from './shapes.ts'
import { work } from '../work.ts'

function knowing(value: string): Redactor {
  const redactor = new Redactor()
  redactor.add('s', [new Secret(value, 's.T')])
  return redactor
}

/** Beside the encoders of every value: documents that hold the part. */
const WRITINGS: typeof ENCODERS = [
  ...ENCODERS,
  ['JSON, pretty', (part) => ({ text: JSON.stringify({ a: [{ part }] }, null, 4), telling: inner(part) })],
  [
    'JSON in JSON, pretty',
    (part) => ({ text: JSON.stringify(JSON.stringify({ part }, null, 2)), telling: inner(inner(part)) }),
  ],
  ['an error', (part) => ({ text: `FATAL: authentication failed for "${part}"\n  at x`, telling: part })],
]

/** Stretches of eight characters that are nowhere else in what was printed. */
function* windows(text: string): Generator<string> {
  for (let at = 0; at + 8 <= text.length; at++) yield text.slice(at, at + 8)
}

const inner = (text: string): string => JSON.stringify(text).slice(1, -1)

/** What stands around a key and says nothing. */
const FRAME = /^-{3,5}|PRIVATE|KEY-|BEGIN|END /

describe('0 of 8 characters of a part come through', () => {
  test.each(SHAPES)('%s', (_, value, parts) => {
    const redactor = knowing(value)
    const clear = parts.flatMap((part) =>
      WRITINGS.flatMap(([how, write]) => {
        const { text, telling } = write(part)
        const masked = redactor.maskText(`it said ${text} and ended`).text
        const shows = [...windows(telling)].find((stretch) => masked.includes(stretch))
        return shows === undefined || FRAME.test(shows) ? [] : [`${how}: ${shows} in ${masked}`]
      }),
    )
    expect(clear).toEqual([])
  })
})

test('a JSON value that is written again shows only masks where a secret stands', () => {
  const redactor = knowing(JSON.stringify(SERVICE_ACCOUNT))
  const mask = '[redacted:s.T]'
  const { private_key_id: _id, private_key: _key, ...readable } = SERVICE_ACCOUNT
  const expected = { ...SERVICE_ACCOUNT, private_key_id: mask, private_key: mask }
  for (const written of [
    JSON.stringify(SERVICE_ACCOUNT, null, 2),
    JSON.stringify({ x: 1, ...SERVICE_ACCOUNT }),
  ]) {
    expect(redactor.maskText(written).text).toBe(
      written.replace(SERVICE_ACCOUNT.private_key_id, mask).replace(JSON.stringify(PEM).slice(1, -1), mask),
    )
  }
  expect(redactor.maskJson(SERVICE_ACCOUNT).value).toEqual(expected)
  expect(redactor.maskJson(readable).hits).toBe(0)
})

/** The table of docs/secrets.md: what stays readable on purpose. */
const READABLE: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'names in JSON that are made of words',
    `{"username":"svc_reader_eu","db":"inventory_2024","bucket":"customer-assets","file":"settings.json","key":"${PW}"}`,
    ['svc_reader_eu', 'inventory_2024', 'customer-assets', 'settings.json'],
  ],
  [
    'lines of a document that hold no secret',
    `apiVersion: v1\nkind: Config\ncurrent-context: minikube-local\nusers:\n- name: x\n  user: { token: ${PW} }\n# made by hand\n`,
    ['apiVersion: v1', 'kind: Config', 'current-context: minikube-local', '# made by hand'],
  ],
  [
    'lines of an .env that hold no secret',
    `NODE_ENV=production\nLOG_LEVEL=debug-all\nAPI_KEY=${PW}\n`,
    ['NODE_ENV=production', 'LOG_LEVEL=debug-all'],
  ],
  [
    'lines of JSON that hold no secret',
    JSON.stringify(SERVICE_ACCOUNT, null, 2),
    [
      '  "type": "service_account",',
      '  "universe_domain": "googleapis.com"',
      '  "project_id": "my-project-123456",',
      '"client_email": "svc@my-project-123456.iam.gserviceaccount.com",',
    ],
  ],
  [
    'what a connection string says besides',
    `Server=tcp:x.database.windows.net,1433;Initial Catalog=orders-of-all;User ID=svc_reader;Password=${PW};Encrypt=True;Connection Timeout=30`,
    [
      'Server=tcp:x.database.windows.net,1433;Initial Catalog=orders-of-all',
      'Encrypt=True;Connection Timeout=30',
    ],
  ],
  [
    'names of hosts, ports, databases',
    'postgres://postgres:S3cr3t-Pa55@db.internal.example.com:5432/inventory',
    ['db.internal.example.com:5432', '5432/inventory', 'postgres://postgres'],
  ],
  ['user names made of words', 'mysql://readonly_user:S3cr3t-Pa55@db/app', ['readonly_user']],
  [
    'ids of projects, tenants, clients',
    '{"tenant_id":"0f8fad5b-d9cb-469f-a165-70867728950e","client_id":"123456789012345678901","project_id":"my-project-123456"}',
    ['0f8fad5b-d9cb-469f-a165-70867728950e', '123456789012345678901', 'my-project-123456'],
  ],
  [
    'e-mail addresses of accounts',
    Buffer.from('me@example.com:S3cr3t-Pa55').toString('base64'),
    ['me@example.com'],
  ],
  [
    'addresses that carry nothing',
    '{"key":"S3cr3t-Pa55","a":"https://api.example.com/v1/things?page=2"}',
    ['https://api.example.com/v1/things?page=2'],
  ],
  [
    'regions, switches, numbers, dates, versions, paths',
    '{"a":"eu-central-1","b":"2026-11-28T10:00:00Z","c":"1234567890","d":"12.345.6789","e":"/var/lib/data","key":"S3cr3t-Pa55"}',
    ['eu-central-1', '2026-11-28T10:00:00Z', '1234567890', '12.345.6789', '/var/lib/data'],
  ],
  [
    'words of settings',
    '{"a":"production","b":"read-only-replica","c":"ServiceAccount","key":"S3cr3t-Pa55"}',
    ['production', 'read-only-replica', 'ServiceAccount'],
  ],
  [
    'algorithms and the first part of a JWT',
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxLCJiIjoyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV',
    ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', 'SCRAM-SHA-256'],
  ],
  [
    'certificates and public keys',
    JSON.stringify({ cert: PEM.replaceAll('PRIVATE KEY', 'CERTIFICATE'), key: PW }),
    [PEM.replaceAll('PRIVATE KEY', 'CERTIFICATE')],
  ],
  [
    'passwords that everybody knows',
    'postgres://postgres:postgres@localhost:5432/postgres',
    ['postgres', 'localhost:5432'],
  ],
  ['words of a phrase', 'correct horse battery staples', ['correct horse', 'staples and batteries']],
]

test.each(READABLE)('stays readable: %s', (_, value, texts) => {
  const redactor = knowing(value)
  expect(texts.filter((text) => redactor.maskText(`about ${text} here`).hits > 0)).toEqual([])
})

test('a part that two servers share belongs to both', () => {
  const redactor = knowing(`redis://:${PW.replaceAll('/', '%2F')}@cache`)
  redactor.add('t', [new Secret(`Server=db;Password=${PW}`, 't.DB')])
  expect(redactor.foreignSecrets(PW, 's')).toEqual([])
  expect(redactor.foreignSecrets(PW, 't')).toEqual([])
  expect(redactor.foreignSecrets(PW, 'u')).toEqual(['s.T'])
})

test.each([
  'a',
  '{a;',
  'a:b@c,',
  '{"a":',
  'eyJhbGciOiJIUzI1NiJ9.',
  'YWJj',
  '%41',
  'key="x" ',
  "'",
  'a b ',
  '://',
  '<a>',
  '-----BEGIN A-----xxxxxxxxxxxxxxxx',
  'A1b2C3d4E5f6,',
  'x1y2z3w4\n',
])('work and number are bounded: %j over and over', (piece) => {
  const value = piece.repeat(Math.ceil(65_536 / piece.length))
  const taken = work(() => {
    const parts = partsOf(value)
    isDocument(value, parts)
    expect(parts.length).toBeLessThanOrEqual(MAX_PARTS)
  })
  // Read to the square it would be minutes.
  expect(taken).toBeLessThan(200)
})

test('a value without a structure has no parts', () => {
  for (const value of [
    'ghp_R4nd0mTokenR4nd0mTokenR4nd0mToken1234',
    'Tr0ub4dor&3x',
    'hunter2hunter2',
    'AKIAIOSFODNN7EXAMPLE',
    '',
  ]) {
    expect(partsOf(value)).toEqual([])
  }
})
