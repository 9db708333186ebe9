/** What the library finds, in our words and with the token's own place. */
import { rules } from '@secretlint/secretlint-rule-preset-recommend'
import { describe, expect, test } from 'vitest'
import { findTokens, KIND_WORDS } from '../../../src/secrets/tokens/find.ts'
import { chars, GITHUB, privateKey, TOKENS } from '../../checkup/leaks/support.ts'
import { workOf } from '../../work.ts'

test.each(TOKENS)('%s, alone and inside a longer text', async (what, token) => {
  for (const [before, after] of [
    ['', ''],
    ['x=', ';y'],
    ['{"a":"', '"}'],
    ['# was ', '\n'],
  ] as const) {
    const from = before.length
    expect(await findTokens(before + token + after)).toEqual([{ from, to: from + token.length, what }])
  }
})

test('of a secret that its name gives away the place is that of the secret', async () => {
  const key = chars(40, 'aws')
  const before = ['AWS_SECRET', '_ACCESS_KEY: '].join('')
  expect(await findTokens(`a: 1\n${before}${key}\n`)).toEqual([
    { from: 5 + before.length, to: 5 + before.length + key.length, what: 'an AWS secret access key' },
  ])
})

test('a private key, and an address with a password', async () => {
  expect((await findTokens(`x ${privateKey()} y`)).map(({ what }) => what)).toEqual(['a private key'])
  const address = `postgres://app:${chars(12)}@db.example.net/x`
  expect(await findTokens(address)).toEqual([
    { from: 0, to: address.length, what: 'a database address with a password' },
  ])
})

const harmless: readonly [what: string, text: string][] = [
  ['nothing', ''],
  [
    "AWS's own examples",
    'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY AKIAIOSFODNN7EXAMPLE',
  ],
  ['a hash', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['a reference', '${team:/github/TOKEN} ghp_${env:X}'],
  ['a package', '@modelcontextprotocol/server-github@2026.8.31 npm_config_registry'],
]

test.each(harmless)('%s is no token', async (_, text) => {
  expect(await findTokens(text)).toEqual([])
})

test('a comment of the file does not switch the check off', async () => {
  for (const directive of ['secretlint-disable', 'secretlint-disable-next-line', 'secretlint-disable-line']) {
    const found = await findTokens(`# ${directive}\n${GITHUB} # ${directive}\n`)
    expect(found.map(({ what }) => what)).toEqual(['a GitHub token'])
  }
})

test('every rule of the library has words of ours, so that an update with more is noticed', () => {
  const ids = rules.map(({ meta }) => meta.id.replace('@secretlint/secretlint-rule-', ''))
  expect(ids.filter((id) => id !== 'filter-comments').toSorted()).toEqual([...KIND_WORDS.keys()].toSorted())
})

test('the library keeps nothing of a look: its marks were searched again for each new one', async () => {
  const marks = (): number => performance.getEntriesByType('mark').length
  const before = marks()
  await findTokens('a'.repeat(100_000))
  expect(marks()).toBe(before)
})

describe('text made to take long', () => {
  const units = [
    'a',
    'ghp_',
    'A',
    ':',
    ' ',
    '\n',
    'postgres://',
    'http://a:b',
    '-----BEGIN ',
    'a://b:c@',
    'SECRET_ACCESS_KEY=',
    '{"auths":',
    'eyJ',
  ]
  test.each(units)('64 KiB of %j', async (unit) => {
    const text = unit.repeat(Math.ceil(2 ** 16 / unit.length))
    expect(await workOf(() => findTokens(text))).toBeLessThan(25)
  })
})
