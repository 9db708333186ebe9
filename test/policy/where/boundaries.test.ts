/**
 * Promise 4, boundaries: what a rule allows below a folder or on a host stays there, however it is written. Real folders
 * and links on disk; every line of the first two tables tries to get out.
 */
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disk } from '../../../src/policy/where/disk.ts'
import { fits } from '../../../src/policy/where/judge.ts'
import type { Condition } from '../../../src/policy/where/options.ts'
import type { ServerPlace } from '../../../src/policy/where/place.ts'

let root: string
let place: ServerPlace

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'sidemux-where-')))
  const at = (...names: string[]): string => join(root, ...names)
  for (const folder of ['work/notes/sub', 'work/other', 'work/secrets', 'home/notes', 'outside/deep'])
    mkdirSync(at(folder), { recursive: true })
  writeFileSync(at('work/notes/a.md'), '')
  writeFileSync(at('outside/secret'), '')
  linkSync(at('outside/secret'), at('work/notes/hard'))
  symlinkSync(at('outside'), at('work/notes/out'))
  symlinkSync('../other', at('work/notes/beside'))
  symlinkSync('out', at('work/notes/again'))
  symlinkSync(at('outside/secret'), at('work/notes/file.md'))
  symlinkSync(at('outside/new'), at('work/notes/dangling'))
  symlinkSync('loop', at('work/notes/loop'))
  symlinkSync('sub', at('work/notes/inner'))
  symlinkSync(at('outside/deep'), at('work/notes/deep'))
  symlinkSync('/proc/self/cwd', at('work/notes/process'))
  symlinkSync(at('work/notes'), at('work/alias'))
  symlinkSync(at('work/secrets'), at('work/other/hidden'))
  place = { base: at('work'), home: at('home'), platform: process.platform, disk }
})

afterAll(() => {
  rmSync(root, { recursive: true })
})

const kind = (condition: Condition, value: unknown, on: ServerPlace = place): string =>
  fits(condition, value, on).kind

const OUT_OF_NOTES: readonly [string, unknown][] = [
  ['a neighbour', 'other/a.md'],
  ['a name that begins alike', 'notes-old/a.md'],
  ['a name that begins alike, of a file', 'notes.md'],
  ['an absolute path', '/etc/passwd'],
  ['up', 'notes/../other/a.md'],
  ['up twice', 'notes/../../outside/secret'],
  ['far up', 'notes/../../../../../../../../etc/passwd'],
  ['up from a folder within', 'notes/sub/../../other/a'],
  ['up from what is not there', 'notes/none/../../other'],
  ['up, first', '../work/other/a'],
  ['up alone', '..'],
  ['up at the end', 'notes/..'],
  ['up with double slashes', 'notes//..//other/a'],
  ['up with dots between', 'notes/./../other/a'],
  ['up behind a link', 'notes/deep/../secret'],
  ['a link to a folder', 'notes/out/secret'],
  ['a relative link to a folder', 'notes/beside/a'],
  ['a link to a link', 'notes/again/secret'],
  ['a link to a file', 'notes/file.md'],
  ['a link to what is not there', 'notes/dangling'],
  ['a link to itself', 'notes/loop/a'],
  ['a link that is another for each process', 'notes/process/a'],
  ['a hard link', 'notes/hard'],
  ['what is not there yet behind a link', 'notes/out/new/file.md'],
  ['a percent-encoded up', 'notes/%2e%2e/other/a'],
  ['a percent-encoded slash', 'notes/..%2fother%2fa'],
  ['both', '%2e%2e%2f%2e%2e%2fetc%2fpasswd'],
  ['half encoded dots', 'notes/.%2E/other'],
  ['an encoded backslash', 'notes/..%5c..%5cother'],
  ['encoded twice', 'notes/%252e%252e/other'],
  ['encoded three times', 'notes/%25252e%25252e/other'],
  ['an overlong encoding', 'notes/%c0%ae%c0%ae/other'],
  ['an overlong slash', 'notes/..%c0%afother'],
  ['an encoding of IIS', 'notes/%u002e%u002e/other'],
  ['an encoded link', 'notes/%6fut/secret'],
  ['a NUL', 'notes/a.md\0/../../other'],
  ['a NUL at the end', 'notes/a\0'],
  ['an encoded NUL', 'notes/a%00.md'],
  ['a line end', 'notes/a\n/etc/passwd'],
  ['a tab', 'notes/.\t./other'],
  ['backslashes', 'notes\\..\\..\\outside\\secret'],
  ['both kinds of slashes', 'notes/..\\other/a'],
  ['a drive', 'C:\\Windows\\win.ini'],
  ['a drive with slashes', 'C:/Windows/win.ini'],
  ['a drive alone', 'C:'],
  ['a share', '\\\\server\\share\\file'],
  ['a share with slashes', '//server/share/file'],
  ['a device of Windows', '\\\\?\\C:\\Windows'],
  ['home', '~/notes/a.md'],
  ['the home of another', '~root/.ssh/id'],
  ['a variable', '$HOME/.ssh/id'],
  ['a variable in braces', 'notes/${X}/id'],
  ['a variable of Windows', '%USERPROFILE%\\x'],
  ['a command', 'notes/$(echo ..)/other'],
  ['an address of a file', 'file:///etc/passwd'],
  ['an address of a file below', 'file:notes/../other'],
  ['a web address', 'https://example.com/notes/a'],
  ['escapes of a program', 'notes/\\u002e\\u002e/other'],
  ['a link that leads up', 'notes/inner/../../other/a'],
  ['dots of another width', 'notes/\uff0e\uff0e/other'],
  ['a slash of another width', 'notes/..\uff0fother'],
  ['a two dot leader', 'notes/\u2025/other'],
  ['a division slash', 'notes/..\u2215other'],
  ['an unseen sign between dots', 'notes/.\u200b./other'],
  ['an unseen sign at the end', 'notes/..\u200b/other'],
  ['a space behind the dots', 'notes/.. /other'],
  ['a space before the dots', 'notes/ ../other'],
  ['a dot behind the dots', 'notes/.../other'],
  ['a parameter behind the dots', 'notes/..;/other'],
  ['a space before all', ' /etc/passwd'],
  ['two paths', 'notes/a /etc/passwd'],
  ['two paths with a comma', 'notes/a,/etc/passwd'],
  ['two paths with a colon', 'notes/a:/etc/passwd'],
  ['braces', 'notes/{..,a}/other'],
  ['braces with a dot', 'notes/{,.}./other'],
  ['braces twice', 'notes/{.,a}{.,a}/other'],
  ['signs of a pattern', 'notes/.?/other'],
  ['an escape of a shell', 'notes/.\\./other'],
  ['escapes of a program in eights', 'notes/\\056\\056/other'],
  ['escapes of markup', 'notes/&#x2e;&#x2e;&#x2f;other'],
  ['other letters', 'NOTES/a.md'],
  ['another way to write a letter', 'note\u017f/a.md'],
  ['nothing', ''],
  ['a number', 5],
  ['nothing at all', null],
  ['a list with one that is out', ['notes/a.md', 'other/a.md']],
  ['a list with a list', ['notes/a.md', ['notes/b.md']]],
  ['an empty list', []],
  ['an object', { path: 'notes/a.md' }],
  ['too long', `notes/${'a'.repeat(5000)}`],
]

