/** Promise 4, boundaries: what a rule allows on a host goes nowhere else, whatever program reads the address. */
import { describe, expect, test } from 'vitest'
import { fits, judgeWhere } from '../../../src/policy/where/judge.ts'
import { whereOptions, type Condition } from '../../../src/policy/where/options.ts'
import { ELSEWHERE, type ServerPlace } from '../../../src/policy/where/place.ts'
import { work } from '../../work.ts'

const WINDOWS: ServerPlace = {
  base: 'C:\\work',
  home: 'C:\\Users\\me',
  platform: 'win32',
  disk: { look: () => ({ kind: 'there' }), spelt: (path) => path },
}
const kind = (condition: Condition, value: unknown, place: ServerPlace = ELSEWHERE): string =>
  fits(condition, value, place).kind

const API = 'https://api.example.com/repos/acme/**'

const OUT_OF_API: readonly [string, string][] = [
  ['another host', 'https://evil.com/repos/acme/x'],
  ['a host that ends alike', 'https://api.example.com.evil.com/repos/acme/x'],
  ['a host that begins otherwise', 'https://xapi.example.com/repos/acme/x'],
  ['another scheme', 'http://api.example.com/repos/acme/x'],
  ['a scheme of scripts', 'javascript://api.example.com/repos/acme/%0aalert(1)'],
  ['a user', 'https://api.example.com@evil.com/repos/acme/x'],
  ['a user with a password', 'https://api.example.com:443@evil.com/repos/acme/x'],
  ['a user before the host', 'https://x@api.example.com/repos/acme/x'],
  ['a user in an encoding', 'https://api.example.com%40evil.com/repos/acme/x'],
  ['a backslash', 'https://evil.com\\@api.example.com/repos/acme/x'],
  ['backslashes for slashes', 'https:\\\\api.example.com\\repos\\acme\\x'],
  ['one slash', 'https:/api.example.com/repos/acme/x'],
  ['three slashes', 'https:///api.example.com/repos/acme/x'],
  ['no slashes', 'https:api.example.com/repos/acme/x'],
  ['no scheme', '//api.example.com/repos/acme/x'],
  ['a port', 'https://api.example.com:8443/repos/acme/x'],
  ['an odd port', 'https://api.example.com:0443/repos/acme/x'],
  ['a port that is none', 'https://api.example.com:/repos/acme/x'],
  ['a dot at the end of the host', 'https://api.example.com./repos/acme/x'],
  ['a full stop of another script', 'https://api.example\u3002com/repos/acme/x'],
  ['letters of another width', 'https://api.ex\uff41mple.com/repos/acme/x'],
  ['letters of another script', 'https://api.ex\u0430mple.com/repos/acme/x'],
  ['an encoded host', 'https://api%2eexample.com/repos/acme/x'],
  ['a tab in the host', 'https://api.exam\tple.com/repos/acme/x'],
  ['a line end in the scheme', 'ht\ntps://api.example.com/repos/acme/x'],
  ['a space before', ' https://api.example.com/repos/acme/x'],
  ['a NUL', 'https://api.example.com\0.evil.com/repos/acme/x'],
  ['an unseen sign', 'https://api.exam\u00adple.com/repos/acme/x'],
  ['a fragment before the host ends', 'https://evil.com#@api.example.com/repos/acme/x'],
  ['a query before the host ends', 'https://evil.com?@api.example.com/repos/acme/x'],
  ['up', 'https://api.example.com/repos/acme/../other/x'],
  ['up, encoded', 'https://api.example.com/repos/acme/%2e%2e/other/x'],
  ['up, half encoded', 'https://api.example.com/repos/acme/.%2e/other/x'],
  ['up behind an encoded slash', 'https://api.example.com/repos/acme/..%2fother'],
  ['up behind an encoded backslash', 'https://api.example.com/repos/acme/..%5cother'],
  ['encoded twice', 'https://api.example.com/repos/acme/%252e%252e/other'],
  ['a parameter behind the dots', 'https://api.example.com/repos/acme/..;/other'],
  ['up through doubled slashes', 'https://api.example.com/repos/acme//..//../other'],
  ['up through what is not there', 'https://api.example.com/repos/acme/a//../../../other'],
  ['up behind an encoded slash of nothing', 'https://api.example.com/repos/acme/%2f../../other'],
  ['an encoded parameter behind the dots', 'https://api.example.com/repos/acme/x/..%3b/../other'],
  ['an empty label', 'https://.api.example.com/repos/acme/x'],
  ['other letters in the path', 'https://api.example.com/Repos/acme/x'],
  ['a folder that begins alike', 'https://api.example.com/repos/acme-evil/x'],
  ['two addresses', 'https://api.example.com/repos/acme/x https://evil.com'],
  ['no address', 'api.example.com/repos/acme/x'],
  ['nothing', ''],
]

