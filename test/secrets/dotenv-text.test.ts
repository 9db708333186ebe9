/**
 * .env files read as npm dotenv reads them, on every Node (bugs of util.parseEnv: a blank line of spaces, a bare word, a
 * tab before the key or `A=` with spaces made the next key vanish, an escaped quote cut a value short).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { expect, it, onTestFinished } from 'vitest'
import { strayLines, parseDotenv, sayStrayLines } from '../../src/secrets/text/dotenv-text.ts'
import type { StoreAnswer } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import type { WritableStore } from '../../src/secrets/stores/writable.ts'

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq=\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----'
const ASK = { serverId: 'srv', signal: new AbortController().signal }

async function store(text: string): Promise<WritableStore & { readonly file: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-dotenv-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, '.env')
  writeFileSync(file, text)
  const context = { environment: undefined, baseDir: dir, env: { SIDEMUX_STATE_DIR: dir } }
  const opened = await openStore('d', { type: 'dotenv', path: '.env' }, context)
  return { ...(opened as WritableStore), file }
}

async function read(text: string, path = 'TOKEN'): Promise<StoreAnswer | undefined> {
  return (await (await store(text)).resolve([{ path }], ASK))[0]
}

/** What TOKEN is, and which lines are told to be no NAME=value. */
const readings: readonly [what: string, text: string, token: string | undefined, odd?: readonly number[]][] =
  [
    ['plain', 'TOKEN=abc', 'abc'],
    ['a blank line of spaces', 'A=1\n   \nTOKEN=abc\n', 'abc'],
    ['a blank line of a tab', 'A=1\n\t\nTOKEN=abc\n', 'abc'],
    ['blank lines of both, many', `A=1\n${' \t\n'.repeat(50)}TOKEN=abc\n`, 'abc'],
    ['a no-break space on a line of its own', 'A=1\n\u00A0\nTOKEN=abc\n', 'abc'],
    ['a bare word', 'word\nTOKEN=abc\n', 'abc', [1]],
    ['bare words between', 'A=1\nsome words here\nTOKEN=abc\nmore\n', 'abc', [2, 4]],
    ['NAME: value', 'NAME: value\nTOKEN=abc\n', 'abc'],
    ['TOKEN: value', 'TOKEN: abc\n', 'abc'],
    ['a section', '[default]\nTOKEN=abc\n', 'abc', [1]],
    ['a tab before the key', '\tTOKEN=abc\n', 'abc'],
    ['spaces before the key', '   TOKEN=abc\n', 'abc'],
    ['export and a space', 'export TOKEN=abc\n', 'abc'],
    ['export and a tab', 'export\tTOKEN=abc\n', 'abc'],
    ['export and several', 'export \t TOKEN=abc\n', 'abc'],
    ['export without a value', 'export TOKEN\nA=1\n', undefined, [1]],
    ['A= and spaces', 'A=   \nTOKEN=abc\n', 'abc'],
    ['A= and a tab', 'A=\t\nTOKEN=abc\n', 'abc'],
    ['A= and nothing', 'A=\nTOKEN=abc\n', 'abc'],
    ['blanks around =', 'TOKEN = abc\n', 'abc'],
    ['a tab around =', 'TOKEN\t=\tabc\n', 'abc'],
    ['no key', '=abc\nTOKEN=def\n', 'def', [1]],
    ['no =', 'TOKEN abc\n', undefined, [1]],
    ['+=', 'TOKEN+=abc\n', undefined, [1]],
    ['PowerShell', '$env:TOKEN="abc"\n', undefined, [1]],
    ['a Windows batch file', 'set TOKEN=abc\n', undefined, [1]],
    ['a key beyond ASCII', 'SCHLÜSSEL=abc\nTOKEN=def\n', 'def', [1]],
    ['escaped double quotes', 'TOKEN="ab\\"cd"\n', 'ab\\"cd'],
    ['escaped single quotes', "TOKEN='ab\\'cd'\n", "ab\\'cd"],
    ['text behind a closing quote', 'TOKEN="abc"def\n', '"abc"def'],
    ['a comment behind a closing quote', 'TOKEN="abc" # def\n', 'abc'],
    ['an empty value in quotes', 'TOKEN=""\n', ''],
    ['the other quote inside', `TOKEN="it's"\n`, "it's"],
    ['backticks', 'TOKEN=`a "b" \'c\'`\n', 'a "b" \'c\''],
    ['a byte order mark', '\uFEFFTOKEN=abc\n', 'abc'],
    ['CRLF', 'A=1\r\nTOKEN=abc\r\n', 'abc'],
    ['CR only', 'A=1\rTOKEN=abc\rB=2', 'abc'],
    ['a bare word, CR only', 'A=1\rword\rTOKEN=abc', 'abc', [2]],
    ['no line break at the end', 'A=1\nTOKEN=abc', 'abc'],
    ['a PEM in double quotes', `TOKEN="${PEM}"\nA=1\n`, PEM],
    ['a PEM in single quotes', `TOKEN='${PEM}'\nA=1\n`, PEM],
    ['a PEM with CRLF', `TOKEN="${PEM}"\n`.replaceAll('\n', '\r\n'), PEM],
    ['a PEM with \\n', `TOKEN="${PEM.replaceAll('\n', '\\n')}"\n`, PEM],
    ['a PEM that keeps its last newline', `TOKEN="${PEM}\n"\nA=1\n`, `${PEM}\n`],
    ['a PEM without quotes', `TOKEN=${PEM}\n`, '-----BEGIN PRIVATE KEY-----', [3, 4]],
    ['words inside a value of lines', 'TOKEN="a\nsome words\n[x]\nb"\nwords\n', 'a\nsome words\n[x]\nb', [5]],
    ['a value on the next line', 'TOKEN=\n"abc"\n', 'abc'],
    ['an unclosed quote', 'TOKEN="abc\nA=1\n', '"abc'],
    ['an unclosed single quote', "TOKEN='abc\nA=1\n", "'abc"],
    ['a key twice', 'TOKEN=abc\nTOKEN=def\n', 'def'],
    ['# in double quotes', 'TOKEN="a#b"\n', 'a#b'],
    ['# in single quotes', "TOKEN='a # b'\n", 'a # b'],
    ['# without quotes', 'TOKEN=a#b\n', 'a'],
    ['# behind a blank', 'TOKEN=a #b\n', 'a'],
    ['a comment before', '# TOKEN=no\n  # neither\nTOKEN=abc\n', 'abc'],
    ['a comment with a quote', `# don't\nTOKEN=abc\n# it's\n`, 'abc'],
    ['= in the value', 'TOKEN=a=b==\n', 'a=b=='],
    ['$ in the value', 'A=1\nTOKEN=$A${A}\n', '$A${A}'],
    ['a backslash at the end', 'TOKEN=abc\\\nA=1\n', 'abc\\'],
    ['NUL', 'TOKEN=a\0b\n', 'a\0b'],
    ['dots and dashes in a key', 'a.b-c=1\nTOKEN=abc\n', 'abc'],
    ['a value of JSON', 'TOKEN={"a":"b","c":[1]}\n', '{"a":"b","c":[1]}'],
    ['a line of 1 MB', `A=${'x'.repeat(1_000_000)}\nTOKEN=abc\n`, 'abc'],
    ['a bare line of 1 MB', `${'x'.repeat(1_000_000)}\nTOKEN=abc\n`, 'abc', [1]],
    ['a quoted value of nearly 1 MB', `A="${'xxxxxxx\n'.repeat(122_500)}"\nTOKEN=abc\n`, 'abc'],
  ]

