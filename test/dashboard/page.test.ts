/** What the page makes of a question before it becomes elements: nothing is lost, and what hides stands out. */
import { anyText, array, assert, constantFrom, property, string } from '../random.ts'
import { describe, expect, it, test } from 'vitest'
import type { GrantOffer } from '../../src/approval/grants/grant-offer.ts'
import type { Grant } from '../../src/approval/grants/grants.ts'
import { readAddress } from '../../src/dashboard/page/values/address.ts'
import { diffLines, withParts } from '../../src/dashboard/page/values/diff.ts'
import { runsOf, textRows } from '../../src/dashboard/page/values/fold.ts'
import { pairsIn, readPatch } from '../../src/dashboard/page/values/replaced.ts'
import { everyRow, sqlRows } from '../../src/dashboard/page/values/sql-rows.ts'
import { holdOf, holdWords, type Moment } from '../../src/dashboard/page/guard.ts'
import { mixedAlphabets, nameNotes, pieces } from '../../src/dashboard/page/values/pieces.ts'
import {
  questionChanges,
  documentTitle,
  pageQuestions,
  timeLeft,
} from '../../src/dashboard/page/questions.ts'
import {
  firstWish,
  folderChoices,
  grantSentence,
  sentenceText,
  spanChoices,
  useChoices,
  wishProblem,
  wishSentence,
} from '../../src/dashboard/page/question/scope.ts'
import { readSql } from '../../src/dashboard/page/values/sql.ts'
import {
  shownArguments,
  definitionDiff,
  sizeOf,
  type Argument,
} from '../../src/dashboard/page/values/values.ts'
import { offer, pending, sidecar, state } from './questions.ts'
import { work } from '../work.ts'

const DESTRUCTIVE: GrantOffer = offer('destructive', ['path', 'content'])
const WRITE: GrantOffer = offer('write', ['path', 'content'])