describe('addresses', () => {
  test.each(OUT_OF_API)('%s does not get out', (_name, value) => {
    expect(kind(API, value)).not.toBe('fits')
  })

  test.each<[string, Condition, string]>([
    ['an address', API, 'https://api.example.com/repos/acme/x/issues?state=open#top'],
    ['capitals in the host', API, 'HTTPS://API.example.com/repos/acme/x'],
    ['the usual port', API, 'https://api.example.com:443/repos/acme/x'],
    ['an encoded name', API, 'https://api.example.com/repos/acme/a%20b'],
    ['every path', 'https://api.example.com', 'https://api.example.com/any?x=1'],
    ['a host below another', 'https://*.example.com', 'https://a.b.example.com/'],
    ['a port of the rule', 'http://localhost:3000', 'http://localhost:3000/x'],
    ['any port', 'http://localhost:*', 'http://localhost:5173/'],
    ['IPv6', 'http://[::1]:*', 'http://[::1]:8080/x'],
    ['a name in its own script', 'https://bücher.example', 'https://bücher.example/a'],
    ['a name in punycode', 'https://bücher.example', 'https://xn--bcher-kva.example/a'],
    ['a host alone', { host: '*.example.com' }, 'http://www.example.com/x'],
    ['a scheme', { host: 'example.com', scheme: 'wss' }, 'wss://example.com/socket'],
    ['a scheme alone', { scheme: 'https' }, 'https://anything.example:8443/'],
  ])('%s fits', (_name, condition, value) => {
    expect(kind(condition, value)).toBe('fits')
  })

  test.each<[string, Condition, string]>([
    ['the host above', 'https://*.example.com', 'https://example.com/'],
    ['a host without a name', 'https://*.example.com', 'https://.example.com/'],
    ['another scheme', { host: 'example.com' }, 'ftp://example.com/'],
    ['a number for a wildcard', 'http://*.0.0.1', 'http://127.0.0.1/'],
    ['a file elsewhere', 'file:///data/**', 'file://server/data/a'],
    ['a file with ..', 'file:///data/**', 'file:///data/../etc/passwd'],
    ['a file in an encoding', 'file:///data/**', 'file:///data/%2e%2e/etc/passwd'],
  ])('%s does not fit', (_name, condition, value) => {
    expect(kind(condition, value)).not.toBe('fits')
  })

  test.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ])('what blocks 127.0.0.1 means http://%s too, which allows nothing unless it is written so', (host) => {
    const found = kind({ host: '127.0.0.1' }, `http://${host}/`)
    expect(found).toBe(host === '127.0.0.1' ? 'fits' : 'some')
  })
})