const IN_NOTES: readonly [string, unknown][] = [
  ['a file', 'notes/a.md'],
  ['a file that is not there yet', 'notes/new.md'],
  ['in a folder that is not there yet', 'notes/2026/11/new.md'],
  ['the folder itself', 'notes'],
  ['the folder with a slash', 'notes/'],
  ['from here', './notes/a.md'],
  ['with double slashes', 'notes//sub//a.md'],
  ['a folder within', 'notes/sub/b.md'],
  ['up within', 'notes/sub/../a.md'],
  ['a link within', 'notes/inner/a.md'],
  ['a name with a dot', 'notes/.obsidian/app.json'],
  ['a name with spaces', 'notes/To do, later (draft).md'],
  ['a name with brackets', 'notes/[id]/page.tsx'],
  ['a name with braces', 'notes/{slug}/{a,b}.md'],
  ['a name with a percent sign', 'notes/100% sure.md'],
  ['an encoded name', 'notes/%E6%97%A5%E8%A8%98.md'],
  ['an encoded space', 'notes/my%20file.md'],
  ['a name of another script', 'notes/日記/一.md'],
  ['a name with an accent', 'notes/r\u00e9sum\u00e9.md'],
  ['the same, decomposed', 'notes/re\u0301sume\u0301.md'],
  ['a name with an emoji', 'notes/👩‍💻.md'],
  ['a name with dots', 'notes/wait...md'],
  ['a time in the name', 'notes/12:30 meeting.md'],
  ['a price', 'notes/costs $100 & more.md'],
  ['a name with ~', 'notes/a.md~'],
  ['a list', ['notes/a.md', 'notes/b.md']],
]

describe('paths below notes/**', () => {
  test.each(OUT_OF_NOTES)('%s does not get out', (_name, value) => {
    expect(kind('notes/**', value)).not.toBe('fits')
  })

  test.each(IN_NOTES)('%s fits', (_name, value) => {
    expect(fits('notes/**', value, place)).toMatchObject({ kind: 'fits' })
  })

  test('an absolute path fits, through the folder of the rule and a link to it', () => {
    expect(kind('notes/**', `${root}/work/notes/a.md`)).toBe('fits')
    expect(kind('alias/**', 'alias/a.md')).toBe('fits')
    expect(kind(`${root}/work/notes/**`, 'notes/a.md')).toBe('fits')
    expect(kind(`${root}/work/notes/**`, 'notes/out/secret')).not.toBe('fits')
    expect(kind('alias/**', 'alias/out/secret')).not.toBe('fits')
  })

  test('home is meant where the rule says so', () => {
    expect(kind('~/notes/**', '~/notes/a.md')).toBe('fits')
    expect(kind('~/notes/**', `${root}/home/notes/a.md`)).toBe('fits')
    expect(kind('~/notes/**', '~/other')).not.toBe('fits')
    expect(kind('~/notes/**', 'notes/a.md')).not.toBe('fits')
  })
})
