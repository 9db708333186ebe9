import { describe, expect, it } from 'vitest'
import { callLine, LINE_COLUMNS } from '../../../src/approval/words/call-line.ts'
import { columnsOf } from '../../../src/approval/words/shorten.ts'
import { visibleLine } from '../../../src/visible.ts'

const memory = { server: 'memory', tool: 'delete_entities' }
const lineOf = (args: Record<string, unknown>, more: object = {}): string =>
  callLine({ ...memory, args, ...more }).text

describe('the call in one line (promise 4)', () => {
  it.each([
    [{ entityNames: ['demo-project'] }, 'memory: delete_entities entityNames=["demo-project"]'],
    [{}, 'memory: delete_entities (no arguments)'],
    [{ content: 'hi', force: true, path: '/a' }, 'memory: delete_entities path="/a" force=true content="hi"'],
    [{ limit: 1, sql: 'DROP', table: 't' }, 'memory: delete_entities table="t" sql="DROP" limit=1'],
    [{ body: 'b', repositoryId: 7, owner: 'o' }, 'memory: delete_entities owner="o" repositoryId=7 body="b"'],
    [{ limit: 1, sql: 'x', userId: 7 }, 'memory: delete_entities userId=7 sql="x" limit=1'],
    [{ force: true, fileIDs: [1], toURL: 'u' }, 'memory: delete_entities toURL="u" fileIDs=[1] force=true'],
    [{ 'a b': null, 'c=1': 2 }, 'memory: delete_entities "a b"=null "c=1"=2'],
  ])('%j', (args, line) => {
    expect(callLine({ ...memory, args })).toEqual({ text: line, whole: true })
  })

  it.each([
    ['prompt', 'greet', 'memory: prompt greet id=1'],
    ['resource', 'file:///etc/passwd', 'memory: resource "file:///etc/passwd" id=1'],
    ['sampling', 'sampling/createMessage', 'memory: have your model write for it id=1'],
  ] as const)('says that it is a %s', (kind, tool, line) => {
    expect(lineOf({ id: 1 }, { kind, tool })).toBe(line)
  })

  const long: [string, Record<string, unknown>, RegExp][] = [
    [
      '10 kB',
      { sql: `DROP TABLE a;${'x'.repeat(10_000)}WHERE 1=1` },
      /sql="DROP TABLE a;x+"…\(\d+ more\)…"x+WHERE 1=1"$/,
    ],
    [
      '10 kB of escapes',
      { id: '\u0001"\\\n'.repeat(3000) },
      /^memory: delete_entities id="\\u0001\\"\\\\\\n.*\\u0001\\"\\\\\\n"$/,
    ],
    ['10 kB that is wide', { id: '日本'.repeat(5000) }, /id="日本.*"…\(\d+ more\)…".*日本"$/],
    [
      'a long list',
      { ids: Array.from({ length: 5000 }, (_, at) => at) },
      /ids=\[0,1,2,.*…\(\d+ more\)….*,4999\]$/,
    ],
    [
      '200 arguments',
      Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`path${at}`, 'v'])),
      / and 1\d\d more arguments$/,
    ],
    [
      '200 long ones',
      Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`k${at}`, 'v'.repeat(999)])),
      /k0="v+"…\(\d+ more\)…"v+" .* and 19\d more arguments$/,
    ],
    ['a long name', { ['n'.repeat(5000)]: 1 }, /n…\(\d+ more\)…n+=1$|"n+"…\(\d+ more\)…"n+"=1$/],
    [
      'a path behind a long text',
      { content: 'x'.repeat(9000), path: '/etc/shadow' },
      /delete_entities path="\/etc\/shadow" content="x/,
    ],
  ]
  it.each(long)('%s: bounded, with beginning and end, and said to be shortened', (_what, args, line) => {
    const { text, whole } = callLine({ ...memory, args })
    expect(text).toMatch(line)
    expect(whole).toBe(false)
    expect(columnsOf(text)).toBeLessThanOrEqual(LINE_COLUMNS)
  })

  it('a tool’s own name pushes nothing out of sight', () => {
    const { text, whole } = callLine({
      server: 'evil',
      tool: `get ${'x'.repeat(250)}`,
      args: { path: '/etc' },
    })
    expect(text).toMatch(/^evil: "get x+"…\(\d+ more\)…"x+" path="\/etc"$/)
    expect(whole).toBe(false)
  })

  it('a tool’s own name ends no comment that it begins, and so hides no argument', () => {
    expect(lineOf({ path: '/etc' }, { tool: '--> notes <!-- [a](b) &lt;' })).toBe(
      String.raw`memory: "--> notes \u003c!-- [a\u005d(b) \u0026lt;" path="/etc"`,
    )
  })

  const posing: [string, unknown, string][] = [
    ['a line break', 'y"\nrisk: read', String.raw`id="y\"\nrisk: read"`],
    ['other line ends', 'a\u2028b\u0085c', 'id="a‹U+2028›b‹U+0085›c"'],
    ['text that runs backwards', '\u202Ekcab', 'id="‹U+202E›kcab"'],
    ['the mark of what is left out', '"…(1 more)…"', String.raw`id="\"…(1 more)…\""`],
    ['another argument', '1" path="/tmp', String.raw`id="1\" path=\"/tmp"`],
    ['blanks', `a${' '.repeat(60)}b`, 'id="a‹60 spaces›b"'],
    ['a comment', '<!-- a -->', String.raw`id="\u003c!-- a -->"`],
    ['a tag', '<img src=x>', String.raw`id="\u003cimg src=x>"`],
    ['a link', '[safe](https://evil.example)', String.raw`id="[safe\u005d(https://evil.example)"`],
    ['an entity', '&lt;b&#62;', String.raw`id="\u0026lt;b\u0026#62;"`],
    ['no markup', 'a < b && c[1] & d', 'id="a < b && c[1] & d"'],
  ]
  it.each(posing)('%s in a value stays in it', (_what, value, shown) => {
    const line = lineOf({ id: value })
    expect(line).toBe(`memory: delete_entities ${shown}`)
    expect(visibleLine(line)).toBe(line)
  })

  it('a comment that begins in one argument and ends in another hides none between them', () => {
    expect(lineOf({ a: '<!--', b: 'rm -rf', c: '-->' })).toContain(String.raw`a="\u003c!--" b="rm -rf"`)
  })

  it.each([40, 100, 480])('within %s columns says that it is whole exactly where it is', (columns) => {
    for (let length = 0; length < 600; length += 7) {
      const id = 'x'.repeat(length)
      const { text, whole } = callLine({ ...memory, args: { id } }, columns)
      expect(whole).toBe(text.includes(`id="${id}"`))
      expect(columnsOf(text)).toBeLessThanOrEqual(Math.max(columns, 64))
    }
  })
})
