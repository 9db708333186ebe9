/** The reference grammar as a table: what is written, what it means, and which hint a mistake gets. */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { parseTemplate, references, type Reference } from '../../src/secrets/reference.ts'

const good: readonly [source: string, expected: readonly (string | Reference)[]][] = [
  ['', []],
  ['plain', ['plain']],
  ['${env:NAME}', [{ kind: 'env', name: 'NAME' }]],
  ['${env:NAME:-default}', [{ kind: 'env', name: 'NAME', fallback: 'default' }]],
  ['${env:NAME:-}', [{ kind: 'env', name: 'NAME', fallback: '' }]],
  ['${env:URL:-http://localhost:80/#x}', [{ kind: 'env', name: 'URL', fallback: 'http://localhost:80/#x' }]],
  ['${env:NAME:-a:-b}', [{ kind: 'env', name: 'NAME', fallback: 'a:-b' }]],
  ['${env:NAME:- spaced }', [{ kind: 'env', name: 'NAME', fallback: ' spaced ' }]],
  ['${env:ProgramFiles(x86)}', [{ kind: 'env', name: 'ProgramFiles(x86)' }]],
  ['${file:/run/secrets/token}', [{ kind: 'file', path: '/run/secrets/token' }]],
  ['${file:/a/key.json#client.id}', [{ kind: 'file', path: '/a/key.json', field: 'client.id' }]],
  ['${file:C:\\keys\\a.txt}', [{ kind: 'file', path: 'C:\\keys\\a.txt' }]],
  ['${file:/My Files/a}', [{ kind: 'file', path: '/My Files/a' }]],
  ['${team:/github/TOKEN}', [{ kind: 'store', store: 'team', path: '/github/TOKEN' }]],
  ['${team:/github/KEY#id}', [{ kind: 'store', store: 'team', path: '/github/KEY', field: 'id' }]],
  ['${op:op://vault/item}', [{ kind: 'store', store: 'op', path: 'op://vault/item' }]],
  ['${team:/a#b#c}', [{ kind: 'store', store: 'team', path: '/a', field: 'b#c' }]],
  ['${lease:db#DB_USERNAME}', [{ kind: 'lease', lease: 'db', field: 'DB_USERNAME' }]],
  ['Bearer ${team:/x}!', ['Bearer ', { kind: 'store', store: 'team', path: '/x' }, '!']],
  [
    '${env:A}${env:B}',
    [
      { kind: 'env', name: 'A' },
      { kind: 'env', name: 'B' },
    ],
  ],
  ['$${env:A}', ['${env:A}']],
  ['$$${env:A}', ['$${env:A}']],
  ['${env:A}$${', [{ kind: 'env', name: 'A' }, '${']],
  ['$', ['$']],
  ['$5 $HOME $$ {} }', ['$5 $HOME $$ {} }']],
  ['US$', ['US$']],
]

describe('parseTemplate reads', () => {
  test.each(good)('%j', (source, expected) => {
    const parsed = parseTemplate(source)
    if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('; '))
    const got = parsed.template.parts.map((part) => (part.kind === 'literal' ? part.text : part.reference))
    expect(got).toEqual(expected)
    expect(parsed.template.source).toBe(source)
  })
})

