/**
 * Configurations as people paste them: each starts exactly what its writer meant, or says what to do, with the line
 * (promises 1 and 7). Nothing that was commented out or switched off starts.
 */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { findPlainSecrets, replacePlainSecrets } from '../../src/checkup/plain-secrets.ts'
import { FORMS } from './pastes/forms.ts'
import { HOSTS, type Paste } from './pastes/hosts.ts'
import { WORDS } from './pastes/words.ts'
import { brief, inShort, load } from './support.ts'

const noVersion = '1:1: warning: "version" is missing and taken as 1'

/** Sound servers, then those that are off, then those that are kept down. */
async function read(text: string | Uint8Array): Promise<{ starts: string[]; says: string[]; hints: string }> {
  const { runnable, problems } = await load(text)
  const told = problems.filter(({ severity }) => severity === 'error' || problems.length > 0)
  const all =
    runnable === undefined
      ? []
      : [...runnable.servers.map(inShort), ...runnable.odd.map(({ id }) => `${id} !`)]
  return {
    starts: all,
    says: told.map(brief),
    hints: problems
      .filter(({ severity }) => severity === 'error')
      .map(({ hint }) => hint ?? '')
      .join('\n'),
  }
}

const started = (paste: Paste): readonly string[] => paste.starts.filter((line) => !line.endsWith(' off'))

describe.each([
  ['hosts', HOSTS],
  ['forms', FORMS],
  ['words', WORDS],
])('%s', (_, pastes) => {
  test.each(pastes.map((paste) => [paste.what, paste] as const))('%s', async (_what, paste) => {
    const { starts, says, hints } = await read(paste.text)
    expect({ starts, says }).toEqual({ starts: started(paste), says: paste.says ?? [noVersion] })
    if (paste.hint !== undefined) expect(hints).toMatch(paste.hint)
  })
})

test('there are more than 60 of them, and each that starts nothing says why', async () => {
  const all = [...HOSTS, ...FORMS, ...WORDS]
  expect(all.length).toBeGreaterThan(60)
  for (const { what, starts, says = [] } of all)
    if (starts.length === 0)
      expect([what, says.some((line) => !line.includes('warning'))]).toEqual([what, true])
})

/** JSON, and the same with something in every gap that may hold a comment; every list and object may end in a comma. */
function written(value: unknown, gap: () => string, comma: () => string): string {
  const inside = (items: readonly string[]): string =>
    gap() + items.join(`${gap()},${gap()}`) + (items.length === 0 ? '' : gap() + comma() + gap())
  if (Array.isArray(value)) return `[${inside(value.map((item) => written(item, gap, comma)))}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, member]: [string, unknown]) =>
      `${JSON.stringify(key)}${gap()}:${gap()}${written(member, gap, comma)}`,
  )
  return `{${inside(members)}}`
}

test('comments and last commas wherever JSONC has them mean nothing (random)', async () => {
  const text = fc.oneof(
    fc.constantFrom('//', '/*', '*/', '"', "it's", '#', ' # x', 'http://a//b', '${env:A}', '{', ']', ', '),
    fc.string({ maxLength: 8 }),
  )
  const server = fc.record({
    command: fc.constantFrom('x', 'y z', '*'),
    args: fc.array(fc.oneof(text, fc.integer(), fc.boolean()), { maxLength: 3 }),
    env: fc.dictionary(fc.constantFrom('A', 'B'), text),
    disabled: fc.boolean(),
  })
  const file = fc.record({ mcpServers: fc.dictionary(fc.constantFrom('a', 'b', 'c'), server) })
  const comment = fc.oneof(
    fc.constant(' '),
    text.map((inside) => `//${inside.replaceAll(/[\r\n]/g, ' ')}\n `),
    text.map((inside) => `/*${inside.replaceAll('*/', '* /').replace(/\*$/, '')}*/`),
    fc.constant('// "d": { "command": "d" },\n '),
  )
  const gaps = fc.array(comment, { minLength: 1, maxLength: 12 })
  const places = fc.constantFrom<(json: string) => string>(
    (json) => json,
    (json) => `version: 1\nmcpServers: ${json.slice(json.indexOf(':') + 1, -1)}\n`,
  )
  await fc.assert(
    fc.asyncProperty(
      file,
      gaps,
      fc.array(fc.boolean(), { minLength: 1 }),
      places,
      async (value, fill, ends, place) => {
        let at = 0
        const gap = (): string => fill[(at += 1) % fill.length] ?? ''
        const comma = (): string => (ends[(at += 1) % ends.length] === true ? ',' : '')
        const plain = await load(JSON.stringify(value))
        // Behind a comma for the second place, where the first colon is the member's.
        const inner = written(value.mcpServers, gap, comma)
        const commented = await load(place(`{"mcpServers":${inner}${comma()}}`).replace(/,\n$/, '\n'))
        const brief = ({ runnable }: typeof plain): unknown => [
          runnable?.servers.map(inShort),
          runnable?.odd.map(({ id, message }) => [id, message]),
        ]
        expect(brief(commented)).toEqual(brief(plain))
      },
    ),
    { numRuns: 50 },
  )
})