describe('pieces', () => {
  test.each([
    ['bidi', 'a\u202Eb', ['text a', 'hidden ‹U+202E›', 'text b']],
    ['literal of the same looks', '‹U+202E›', ['text ‹U+202E›']],
    ['many of one', 'a\u200B\u200B\u200Bb', ['text a', 'hidden ‹U+200B ×3›', 'text b']],
    ['line break in one line', 'a\nb', ['text a', 'hidden ‹U+000A›', 'text b']],
    ['a tag character', 'x\u{E0041}', ['text x', 'hidden ‹U+E0041›']],
    ['spaces', `a${' '.repeat(60)}b`, ['text a', 'blank ‹60 spaces›', 'text b']],
    ['a mask', 'key [redacted:TOKEN].', ['text key ', 'masked [redacted:TOKEN]', 'text .']],
    ['mixed alphabets', 'see pаypal now', ['text see ', 'mixed pаypal', 'text  now']],
    ['one foreign alphabet', 'привет мир', ['text привет мир']],
    ['nothing', '', []],
  ])('%s', (_name, text, expected) => {
    expect(pieces(text, 'one').map(({ kind, text, shown }) => `${kind} ${shown ?? text}`)).toEqual(expected)
  })

  it('writes many empty lines out by their number', () => {
    const found = pieces(`a${'\n'.repeat(100)}b`, 'several')
    expect(found.map(({ shown, text }) => shown ?? text)).toEqual(['a', '‹100 empty lines›', 'b'])
  })

  it('loses no character', () => {
    assert(
      property(anyText({ maxLength: 200 }), constantFrom('one', 'several'), (text, lines) => {
        expect(
          pieces(text, lines as 'one')
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })

  test.each([
    ['paypal', []],
    ['pаypal', ['Latin', 'Cyrillic']],
    ['Αpple', ['Latin', 'Greek']],
    ['東京Tower', []],
  ])('alphabets of %s', (word, expected) => {
    expect(mixedAlphabets(word)).toEqual(expected)
  })

  it('says when a whole name only looks Latin', () => {
    expect(nameNotes('аррӏе')).toEqual(['has Cyrillic letters, some of which look like Latin ones'])
    expect(nameNotes('write_file')).toEqual([])
  })
})

describe('diff', () => {
  test.each<[string, string, string, string[]]>([
    ['nothing changed', 'a\nb', 'a\nb', [' a', ' b']],
    ['a line changed', 'a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['all is new', '', 'a', ['+a']],
    ['all is gone', 'a\nb', '', ['-a', '-b']],
    ['the end of the line went', 'a\n', 'a', [' a', '-']],
    ['a blank that one can not see', 'a ', 'a', ['-a ', '+a']],
    ['moved', 'a\nb\nc', 'b\nc\na', ['-a', ' b', ' c', '+a']],
    ['line ends differ', 'a\r\nb', 'a\nb', ['-a\r', '+a', ' b']],
  ])('%s', (_name, before, after, expected) => {
    const sign = { same: ' ', removed: '-', added: '+' }
    expect(diffLines(before, after).map(({ kind, text }) => sign[kind] + text)).toEqual(expected)
  })

  it('holds both texts whole', () => {
    const text = array(constantFrom('a', 'b', 'c', '', ' '), { maxLength: 30 }).map((lines) =>
      lines.join('\n'),
    )
    assert(
      property(text, text, (before, after) => {
        const rows = diffLines(before, after)
        const side = (kind: string) => rows.filter((row) => row.kind !== kind).map((row) => row.text)
        expect(side('added').join('\n')).toBe(before)
        expect(side('removed').join('\n')).toBe(after)
      }),
    )
  })

  it('compares long texts of no likeness in time', () => {
    const long = (letter: string) => Array.from({ length: 5000 }, (_, index) => letter + index).join('\n')
    const [before, after] = [long('a'), long('b')]
    const taken = work(() => expect(diffLines(before, after)).toHaveLength(10_000))
    expect(taken).toBeLessThan(150)
  })
})

describe('SQL', () => {
  const statementsOf = (text: string) =>
    readSql('sql', text)?.statements.map((statement) => statement.map((token) => token.text).join(''))
  const dangerIn = (text: string) =>
    readSql('sql', text)
      ?.statements.flat()
      .filter(({ kind }) => kind === 'danger')
      .map((token) => token.text)

  test.each([
    ['SELECT 1; DROP TABLE t', ['SELECT 1;', ' DROP TABLE t']],
    ["SELECT ';' FROM t;\n", ["SELECT ';' FROM t;\n"]],
    ['SELECT 1 -- ; not here\n; SELECT 2', ['SELECT 1 -- ; not here\n;', ' SELECT 2']],
    ['DO $x$ a; b; $x$; SELECT 1', ['DO $x$ a; b; $x$;', ' SELECT 1']],
  ])('statements of %j', (text, expected) => {
    expect(statementsOf(text)).toEqual(expected)
  })

  test.each([
    ['a word in a string', "SELECT 'DROP TABLE t'", []],
    ['a word in a comment', 'SELECT 1 -- DROP\n', []],
    ['a string that only some databases end there', String.raw`SELECT 'a\'; DROP TABLE t; --'`, ['DROP']],
    ['a comment that MySQL runs', 'SELECT 1 /*!50000 ; DROP TABLE t */', ['DROP']],
    ['a comment that ends elsewhere when nested', 'SELECT /* /* */ DROP */ 1', ['DROP']],
    ['a quote that never ends', "SELECT ' ; DROP TABLE t", ['DROP']],
  ])('%s', (_name, text, expected) => {
    expect(dangerIn(text)).toEqual(expected)
  })

  test.each([
    ['query', 'select a restaurant nearby', false],
    ['query', 'select name from users', true],
    ['q', 'select name from users', false],
    ['q', 'SELECT name FROM users', true],
    ['command', '-- tidy\nDELETE FROM users', true],
    ['title', 'Delete from the list what is old', false],
    ['queries', 'drop table users', true],
    ['sql', 'hello', false],
    ['sql', '(SELECT 1)', true],
  ])('%s: %s', (name, text, expected) => {
    expect(readSql(name, text) !== undefined).toBe(expected)
  })

  it('changes no character', () => {
    assert(
      property(string({ unit: constantFrom(...Array.from('aD ;\'"`-/*\\$\n#')) }), (rest) => {
        const text = `SELECT ${rest}`
        expect(statementsOf(text)?.join('')).toBe(text)
      }),
    )
  })
})

describe('what must not be missed in SQL', () => {
  const notes = (text: string) => everyRow(readSql('sql', text) ?? { statements: [], ambiguous: false })
  const DELETE = 'DELETE without WHERE: it means every row'
  const UPDATE = 'UPDATE without WHERE: it means every row'
  const TRUNCATE = 'TRUNCATE empties the table'

  test.each<[string, string[]]>([
    ['DELETE FROM t', [DELETE]],
    ['delete from t;', [DELETE]],
    ['DELETE FROM t WHERE id = 1', []],
    ['DELETE FROM t USING (SELECT id FROM o WHERE x) AS s', [DELETE]],
    ['WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone WHERE id = 1', [DELETE]],
    ['UPDATE t SET a = (SELECT b FROM o WHERE o.id = 1)', [UPDATE]],
    ["UPDATE t SET a = ' WHERE '", [UPDATE]],
    ['UPDATE t SET a = 1 -- WHERE id = 1\n', [UPDATE]],
    ['SELECT 1; UPDATE t SET a = 1; DELETE FROM t WHERE id = 1', [UPDATE]],
    ['DO $$ BEGIN DELETE FROM t; SELECT 1 FROM o WHERE x; END $$', [DELETE]],
    ['TRUNCATE TABLE t', [TRUNCATE]],
    ['SELECT TRUNCATE(1.5, 0) FROM t WHERE id = 1', []],
    ['SELECT * FROM t WHERE id = 1 FOR UPDATE', []],
    ['INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1', []],
    ['CREATE TABLE t (id int REFERENCES o ON DELETE CASCADE)', []],
    ['GRANT DELETE, UPDATE ON t TO me', []],
    ['MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1', []],
    ['WITH s AS (SELECT 1 AS id) MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE', []],
    [
      'WITH g AS (DELETE FROM t RETURNING *) MERGE INTO o USING g ON o.id = g.id WHEN MATCHED THEN DELETE',
      [DELETE],
    ],
  ])('%s', (text, expected) => {
    expect(notes(text)).toEqual(expected)
  })

  it('is kept in sight wherever it stands, with what it takes', () => {
    const columns = Array.from({ length: 60 }, (_, index) => `  c${index},\n`).join('')
    const sql = readSql(
      'sql',
      `SELECT\n${columns}  c\nFROM t;\nDELETE\n  FROM orders\n;\nSELECT\n${columns}  c FROM t`,
    )
    const rows = sqlRows(sql ?? { statements: [], ambiguous: false })
    const kept = rows
      .filter(({ matters }) => matters)
      .map(({ tokens }) => tokens.map(({ text }) => text).join(''))
    expect(kept).toEqual(['DELETE\n', '  FROM orders\n'])
    expect(rows.flatMap(({ tokens }) => tokens.map(({ text }) => text)).join('')).toContain(columns)
  })
})

describe('what is folded', () => {
  const shown = (count: number, matters: readonly number[] = []): string =>
    runsOf(count, { head: 3, tail: 2 }, (row) => matters.includes(row))
      .map(({ from, to, shown }) => (shown ? `${from}-${to}` : `(${from}-${to})`))
      .join(' ')

  test.each<[number, number[], string]>([
    [0, [], ''],
    [8, [], '0-8'],
    [9, [], '0-3 (3-7) 7-9'],
    [20, [10], '0-3 (3-10) 10-11 (11-18) 18-20'],
    [20, [4, 16], '0-5 (5-16) 16-20'],
    [20, [0, 19], '0-3 (3-18) 18-20'],
  ])('%d rows of which %j matter', (count, matters, expected) => {
    expect(shown(count, matters)).toBe(expected)
  })

  it('is bounded, however much seems to matter, and nothing is lost', () => {
    const runs = runsOf(1000, { head: 3, tail: 2 }, () => true)
    const rows = runs.filter(({ shown }) => shown).reduce((sum, { from, to }) => sum + to - from, 0)
    expect(rows).toBeLessThan(30)
    expect(runs.map(({ from }) => from).slice(1)).toEqual(runs.map(({ to }) => to).slice(0, -1))
    assert(
      property(anyText({ maxLength: 400 }), (text) => {
        expect(textRows(text.repeat(4)).join('')).toBe(text.repeat(4))
      }),
    )
  })
})

describe('edits', () => {
  const pairs = (...names: string[]): string[] =>
    pairsIn(Object.fromEntries(names.map((name) => [name, 'x']))).map(({ from, to }) => `${from}>${to}`)

  test.each<[string[], string[]]>([
    [['oldText', 'newText'], ['oldText>newText']],
    [['new_string', 'old_string'], ['old_string>new_string']],
    [['old_str', 'new_str', 'path'], ['old_str>new_str']],
    [['old', 'new'], ['old>new']],
    [['search', 'replace'], ['search>replace']],
    [['find', 'replacement'], ['find>replacement']],
    [['original_code', 'updated_code'], ['original_code>updated_code']],
    [['before', 'after'], ['before>after']],
    [['old_path', 'new_path'], []],
    [['oldName', 'newName'], []],
    [['from', 'to'], []],
    [['search', 'path'], []],
  ])('%j', (names, expected) => {
    expect(pairs(...names)).toEqual(expected)
  })

  test.each<[string, string, string | undefined]>([
    ['patch', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b', '   -+'],
    ['input', '*** Begin Patch\n*** Update File: x\n-a\n+b\n*** End Patch', '  -+ '],
    ['diff', '<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE', ' - + '],
    ['content', '- one\n+ two', undefined],
  ])('%s that is a patch: %j', (name, text, expected) => {
    const sign = { same: ' ', removed: '-', added: '+' }
    const rows = readPatch(name, text)
    expect(rows?.map(({ kind }) => sign[kind]).join('')).toBe(expected)
    if (rows !== undefined) expect(rows.map((row) => row.text).join('\n')).toBe(text)
  })

  it('marks what changed within a line', () => {
    const parts = withParts(diffLines('const DEBUG = false', 'const DEBUG = true'))
    expect(parts.map(({ text, part }) => text.slice(...(part ?? [])))).toEqual(['false', 'true'])
    expect(withParts(diffLines('a b', 'x y')).map(({ part }) => part)).toEqual([undefined, undefined])
  })
})

describe('addresses', () => {
  test.each<[string, string, string[], string[]]>([
    ['path', 'src/a.ts', ['plain src', 'plain /', 'main a.ts'], []],
    [
      'path',
      '/etc/../x',
      ['start /', 'plain etc', 'plain /', 'up ..', 'plain /', 'main x'],
      ['absolute: begins at the root', 'goes up with “..”'],
    ],
    [
      'x',
      '~/.ssh/id',
      ['start ~/', 'plain .ssh', 'plain /', 'main id'],
      ['in a home folder', 'hidden: a name begins with a dot'],
    ],
    ['x', String.raw`C:\a`, ['start C:\\', 'main a'], ['absolute: begins at the root']],
    [
      'url',
      'http://good.example@10.0.0.1/x',
      ['start http://', 'up good.example@', 'main 10.0.0.1', 'plain /x'],
      ['not encrypted (http)', 'the host is what stands after the “@”', 'on this machine or network'],
    ],
    [
      'x',
      'https://xn--80ak6aa92e.com',
      ['start https://', 'main xn--80ak6aa92e.com'],
      ['the host is written in another alphabet (xn--)'],
    ],
  ])('%s %s', (name, text, parts, notes) => {
    const read = readAddress(name, text)
    expect(read?.parts.map(({ kind, text }) => `${kind} ${text}`)).toEqual(parts)
    expect(read?.notes).toEqual(notes)
  })

  test.each([
    ['text', 'hello'],
    ['text', '/help me with this'],
    ['path', 'a\nb'],
    ['path', ''],
  ])('%s %j is none', (name, text) => {
    expect(readAddress(name, text)).toBeUndefined()
  })

  it('changes no character', () => {
    assert(
      property(string({ unit: constantFrom(...Array.from('a./\\~:%@* ')), minLength: 1 }), (text) => {
        expect(
          readAddress('path', text)
            ?.parts.map((part) => part.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
})

describe('arguments', () => {
  const shown = ({ name, type, value }: Argument): string =>
    `${name} ${value.kind}${type === undefined ? '' : ` (${type})`}`

  test.each<[string, Record<string, unknown>, string[]]>([
    [
      'by kind',
      { a: 'x', b: 1, c: true, d: null, e: '' },
      ['a line', 'b json (number)', 'c json (yes or no)', 'd json (nothing)', 'e line (empty text)'],
    ],
    ['a text of several lines', { content: 'a\nb' }, ['content block']],
    ['a long text', { content: 'a'.repeat(121) }, ['content block']],
    [
      'an edit',
      { old_string: 'a', new_string: 'b' },
      ['old_string → new_string diff (replaces what is marked − with what is marked +)'],
    ],
    ['half of an edit', { old_string: 'a' }, ['old_string line']],
    ['an edit of other types', { oldText: 'a', newText: 1 }, ['oldText line', 'newText json (number)']],
    ['a list of short words', { tags: ['a', 'b'] }, ['tags json (list of 2)']],
    ['a list of paths', { paths: ['/a'] }, ['paths members (list of 1)']],
    ['files', { files: [{ path: 'a', content: 'x' }] }, ['files members (list of 1)']],
    [
      'a member named __proto__',
      JSON.parse('{"__proto__":"x"}') as Record<string, unknown>,
      ['__proto__ line'],
    ],
  ])('%s', (_name, args, expected) => {
    expect(shownArguments(args).map(shown)).toEqual(expected)
  })

  it('takes edits out of their objects', () => {
    const [edits] = shownArguments({ edits: [{ oldText: 'a', newText: 'b' }] })
    expect(edits?.value.kind === 'members' && edits.value.members.map(shown)).toEqual([
      '1: oldText → newText diff (replaces what is marked − with what is marked +)',
    ])
  })

  it('says of a long text how long it is', () => {
    expect(sizeOf(`${'x'.repeat(2000)}\nrm -rf /`)).toEqual({
      characters: 2009,
      lines: 2,
    })
    expect(sizeOf('short')).toBeUndefined()
  })

  it('shows a changed definition as lines', () => {
    expect(definitionDiff('"a"', '"a\\nb"').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'same a',
      'added b',
    ])
  })
})

describe('the scope of a grant', () => {
  const args = { path: 'notes.txt', content: 'hello' }
  const tool = { server: 'files', tool: 'write_file' }

  test.each<[string, GrantOffer, { fixed: string[]; uses: number | undefined }, string]>([
    [
      'some fixed',
      DESTRUCTIVE,
      { fixed: ['path'], uses: 10 },
      'Always allow files / write_file with path = "notes.txt", any content, until 18:30, at most 10 times.',
    ],
    [
      'all fixed',
      DESTRUCTIVE,
      { fixed: ['path', 'content'], uses: 1 },
      'Always allow files / write_file with path = "notes.txt", content = "hello", until 18:30, at most once.',
    ],
    [
      'none fixed',
      WRITE,
      { fixed: [], uses: undefined },
      'Always allow files / write_file with any path, any content, until 18:30, any number of times.',
    ],
    [
      'no arguments',
      { ...WRITE, argumentNames: [] },
      { fixed: [], uses: 5 },
      'Always allow files / write_file without arguments, until 18:30, at most 5 times.',
    ],
  ])('%s', (_name, offer, wish, expected) => {
    expect(sentenceText(wishSentence(tool, args, offer, { ...wish, ms: 1 }, '18:30'))).toBe(expected)
  })

  it('says below which folder, which is chosen first where the offer says so', () => {
    const within = { path: { folders: ['/p/q/r/src', '/p/q/r'], byDefault: '/p/q/r' } }
    const offer = { ...WRITE, fixedByDefault: ['path'], within }
    const wish = firstWish(offer)
    expect(wish).toMatchObject({ fixed: [], within: { path: '/p/q/r' } })
    expect(sentenceText(wishSentence(tool, args, offer, { ...wish, uses: 1, ms: 1 }, '18:30'))).toBe(
      'Always allow files / write_file with path below /p/q/r, any content, until 18:30, at most once.',
    )
    const notChosen = { ...DESTRUCTIVE, fixedByDefault: ['path'], within: { path: { folders: ['/p/q/r'] } } }
    expect(firstWish(notChosen)).toMatchObject({ fixed: ['path'] })
    expect(firstWish(notChosen)).not.toHaveProperty('within')
    expect(wishProblem(notChosen, { ...wish, uses: 1, ms: 1 })).toBeUndefined()
    expect(folderChoices(offer, 'path').map(({ label }) => label)).toEqual([
      'exactly this',
      'anything below /p/q/r/src',
      'anything below /p/q/r',
    ])
    expect(folderChoices(offer, 'toString')).toHaveLength(1)
  })

  it('quotes a long value by both ends and its length', () => {
    const long = { ...args, content: `${'a'.repeat(5000)}END` }
    const text = sentenceText(
      wishSentence(tool, long, DESTRUCTIVE, { fixed: ['content'], uses: 1, ms: 1 }, '18:30'),
    )
    expect(text).toContain('aEND" (5,005 characters, exactly as now)')
  })

  it('says what a kept grant allows', () => {
    const grant: Grant = {
      id: 'g',
      subject: { ...tool, launchHash: '', toolHash: '', ruleHash: '' },
      risk: 'destructive',
      createdAt: 0,
      expiresAt: 1,
      left: 2,
      used: 1,
      fixed: { path: { hash: '', shown: '"notes.txt"' } },
      free: ['content'],
      salt: '',
    }
    expect(sentenceText(grantSentence(grant, '18:30'))).toBe(
      'files / write_file with path = "notes.txt", any content, until 18:30, twice more',
    )
  })

  it('offers nothing beyond the offer, and begins with the narrowest', () => {
    expect(spanChoices(DESTRUCTIVE).map(({ label }) => label)).toEqual(['15 minutes', '1 hour', '8 hours'])
    expect(useChoices(DESTRUCTIVE).map(({ value }) => value)).toEqual([1, 5, 10, 20])
    expect(useChoices(WRITE).at(-1)).toEqual({ value: undefined, label: 'any number of times' })
    expect(firstWish(DESTRUCTIVE)).toEqual({ fixed: ['path', 'content'], ms: 3_600_000, uses: 10 })
    expect(firstWish(WRITE)).toMatchObject({ ms: WRITE.maxMs, uses: undefined })
    expect(firstWish({ ...DESTRUCTIVE, maxMs: 60_000, maxUses: 2 })).toMatchObject({ ms: 60_000, uses: 2 })
  })

  test.each([
    ['nothing fixed for a destructive tool', DESTRUCTIVE, { fixed: [], uses: 1, ms: 1 }, 'keep at least one'],
    ['too long', DESTRUCTIVE, { fixed: ['path'], uses: 1, ms: 9e9 }, 'At most 8 hours'],
    ['too often', DESTRUCTIVE, { fixed: ['path'], uses: 21, ms: 1 }, 'At most 20 times'],
    ['without a count', DESTRUCTIVE, { fixed: ['path'], uses: undefined, ms: 1 }, 'At most 20 times'],
  ])('refuses %s', (_name, offer, wish, expected) => {
    expect(wishProblem(offer, wish)).toContain(expected)
  })
})

describe('what becomes of questions', () => {
  const question = pending({ args: {} })
  const before = pageQuestions(state([sidecar([question])]))
  const later = (changes: object) => state([sidecar([])], changes)

  test.each<[string, ReturnType<typeof state>, 'approve' | 'deny' | undefined, string]>([
    ['approved here', later({}), 'approve', 'approved'],
    ['denied here', later({}), 'deny', 'denied'],
    ['gone without us', later({}), undefined, 'elsewhere'],
    ['past its time', later({ now: question.expiresAt }), undefined, 'expired'],
    ['its sidecar is gone', state([]), undefined, 'stopped'],
  ])('%s', (_name, after, mine, how) => {
    const answered = new Map(mine === undefined ? [] : [[question.id, mine] as const])
    expect(questionChanges(before, after, answered).ended.map((ended) => ended.how)).toEqual([how])
  })

  it('puts a new one at the end, whichever sidecar asks', () => {
    const [a, b] = [pending({ args: {} }, { askedAt: 1 }), pending({ args: {} }, { askedAt: 2 })]
    const now = state([sidecar([b]), sidecar([a], { id: 'b' })])
    expect(pageQuestions(now).map(({ pending }) => pending.id)).toEqual([a.id, b.id])
  })

  test.each([
    [0, '0 s'],
    [59_001, '1 min 00 s'],
    [61_000, '1 min 01 s'],
    [3_600_000, '1 h 00 min'],
  ])('%d ms left', (ms, words) => {
    expect(timeLeft(ms)).toBe(words)
  })

  it('counts in the title, and says nothing else', () => {
    expect([documentTitle(0), documentTitle(2)]).toEqual(['sidemux', '(2) sidemux'])
  })
})

describe('the guard', () => {
  const free: Moment = { now: 1000, link: 'live', decidesFrom: 0, movedAt: 0, busy: false, expiresAt: 2000 }

  test.each<[string, Partial<Moment>, string]>([
    ['the list moved', { movedAt: 501 }, 'settling'],
    ['the page was just opened', { decidesFrom: 1001 }, 'early'],
    ['the connection is lost', { link: 'lost' }, 'lost'],
    ['nothing is known yet', { link: 'connecting' }, 'lost'],
    ['the session is void', { link: 'closed' }, 'closed'],
    ['an answer is on its way', { busy: true }, 'busy'],
    ['the question expired', { now: 2000 }, 'expired'],
  ])('holds when %s', (_name, changes, why) => {
    expect(holdOf({ ...free, ...changes })?.why).toBe(why)
  })

  it('lets a decision pass otherwise', () => {
    expect(holdOf(free)).toBeUndefined()
    expect(holdWords({ why: 'early', ms: 1200 })).toBe('You can decide in 2 s.')
  })
})