it.each(readings)('%s', async (_what, text, token, odd = []) => {
  expect(parse(text)['TOKEN']).toBe(token)
  expect(Object.fromEntries(parseDotenv(text, '.env'))).toEqual(parse(text))
  expect(strayLines(text)).toEqual(odd)
  if (Buffer.byteLength(text) > 1024 * 1024) return
  const answer = await read(text)
  if (token !== undefined) expect(answer).toEqual({ ok: true, value: token })
  else expect(answer).toMatchObject({ ok: false, error: { code: 'not_found' } })
})

it('the line that is no NAME=value is told where the key is missing, and nothing of what stands in it', async () => {
  const answer = await read('A=1\nTOKEN s3cret-value\nother words\n[x]\n')
  const { error } = answer as Extract<StoreAnswer, { ok: false }>
  expect(error.message).toMatch(/\.env has no TOKEN; line 2 is no NAME=value, nor are lines 3 and 4$/)
  expect(error.hint).toBe('add a line TOKEN=… to it')
  expect(sayStrayLines([7, 9])).toBe('line 7 is no NAME=value, nor is line 9')
  expect(sayStrayLines([])).toBeUndefined()
})

it.each([
  ['a name with a slip', 'TOKNE=s3cret-value\n', 'did you mean TOKNE?'],
  ['a name before a line break', 'A=1\n \n\tTOKNE=s3cret-value\n', 'did you mean TOKNE?'],
  ['no name like it', 'OTHER=s3cret-value\n', 'add a line TOKEN=… to it'],
])('a hint is one line and holds no value: %s', async (_what, text, begins) => {
  const { error } = (await read(text)) as Extract<StoreAnswer, { ok: false }>
  expect(error.hint?.startsWith(begins)).toBe(true)
  expect(`${error.message}${error.hint}`).not.toMatch(/[\r\n]|s3cret/)
})