describe('paths of another machine, and of Windows', () => {
  test.each<[string, string, string]>([
    ['docs/**', 'docs/a.md', 'fits'],
    ['docs/**', 'docs/../src/a', 'misfits'],
    ['docs/**', '../docs/a', 'unknown'],
    ['docs/**', '/docs/a', 'misfits'],
    ['/docs/**', '/docs/a', 'fits'],
    ['acme/*', 'acme/widgets', 'fits'],
    ['acme/*', 'acme/..', 'misfits'],
    ['*.md', 'a.md', 'fits'],
    ['*.md', '../a.md', 'unknown'],
    ['src/**/*.ts', 'src/a/b.ts', 'fits'],
    ['src/**/*.ts', 'src/b.ts', 'fits'],
    ['src/{a,b}/**', 'src/c/x', 'misfits'],
  ])('%s elsewhere: %s %s', (rule, value, expected) => {
    expect(kind(rule, value)).toBe(expected)
  })

  test.each<[string, string]>([
    ['notes\\a.md', 'fits'],
    ['Notes/a.md', 'unknown'],
    ['C:\\work\\notes\\a.md', 'fits'],
    ['c:/work/notes/a.md', 'fits'],
    ['D:\\work\\notes\\a.md', 'misfits'],
    ['C:notes\\a.md', 'unknown'],
    ['notes\\..\\other', 'misfits'],
    ['notes\\a.md:stream', 'unknown'],
    ['notes\\NUL', 'unknown'],
    ['notes\\con.txt', 'unknown'],
    ['notes\\SECRET~1', 'unknown'],
    ['\\\\server\\share\\notes', 'unknown'],
    ['\\\\?\\C:\\work\\notes\\a', 'unknown'],
    ['notes.\\..\\other. ', 'misfits'],
  ])('notes/** on Windows: %s %s', (value, expected) => {
    expect(kind('notes/**', value, WINDOWS)).toBe(expected)
  })
})