const bad: readonly [source: string, message: RegExp, hint: RegExp, offset: number][] = [
  ['${', /not closed/, /add the \}/, 0],
  ['a ${env:NAME', /not closed/, /add the \}/, 2],
  ['${}', /empty/, /\$\{env:NAME\}/, 0],
  ['${GITHUB_TOKEN}', /where its value comes from/, /\$\{env:GITHUB_TOKEN\}/, 0],
  ['${GITHUB_TOKEN:-x}', /where its value comes from/, /\$\{env:GITHUB_TOKEN:-default\}/, 0],
  ['${workspaceFolder}', /where its value comes from/, /\$\{env:NAME\}.*\$\$\{/, 0],
  ['${env:}', /names no environment variable/, /\$\{env:NAME\}/, 0],
  ['${env::-x}', /names no environment variable/, /\$\{env:NAME\}/, 0],
  ['${env:A B}', /not the name/, /\$\{env:NAME\}/, 0],
  ['${env:A:x}', /not the name/, /:- before the default/, 0],
  ['${env:A-x}', /not the name/, /:- before the default/, 0],
  ['${env:A#b}', /not the name/, /store of type env/, 0],
  ['${env:A:-${env:B}}', /holds another \$\{/, /do not nest/, 0],
  ['${env:A and ${env:B}', /holds another \$\{/, /close the first/, 0],
  ['${env:A:-{"a":1}}', /holds a \{/, /first \}/, 0],
  ['${file:}', /empty name or path/, /\$\{file:\/path\}/, 0],
  ['${file:#a}', /empty name or path/, /\$\{file:\/path\}/, 0],
  ['${file:/a#}', /no field/, /drop the #/, 0],
  ['${team:}', /empty name or path/, /\$\{team:path\}/, 0],
  ['${team: /x}', /spaces around/, /\$\{team:path\}/, 0],
  ['${team:/x# f}', /spaces around/, /\$\{team:path\}/, 0],
  ['${team:-rf}', /where its value comes from/, /\$\{env:NAME\}/, 0],
  ['${Team:/x}', /does not begin with/, /lower case/, 0],
  ['${ env:A}', /does not begin with/, /without spaces/, 0],
  ['${:x}', /does not begin with/, /\$\{store:path\}/, 0],
  ['${lease:db}', /names no field/, /\$\{lease:name#field\}/, 0],
  ['${lease:#f}', /empty name or path/, /\$\{lease:name#field\}/, 0],
  ['${plain:}', /holds no reference/, /\$\{plain:env:NAME\}/, 0],
  ['${plain:plain:env:A}', /another plain:/, /\$\{plain:env:NAME\}/, 0],
  ['${plain:HOST}', /where its value comes from/, /\$\{plain:env:HOST\}/, 0],
  ['${plain:lease:db}', /names no field/, /\$\{plain:lease:name#field\}/, 0],
  ['${plain:${env:A}}', /holds another \$\{/, /do not nest/, 0],
  ['${team:/a\nb}', /line break/, /one line/, 0],
  ['${team:/a\u0000b}', /control character/, /one line/, 0],
]

describe('parseTemplate refuses, with a hint', () => {
  test.each(bad)('%j', (source, message, hint, offset) => {
    const parsed = parseTemplate(source)
    expect(parsed.ok).toBe(false)
    if (parsed.ok) return
    expect(parsed.problems).toHaveLength(1)
    expect(parsed.problems[0]?.message).toMatch(message)
    expect(parsed.problems[0]?.hint).toMatch(hint)
    expect(parsed.problems[0]?.offset).toBe(offset)
  })
})

test('every problem of a template is told, each at its place', () => {
  const parsed = parseTemplate('${A} ${env:B} ${env:} ${')
  expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.offset)).toEqual([0, 14, 22])
})

test('a reference knows where it stands and how it is written', () => {
  const parsed = parseTemplate('$${ ${team:/x#y} ${env:A}')
  expect(parsed.ok ? references(parsed.template) : []).toEqual([
    {
      kind: 'reference',
      reference: { kind: 'store', store: 'team', path: '/x', field: 'y' },
      text: '${team:/x#y}',
      offset: 4,
    },
    { kind: 'reference', reference: { kind: 'env', name: 'A' }, text: '${env:A}', offset: 17 },
  ])
})

test.each([
  ['${plain:d:PGHOST}', { kind: 'store', store: 'd', path: 'PGHOST' }, '${plain:d:PGHOST}'],
  ['${plain:env:HOST}', { kind: 'env', name: 'HOST' }, '${plain:env:HOST}'],
  ['${plain:env:H:-local}', { kind: 'env', name: 'H', fallback: 'local' }, '${plain:env:H:-…}'],
  ['${plain:team:/x#y}', { kind: 'store', store: 'team', path: '/x', field: 'y' }, '${plain:team:/x#y}'],
  ['${plain:file:/x#a.b}', { kind: 'file', path: '/x', field: 'a.b' }, '${plain:file:/x#a.b}'],
  ['${plain:lease:db#USER}', { kind: 'lease', lease: 'db', field: 'USER' }, '${plain:lease:db#USER}'],
])('%s is the same reference, declared to be no secret', (source, reference, text) => {
  const parsed = parseTemplate(`a${source}`)
  expect(parsed.ok ? references(parsed.template) : parsed.problems).toEqual([
    { kind: 'reference', reference, plain: true, text, offset: 1 },
  ])
})

test('neither a default nor a pasted password that holds ${ shows in what is said about it (promise 3)', () => {
  for (const source of [
    '${env:A:-hunter2hunter2}',
    'a${hunter2hunter2}b',
    'a${hunter2hunter2',
    '${x:hunter2 hunter2 }',
    '${plain:hunter2hunter2}',
    '${plain:env:A:-hunter2hunter2}',
  ]) {
    const parsed = parseTemplate(source)
    const said = parsed.ok ? references(parsed.template).map((part) => part.text) : parsed.problems
    expect(JSON.stringify(said)).not.toContain('hunter2')
  }
})

describe('for any text', () => {
  const text = fc.oneof(
    fc.anyText(),
    fc
      .array(
        fc.constantFrom(
          '$',
          '{',
          '}',
          ':',
          '-',
          '#',
          'env',
          'file',
          'lease',
          'plain',
          'team',
          '/',
          'A',
          ' ',
          '\n',
        ),
      )
      .map((tokens) => tokens.join('')),
  )

  test('parseTemplate never throws, and either has parts or has problems with hints', () => {
    fc.assert(
      fc.property(text, (source) => {
        const parsed = parseTemplate(source)
        if (parsed.ok) return parsed.template.source === source
        return parsed.problems.length > 0 && parsed.problems.every((problem) => problem.hint !== '')
      }),
      { numRuns: 2000 },
    )
  })

  test('a literal round-trips once its ${ is written $${', () => {
    fc.assert(
      fc.property(text, (source) => {
        const parsed = parseTemplate(source.replaceAll('${', () => '$${'))
        return (
          parsed.ok &&
          parsed.template.parts.map((part) => (part.kind === 'literal' ? part.text : '?')).join('') === source
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('references point at their ${, and literals are never split', () => {
    fc.assert(
      fc.property(text, (source) => {
        const parsed = parseTemplate(source)
        if (!parsed.ok) return
        for (const part of references(parsed.template))
          expect(source.startsWith('${', part.offset)).toBe(true)
        const kinds = parsed.template.parts.map((part) => part.kind)
        for (const [index, kind] of kinds.entries()) {
          expect(kind === 'literal' && kinds[index + 1] === 'literal').toBe(false)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