test('a secret moves out of a file with comments, and every comment stays', async () => {
  const text = `// mine
{ /* all */ "mcpServers": { // these
    // "d": { "command": "d" },
    "b": { "command": "x", "env": { "API_TOKEN": "q7Zx9Kq7Zx9K", // why
      /* "OLD": "1", */ }, }, }, }
`
  const secrets = await findPlainSecrets(text)
  expect(secrets.map(({ name, value, at }) => [name, value, at])).toEqual([
    ['API_TOKEN', 'q7Zx9Kq7Zx9K', { line: 4, col: 50 }],
  ])
  const moves = secrets.map((secret) => ({ secret, reference: '${local:b}' }))
  const declaration = { alias: 'local', type: 'local' }
  const result = replacePlainSecrets(text, moves, declaration)
  expect(result).toBe(
    text
      .replace('{ /* all */', '{ "secrets": { "local": { "type": "local" } }, /* all */')
      .replace('q7Zx9Kq7Zx9K', '${local:b}'),
  )
  expect((await read(result ?? '')).starts).toEqual(['b x API_TOKEN=${local:b}'])
})

test.each([
  [
    'under the version',
    'version: 1\n  "mcpServers": {\n    "b": { "command": "x", "env": { "API_TOKEN": "q7Zx9Kq7Zx9K" } } }\n',
  ],
  [
    'in the whole file under the version',
    'version: 1\n{ "mcpServers": { "b": { "command": "x", "env": { "API_TOKEN": "q7Zx9Kq7Zx9K" } } } }\n',
  ],
  [
    'without braces',
    '"b": { "command": "x", "env": { "API_TOKEN": "q7Zx9Kq7Zx9K" } },\n    "c": { "command": "y" }\n',
  ],
  [
    'in a list',
    'version: 1\nmcpServers:\n  - name: b\n    command: x\n    env: { API_TOKEN: q7Zx9Kq7Zx9K }\n',
  ],
  [
    'under the key of a host',
    '{ "context_servers": { "b": { "command": { "path": "x", "env": { "API_TOKEN": "q7Zx9Kq7Zx9K" } } } } }',
  ],
])('a secret moves out of what was pasted %s', async (_, text) => {
  const secrets = await findPlainSecrets(text)
  const moves = secrets.map((secret) => ({ secret, reference: '${local:b}' }))
  const result = replacePlainSecrets(text, moves, { alias: 'local', type: 'local' }) ?? ''
  expect((await read(result)).starts[0]).toBe('b x API_TOKEN=${local:b}')
  expect((await load(result)).config?.stores.get('local')).toEqual({ type: 'local' })
})

test('a variable of a host is no secret in plain, and is never moved to a store', async () => {
  const values = [
    '$MY_TOKEN',
    '%MY_TOKEN%',
    '{{MY_TOKEN}}',
    '{env:MY_TOKEN}',
    'Bearer $MY_TOKEN',
    '<YOUR_TOKEN>',
    '$(cat token)',
  ]
  for (const value of values) {
    const text = JSON.stringify({ mcpServers: { b: { command: 'x', env: { API_TOKEN: value } } } })
    expect([value, await findPlainSecrets(text)]).toEqual([value, []])
  }
})