describe('where', () => {
  const judged = (
    where: unknown,
    args: Record<string, unknown>,
    absent: 'fits' | 'misfits' = 'fits',
  ): string => judgeWhere(whereOptions.parse(where), args, { place: ELSEWHERE, absent }).kind

  test.each<[string, unknown, Record<string, unknown>, string]>([
    ['an exact text', { owner: 'acme' }, { owner: 'acme' }, 'fits'],
    ['another text', { owner: 'acme' }, { owner: 'other' }, 'misfits'],
    ['other letters', { owner: 'acme' }, { owner: 'ACME' }, 'unknown'],
    ['a space more', { owner: 'acme' }, { owner: 'acme ' }, 'unknown'],
    ['another type', { force: true }, { force: 'true' }, 'unknown'],
    ['a number', { n: { min: 1, max: 10 } }, { n: 10 }, 'fits'],
    ['a number out of range', { n: { max: 10 } }, { n: 10.5 }, 'misfits'],
    ['a number as a text', { n: { max: 10 } }, { n: '5' }, 'unknown'],
    ['a length', { title: { maxLength: 3 } }, { title: '日本語' }, 'fits'],
    ['too long', { title: { maxLength: 3 } }, { title: 'abcd' }, 'misfits'],
    ['a list of values', { branch: ['main', 'dev'] }, { branch: 'dev' }, 'fits'],
    ['values and a path', { branch: ['main', 'feature/*'] }, { branch: 'feature/x' }, 'fits'],
    ['too many values', { ids: { in: [1, 2, 3], maxItems: 2 } }, { ids: [1, 2, 3] }, 'misfits'],
    ['a pattern', { sql: { pattern: 'select .*' } }, { sql: 'select a\nfrom b' }, 'fits'],
    ['a pattern is for the whole', { sql: { pattern: 'select' } }, { sql: 'drop; select' }, 'misfits'],
    ['a text with any characters', { q: { text: 'is:open *' } }, { q: 'is:open a/../b' }, 'fits'],
    ['two arguments', { a: 1, b: 2 }, { a: 1, b: 3 }, 'misfits'],
    ['a missing one', { a: 1, b: 2 }, { a: 1 }, 'unknown'],
    ['a missing one that may be', { b: { in: [2], optional: true } }, {}, 'fits'],
    ['within another', { 'options.path': 'docs/**' }, { options: { path: 'docs/a' } }, 'fits'],
    ['by a pointer', { '/options/path': 'docs/**' }, { options: { path: 'src/a' } }, 'misfits'],
    [
      'of each of a list',
      { 'edits.path': 'docs/**' },
      { edits: [{ path: 'docs/a' }, { path: 'b' }] },
      'some',
    ],
    ['missing in one of a list', { 'edits.path': 'docs/**' }, { edits: [{ path: 'docs/a' }, {}] }, 'some'],
    ['a name with a dot', { 'a.b': 1 }, { 'a.b': 1, a: { b: 2 } }, 'some'],
    ['a name of every object', { constructor: 'x' }, {}, 'unknown'],
    ['another in capitals', { path: 'docs/**' }, { path: 'docs/a', Path: '/etc' }, 'some'],
    ['another in capitals, in front', { path: 'docs/**' }, { PATH: '/etc', path: 'docs/a' }, 'some'],
    ['another with a line', { file_path: 'docs/**' }, { file_path: 'docs/a', filePath: '/etc' }, 'some'],
    ['another in capitals alone', { path: { path: 'docs/**', optional: true } }, { Path: '/etc' }, 'unknown'],
    [
      'another within another',
      { 'o.path': 'docs/**' },
      { o: { path: 'docs/a', 'pa\u017fh': 1, pATH: 2 } },
      'some',
    ],
    [
      'another of what holds it',
      { 'o.path': 'docs/**' },
      { o: { path: 'docs/a' }, O: { path: '/etc' } },
      'some',
    ],
    ['another of one of a list', { 'e.path': 'docs/**' }, { e: [{ path: 'docs/a', Path: '/etc' }] }, 'some'],
    ['another argument', { path: 'docs/**' }, { path: 'docs/a', paths: 1, pat: 2 }, 'fits'],
  ])('%s', (_name, where, args, expected) => {
    expect(judged(where, args)).toBe(expected)
  })

  const inside = Array.from({ length: 300 }, () => ({ path: 'docs/a' }))
  test.each<[string, unknown, unknown[]]>([
    ['one that is out', 'docs/**', [...inside, { path: '/etc/passwd' }]],
    ['none that is out', 'docs/**', inside],
    [
      'one behind many without',
      { path: 'docs/**', optional: true },
      [...inside.map(() => ({})), { path: '/etc' }],
    ],
    ['lists of them', 'docs/**', inside.map(() => [{ path: 'docs/a' }])],
  ])('what is too much to be judged fits nothing: %s', (_name, condition, edits) => {
    expect(judged({ 'edits.path': condition }, { edits })).toBe('unknown')
  })

  test('no call holds others up by what a rule has to judge', () => {
    const path = Array.from({ length: 64 }, (_, n) => `docs/**/b${n}/**/*x*`)
    const deep = Array.from({ length: 256 }, (_, n) => `docs/${'a/'.repeat(2000)}${n}`)
    const few = Array.from({ length: 30 }, (_, n) => `docs/${'a/'.repeat(500)}${n}`)
    const taken = work(() => {
      expect(judged({ x: { path } }, { x: deep })).toBe('unknown')
      expect(judged({ x: { path } }, { x: deep[0] })).toBe('unknown')
      expect(judged({ x: { path } }, { x: few })).toBe('misfits')
      expect(judged({ x: { maxLength: 9000 } }, { x: deep })).toBe('fits')
    })
    expect(taken).toBeLessThan(160)
  })

  test('a pattern that makes others hang costs little', () => {
    const taken = work(() => {
      expect(judged({ x: { pattern: '(a+)+b' } }, { x: 'a'.repeat(16_000) })).toBe('misfits')
    })
    expect(taken).toBeLessThan(60)
  })

  test.each<[unknown]>([
    [{}],
    [{ path: 'a\\**' }],
    [{ path: 'a/**b' }],
    [{ path: '*/../b' }],
    [{ path: '{a/b,c}/**' }],
    [{ url: 'https://' }],
    [{ url: { url: 'https://user@host' } }],
    [{ x: { pattern: '(?=a)' } }],
    [{ x: {} }],
    [{ x: { from: '/a' } }],
    [{ x: { paht: 'a' } }],
  ])('%j is no condition', (where) => {
    expect(whereOptions.safeParse(where).success).toBe(false)
  })
})