it('a file whose blank lines would take the parser minutes is refused at once', async () => {
  const answer = await read(`A=1\n${'\n'.repeat(1_000_000)}# end\nTOKEN=abc\n`)
  expect(answer).toMatchObject({ ok: false, error: { code: 'invalid_reference' } })
})

const values: readonly (readonly [what: string, value: string])[] = [
  ['a token', 'ghp_0123456789abcdefABCDEF'],
  ['a PEM with its last newline', `${PEM}\n`],
  ['words', 'two words'],
  ['#', 'a # b'],
  ['single quotes', "it's"],
  ['double quotes', 'say "x"'],
  ['both', `it's "x"`],
  ['\\n as two characters', 'a\\nb'],
  ['\\n and a single quote', "it's a\\nb"],
  ['a backslash at the end', 'a b\\'],
  ['blanks around', '  a  '],
  ['empty', ''],
  ['$', 'a$B${C}'],
  ['text like a line', 'A=1\nB=2'],
]
const surroundings: readonly (readonly [what: string, text: string])[] = [
  ['nothing', ''],
  ['no line break at the end', 'A=1'],
  ['odd lines', '[x]\nwords\nA=1\n'],
  ['CRLF', 'A=1\r\nB="x\r\ny"\r\n'],
  ['an unclosed quote', 'A="abc\n'],
  ['quotes and a comment', `A='a\\'\nB='#x' # it's\n`],
]
const writings = values.flatMap(([what, value]) =>
  surroundings.map(([around, text]) => ({ what, around, value, text })),
)

it.each(writings)(
  'what is written reads back equal, and so do its neighbours: $what after $around',
  async (one) => {
    const opened = await store(one.text)
    const before = parse(one.text)
    const failed = await opened.put('TOKEN', one.value, ASK.signal).catch((error: unknown) => error)
    const after = parse(readFileSync(opened.file, 'utf8'))
    if (failed === undefined) {
      expect(after).toEqual({ ...before, TOKEN: one.value })
      expect(await opened.resolve([{ path: 'TOKEN' }], ASK)).toEqual([{ ok: true, value: one.value }])
    } else {
      expect(failed).toMatchObject({ code: 'invalid_reference' })
      expect(readFileSync(opened.file, 'utf8')).toBe(one.text)
    }
  },
)
