import { describe, expect, test } from 'vitest'
import { brief, briefs, load } from './support.ts'

const MIB = 1024 * 1024

function bytes(...parts: (string | number[])[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  )
}

describe('bytes that are no text', () => {
  const cases: readonly [what: string, content: Uint8Array, problem: string][] = [
    ['two megabytes', Buffer.alloc(2 * MIB, '# \n'), '1:1: the file is larger than 1 MiB'],
    ['one byte too many', Buffer.alloc(MIB + 1, ' '), '1:1: the file is larger than 1 MiB'],
    [
      'UTF-16 with a byte order mark',
      Buffer.from('\uFEFFversion: 1\n', 'utf16le'),
      '1:1: the file is UTF-16',
    ],
    ['UTF-16 without one', Buffer.from('version: 1\n', 'utf16le'), '1:1: the file is UTF-16'],
    ['UTF-16, high byte first', Buffer.from('version: 1\n', 'utf16le').swap16(), '1:1: the file is UTF-16'],
    ['Latin-1', bytes('version: 1\n# caf', [0xe9], '\n'), '2:6: the file is not UTF-8 at byte offset 16'],
    [
      'a bad byte behind characters of several bytes',
      bytes('é: ü', [0xff]),
      '1:5: the file is not UTF-8 at byte offset 6',
    ],
    [
      'a character that is cut off',
      bytes('a\nb: ', [0xe2, 0x82]),
      '2:4: the file is not UTF-8 at byte offset 5',
    ],
    ['an overlong form', bytes([0xc0, 0xaf]), '1:1: the file is not UTF-8 at byte offset 0'],
    ['an encoded surrogate', bytes('x: ', [0xed, 0xa0, 0x80]), '1:4: the file is not UTF-8 at byte offset 3'],
    [
      'a picture',
      bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      '1:1: the file is not UTF-8 at byte offset 0',
    ],
    [
      'a program',
      bytes([0x7f], 'ELF', [2, 1, 1, 0]),
      '1:1: the file holds a control character, so it is not a text file',
    ],
    [
      'a NUL',
      bytes('version: 1\nx: a', [0], 'b\n'),
      '2:5: the file holds a control character, so it is not a text file',
    ],
  ]
  test.each(cases)('%s', async (_, content, problem) => {
    const loaded = await load(content)
    expect(loaded.problems.map(brief)).toEqual([problem])
    expect(loaded.config).toBeUndefined()
  })

  test('a byte order mark and Windows line ends are fine', async () => {
    const { config } = await load('\uFEFFversion: 1\r\nservers:\r\n  a:\r\n    command: x\r\n')
    expect(config?.servers.map(({ id, position }) => ({ id, position }))).toEqual([
      { id: 'a', position: { line: 3, col: 3 } },
    ])
  })

  test('one mebibyte is read', async () => {
    const text = 'version: 1\nservers: { a: { command: x } }\n# '
    const { config } = await load(text + 'x'.repeat(MIB - text.length))
    expect(config?.servers).toHaveLength(1)
  })
})

/** More than a file may have parts, and enough for work that grows with more than the size to hit the runner's own limit. */
const MANY = 120_000

describe('text that makes work', () => {
  const laughs = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((name, index) => {
      const before = `*${'abcdefgh'[index] ?? ''}`
      return `${name}: &${name} [${Array.from({ length: 10 }, () => before).join(',')}]`
    }),
  ].join('\n')
  const chain = [
    '- &a0 [x]',
    ...Array.from({ length: 9000 }, (_, index) => `- &a${index + 1} [*a${index}]`),
  ].join('\n')
  const cases: readonly [what: string, text: string, problem: RegExp][] = [
    ['a billion laughs', laughs, /^\d+:\d+: the file has too many values once its aliases are followed$/],
    [
      'an alias that contains itself',
      'version: 1\nservers: &s\n  a: *s\n',
      /^3:6: an alias contains itself$/,
    ],
    ['aliases that contain each other', 'a: &a\n  b: &b [*a, *b]\n', /^2:\d+: an alias contains itself$/],
    ['a long chain of aliases', chain, /^\d+:\d+: aliases make the file too deep$/],
    ['100,000 aliases', `a: &a x\nb:\n${'- *a\n'.repeat(100_000)}`, /^\d+:\d+: the file has too many parts$/],
    ['deep lists', '['.repeat(MANY), /^1:\d+: the file is nested too deeply$/],
    ['deep mappings', '{a: '.repeat(MANY), /^1:\d+: the file is nested too deeply$/],
    ['deep block lists', '- '.repeat(MANY), /^1:\d+: the file is nested too deeply$/],
    ['deep keys', '? '.repeat(MANY), /^1:\d+: the file is nested too deeply$/],
    ['only closing brackets', ']'.repeat(MANY), /^1:\d+: the file has too many parts$/],
    ['only quotes', '"'.repeat(2 * MANY), /^1:\d+: the file has too many parts$/],
    ['only commas', `[${','.repeat(MANY)}`, /^1:\d+: the file has too many parts$/],
    ['only documents', '---\n'.repeat(MANY), /^\d+:\d+: the file has too many parts$/],
    ['only anchors', '&a '.repeat(MANY), /^1:\d+: the file has too many parts$/],
    ['only directives', '%a\n'.repeat(20_000), /^1:1: a line that begins with % is not a YAML directive$/],
    ['many keys', Array.from({ length: 90_000 }, (_, index) => `k${index}: 1`).join('\n'), /too many parts$/],
  ]
  test.each(cases)('%s is an error, soon', async (_, text, problem) => {
    const loaded = await load(text)
    expect(loaded.problems.map(brief).join('\n')).toMatch(new RegExp(problem.source, 'm'))
    expect(loaded.config).toBeUndefined()
  })

  test('a key that is given 10,000 times', async () => {
    const problems = await briefs('a: 1\n'.repeat(10_000))
    expect(problems[0]).toBe('1:1: "version" is missing')
    expect(problems).toContain('2:1: "a" is given twice, first in line 1')
  })

  test('aliases within reason work, and each means the last anchor before it', async () => {
    const { config } = await load(
      'version: 1\nservers:\n  a: { command: x, env: &e { A: &v one } }\n  b: { command: *v, env: *e }\n  c: { command: &v two, env: { B: *v } }\n',
    )
    const sources = config?.servers.map(({ launch }) =>
      launch.kind === 'stdio'
        ? [launch.command.source, ...[...launch.env].map(([name, { source }]) => `${name}=${source}`)]
        : [],
    )
    expect(sources).toEqual([
      ['x', 'A=one'],
      ['one', 'A=one'],
      ['two', 'B=two'],
    ])
  })
})
