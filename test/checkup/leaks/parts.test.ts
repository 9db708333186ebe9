/** The pure parts of what `check` says of secrets. */
import { describe, expect, test } from 'vitest'
import { fileMarks, filesOf } from '../../../src/checkup/leaks/files.ts'
import { identityOf, sharedMarks } from '../../../src/checkup/leaks/shared.ts'
import { storeOptions, type StoreOptions } from '../../../src/secrets/stores/options.ts'
import { parseTemplate, references, type Reference } from '../../../src/secrets/reference.ts'

describe('one secret for two servers', () => {
  const facts = (stores: Record<string, unknown>) => ({
    stores: new Map(Object.entries(stores).map(([alias, one]) => [alias, storeOptions.parse(one)])),
    environment: 'dev',
    dir: '/d',
  })
  const referenceIn = (text: string): Reference => {
    const parsed = parseTemplate(text)
    const part = parsed.ok ? references(parsed.template)[0] : undefined
    if (part === undefined) throw new Error(`no reference in ${text}`)
    return part.reference
  }
  const vault = { type: 'vault', address: 'https://v', auth: { method: 'token', token: '${env:A_TOKEN}' } }
  const stores = facts({
    v: vault,
    w: { ...vault, auth: { method: 'token', token: '${env:B_TOKEN}' } },
    e: { type: 'env', prefix: '{environment}_' },
    f: { type: 'file', path: 'mounted' },
    d: { type: 'dotenv', path: '.env' },
    p: { type: 'dotenv', path: '.env', prefix: 'P_' },
  })
  const pairs: readonly [a: string, b: string, same: boolean][] = [
    ['${v:a/b#c}', '${v:a/b#c}', true],
    ['${v:a/b#c}', '${w:a/b#c}', true],
    ['${v:a/b#c}', '${v:a/b#d}', false],
    ['${v:a/b#c}', '${v:a/c#c}', false],
    ['${e:TOKEN}', '${env:dev_TOKEN}', true],
    ['${e:TOKEN}', '${env:TOKEN}', false],
    ['${env:TOKEN}', '${env:TOKEN:-x}', true],
    ['${f:x}', '${file:mounted/x}', true],
    ['${f:x}', '${file:mounted/y}', false],
    ['${p:TOKEN}', '${d:P_TOKEN}', true],
    ['${p:TOKEN}', '${d:TOKEN}', false],
  ]
  test.each(pairs)('%s and %s', (a, b, same) => {
    const [first, second] = [a, b].map((text) => identityOf(referenceIn(text), 'env.X', stores))
    expect([first === undefined, first === second]).toEqual([false, same])
  })

  test('a harmless variable and a lease are none', () => {
    expect(identityOf(referenceIn('${env:PORT}'), 'env.PORT', stores)).toBeUndefined()
    expect(identityOf(referenceIn('${env:X}'), 'env.API_KEY', stores)).toBeDefined()
    expect(identityOf(referenceIn('${lease:db#A}'), 'env.API_KEY', stores)).toBeUndefined()
  })

  test('each later server is told of the first, once, and a server may repeat itself', () => {
    const at = (line: number) => ({ line, col: 1 })
    const marks = sharedMarks([
      { serverId: 'a', at: at(1), shown: '${v:x}', identity: 'i' },
      { serverId: 'a', at: at(2), shown: '${v:x}', identity: 'i' },
      { serverId: 'b', at: at(3), shown: '${v:x}', identity: 'i', fingerprint: 'f' },
      { serverId: 'b', at: at(4), shown: '${v:x}', identity: 'i', fingerprint: 'f' },
      { serverId: 'c', at: at(5), shown: '"KEY"', fingerprint: 'f' },
      { serverId: 'd', at: at(6), shown: '"KEY"' },
    ])
    expect(marks.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '3 ${v:x} is the same secret that "a" uses too, in line 1',
      '5 "KEY" is the same secret that "a" uses as ${v:x}, in line 1',
    ])
  })
})

describe('files', () => {
  const said = (shown: string, mode: number | undefined, git: 'tracked' | 'addable' | 'no') =>
    fileMarks({ shown, what: 'the .env file', at: { line: 1, col: 1 } }, { mode, git })

  test('what else is to be known of one stands in the sentence without a break', () => {
    const file = { shown: 'servers.yaml', aside: 'with secrets in plain text', at: { line: 1, col: 1 } }
    expect(fileMarks(file, { mode: 0o644, git: 'tracked' }).map(({ message }) => message)).toEqual([
      'servers.yaml with secrets in plain text can be read by other users of this machine',
      'git tracks servers.yaml with secrets in plain text, so who has the repository has its secrets',
    ])
  })

  const cases: readonly [
    mode: number | undefined,
    git: 'tracked' | 'addable' | 'no',
    said: [string, string][],
  ][] = [
    [0o600, 'no', []],
    [0o400, 'no', []],
    [0o700, 'no', []],
    [undefined, 'no', []],
    [0o644, 'no', [['can be read by other users', 'run: chmod 600 d/.env']]],
    [0o660, 'no', [['can be read and changed by', 'run: chmod 600 d/.env']]],
    [0o602, 'no', [['can be changed by', 'run: chmod 600 d/.env']]],
    [0o600, 'tracked', [['git tracks the .env file d/.env', 'run: git -C d rm --cached .env; then']]],
    [0o600, 'addable', [['is not ignored by git', 'run: echo /.env >> d/.gitignore']]],
    [
      0o644,
      'tracked',
      [
        ['can be read', 'chmod'],
        ['git tracks', 'rm --cached'],
      ],
    ],
  ]
  test.each(cases)('mode %o, git %s', (mode, git, expected) => {
    const marks = said('d/.env', mode, git)
    expect(marks).toHaveLength(expected.length)
    for (const [index, [message, hint]] of expected.entries()) {
      expect(marks[index]?.message).toContain(message)
      expect(marks[index]?.hint).toContain(hint)
    }
  })

  test('a name that a shell or a terminal would take otherwise is quoted', () => {
    expect(said("it's; rm x/\u202Ey", 0o644, 'no')[0]?.hint).toBe(
      String.raw`run: chmod 600 'it'\''s; rm x/‹U+202E›y'`,
    )
  })

  const stores: readonly [options: Record<string, unknown>, files: string[]][] = [
    [{ type: 'dotenv', path: '.env.{environment}' }, ['path .env.{environment}']],
    [{ type: 'age', identity: '~/key.txt' }, ['identity ~/key.txt']],
    [{ type: 'dotenvx', path: '.env' }, ['path .env .env.keys']],
    [{ type: 'dotenvx', path: '.env', keysFile: 'k' }, ['keysFile k']],
    [{ type: 'sops', ageKeyFile: 'k' }, ['ageKeyFile k']],
    [{ type: 'gcp-sm', project: 'p', auth: { method: 'key-file', path: 'k.json' } }, ['auth.path k.json']],
    [
      { type: 'vault', address: 'https://v', auth: { method: 'token', token: '${file:~/.vault-token}' } },
      ['auth.token ~/.vault-token'],
    ],
    [{ type: 'vault', address: 'https://v', auth: { method: 'token', token: '${env:T}' } }, []],
    [{ type: 'env' }, []],
  ]
  test.each(stores)('%j', (options, files) => {
    const parsed: StoreOptions = storeOptions.parse(options)
    const found = filesOf(parsed).map(({ path, source, sibling }) =>
      [path.join('.'), source, sibling].filter(Boolean).join(' '),
    )
    expect(found).toEqual(files)
  })
})
