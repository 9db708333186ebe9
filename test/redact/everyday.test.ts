/** What is no secret stays as it is, however many secrets are known (promise 7): their like, dumps, code, everyday talk. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { SHAPES } from './shapes.ts'

/** The same in every run. */
function bytes(seed: string, size: number): Buffer {
  return createHash('shake256', { outputLength: size }).update(seed).digest()
}
const letters = (seed: string, size: number): string =>
  bytes(seed, size * 2)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, size)
const hex = (seed: string, size: number): string => bytes(seed, size / 2).toString('hex')
const uuid = (seed: string): string =>
  hex(seed, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5')
const jwt = (seed: string): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'https://auth.example.test/realms/main', sub: seed })}.${bytes(seed, 32).toString('base64url')}`
}

/** By what each kind looks like; the same kind is then made of other seeds. */
const KINDS: Record<string, (seed: string) => string> = {
  'a token of GitHub': (seed) => `ghp_${letters(seed, 36)}`,
  'a finer one of one account': (seed) =>
    `github_pat_11ABCDEFG0${letters(seed, 12)}_${letters(`${seed}b`, 59)}`,
  'a key of OpenAI': (seed) => `sk-proj-${letters(seed, 20)}T3BlbkFJ${letters(`${seed}b`, 20)}`,
  'a token of Slack in one team': (seed) => `xoxb-204857294710-384756102938-${letters(seed, 24)}`,
  'a UUID': uuid,
  'a hash': (seed) => hex(seed, 64),
  'a short hash': (seed) => hex(seed, 16),
  'a JWT of one issuer': jwt,
  'a password': (seed) => `${letters(seed, 6)}-${letters(`${seed}b`, 6)}`,
  'a number': (seed) => `${BigInt(`0x${hex(seed, 16)}`)}`.slice(0, 16),
  'an address of a database': (seed) =>
    `postgres://app:${letters(seed, 16)}@db.internal.example.com:5432/app`,
  'a passphrase': () => 'correct horse battery staple',
}

const redactor = new Redactor()
const KNOWN = [...Object.values(KINDS).map((kind) => kind('known')), ...SHAPES.map(([, value]) => value)]
redactor.add(
  's',
  KNOWN.map((value, i) => new Secret(value, `s.T${i}`)),
)

function expectUntouched(value: unknown): void {
  expect(redactor.maskJson(value)).toEqual({ value, hits: 0 })
  expect(redactor.foreignSecrets(value, 'other')).toEqual([])
}

describe('others of the same kind', () => {
  test.each(Object.entries(KINDS).filter(([kind]) => !/phrase/.test(kind)))('%s', (_, kind) => {
    const others = Array.from({ length: 300 }, (_, i) => kind(`other ${i}`))
    expectUntouched({ content: [{ type: 'text', text: others.join('\n') }] })
    expectUntouched({ structuredContent: { rows: others.map((id, n) => ({ n, id })) } })
    const thread = redactor.thread()
    for (const message of others.slice(0, 100)) expect(thread.maskText(message)).toBe(message)
  })
})

describe('much of what looks random', () => {
  const MB = 1_000_000
  const dump = (size: number): string =>
    (hex('dump', size * 2).match(/.{32}/g) ?? [])
      .map(
        (line, i) =>
          `${(i * 16).toString(16).padStart(8, '0')}: ${line.replace(/.{4}(?=.)/g, '$& ')}  ................`,
      )
      .join('\n')
  test.each<[string, () => unknown]>([
    ['a dump', () => dump(MB / 4)],
    ['hex', () => hex('hex', MB)],
    [
      'an image',
      () => ({
        content: [{ type: 'image', mimeType: 'image/png', data: bytes('png', MB / 2).toString('base64') }],
      }),
    ],
    [
      'two blobs',
      () => ({ contents: ['a', 'b'].map((seed) => ({ blob: bytes(seed, MB / 8).toString('base64') })) }),
    ],
    [
      'mail',
      () =>
        bytes('mail', MB / 8)
          .toString('base64')
          .replaceAll(/.{76}/g, '$&\r\n'),
    ],
    ['bytes as numbers', () => [...bytes('numbers', 50_000)]],
    ['words of four', () => hex('words', MB / 4).match(/.{4}/g)],
    ['a lock file', () => readFileSync('package-lock.json', 'utf8')],
  ])('%s', (_, make) => {
    expectUntouched(make())
  })
})

describe('what people and programs write', () => {
  const files = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(?:ts|md|json)$/.test(name),
    )

  test('the code of this repository, every eighth file of it, whole and line by line', () => {
    for (const name of files('src').filter((_, n) => n % 8 === 0)) {
      const text = readFileSync(join('src', name), 'utf8')
      expectUntouched({ content: [{ type: 'text', text }] })
      expectUntouched({ lines: text.split('\n').map((line, n) => ({ n, line })) })
    }
  })

  const SENTENCES = `Could not connect to db.internal.example.com:5432 as app
The horse is correct, but the battery of the staple gun is flat
FATAL: password authentication failed for user "app" (database app on db.internal)
see https://auth.example.test/realms/main and github.com/settings/tokens for a token that begins with github_pat_11
2024-01-15T10:00:00.123Z INFO [worker-7] handled 12345678 rows in 0.25 s (id 3f2504e0)
tokens of Slack begin with xoxb-, of GitHub with ghp_, of OpenAI with sk-proj-
type: service_account, project_id: my-project-123456, auth_uri: https://accounts.google.com/o/oauth2/auth
-----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- stand around it
1 234 567,89 € · 0x1F · 1e10 · 192.168.178.1 · 00:1a:2b:3c:4d:5e · +49 (0)89 123456-78`.split('\n')

  test('talk and logs, each alone, in one text and as a thread', () => {
    const thread = redactor.thread()
    for (const line of SENTENCES) {
      expectUntouched(line)
      expect(thread.maskText(line)).toBe(line)
    }
    expectUntouched(SENTENCES.join('\n'))
    expectUntouched(SENTENCES.map((text) => ({ type: 'text', text })))
  })

  test('anything', () => {
    const word = fc.oneof(
      fc.lorem({ maxCount: 3 }),
      fc.string(),
      fc.uuid(),
      fc.ipV4(),
      fc.anyUrl(),
      fc.base64String(),
      fc.double().map(String),
    )
    const value = fc.oneof(word, fc.array(word), fc.dictionary(word, fc.oneof(word, fc.array(word))))
    fc.assert(
      fc.property(value, (any) => {
        expect(redactor.maskJson(any).value).toBe(any)
      }),
      { numRuns: 150 },
    )
  })
})
