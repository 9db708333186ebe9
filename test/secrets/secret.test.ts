/** A secret never prints itself, however it is written out (promise 3). */
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { looksSecret } from '../../src/secrets/words/names.ts'
import { Secret } from '../../src/secrets/secret.ts'

const VALUE = 'hunter2-hunter2'
const secret = new Secret(VALUE, 'github.TOKEN')

function written(write: (stream: Writable) => void): string {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  write(stream)
  return text
}

const ways: readonly [string, () => string][] = [
  ['String', () => String(secret)],
  ['a template literal', () => `secret: ${secret as unknown as string}`],
  ['concatenation', () => 'x' + (secret as unknown as string)],
  ['join', () => [secret].join()],
  ['JSON.stringify', () => JSON.stringify({ secret, list: [secret] })],
  ['util.inspect', () => inspect({ secret }, { depth: 9 })],
  ['util.inspect with hidden properties', () => inspect(secret, { showHidden: true, getters: true })],
  [
    'util.inspect without custom inspection',
    () => inspect(secret, { customInspect: false, showHidden: true }),
  ],
  ['util.format', () => format('%s %o %O %j', secret, secret, secret, secret)],
  ['console.log', () => written((stream) => new Console(stream).log('%s', secret, { secret }))],
  ['console.table', () => written((stream) => new Console(stream).table([{ secret }]))],
  [
    'Object.keys, values and entries',
    () => JSON.stringify([Object.keys(secret), Object.values(secret), Object.entries(secret)]),
  ],
  ['all own property names', () => JSON.stringify(Object.getOwnPropertyDescriptors(secret))],
  ['a spread copy', () => inspect(Object.assign({}, secret))],
  ['structuredClone', () => inspect(structuredClone(secret))],
  ['an error message and its cause', () => inspect(new Error(`no: ${String(secret)}`, { cause: secret }))],
  ['a map and a set', () => inspect([new Map([['a', secret]]), new Set([secret])])],
  [
    'pino',
    () =>
      written((stream) =>
        pino(stream).warn({ secret, list: [secret] }, 'used %s %o %j', secret, secret, secret),
      ),
  ],
]

describe('a secret does not print itself through', () => {
  test.each(ways)('%s', (_, print) => {
    const text = print()
    expect(text).not.toContain('hunter2')
    expect(text.length).toBeGreaterThan(0)
  })
})

test('its label is what is seen, and its characters are had by asking', () => {
  expect(String(secret)).toBe('[secret github.TOKEN]')
  expect(secret.reveal()).toBe(VALUE)
  expect([secret.maskable, new Secret('short', 'x').maskable]).toEqual([true, false])
})

describe('a name that looks like a secret', () => {
  const secrets =
    'GITHUB_TOKEN githubToken API_KEY apiKey OPENAI_APIKEY DB_PASSWORD AWS_SECRET_ACCESS_KEY ' +
    'GITHUB_PAT DATABASE_URL CONNECTION_STRING X-Api-Key SESSION_COOKIE PGPASSWORD'
  test.each(secrets.split(' '))('%s is one', (name) => {
    expect(looksSecret(name)).toBe(true)
  })

  test.each([
    'HOME',
    'PWD',
    'MAX_TOKENS',
    'KEYBOARD',
    'AUTHOR',
    'NODE_ENV',
    'TOKEN_FILE',
    'PUBLIC_KEY',
    'KEY_PATH',
    'PATH',
  ])('%s is none', (name) => {
    expect(looksSecret(name)).toBe(false)
  })
})
