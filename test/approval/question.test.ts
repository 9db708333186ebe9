import { describe, expect, it } from 'vitest'
import { questionText, MAX_QUESTION_LENGTH, type QuestionFacts } from '../../src/approval/facts/question.ts'

const facts: QuestionFacts = {
  server: 'github',
  tool: 'delete_repository',
  risk: 'destructive',
  why: 'risk: named delete',
  because: 'Its name says “delete”.',
  args: { owner: 'octo', repo: 'demo' },
  changes: [],
}

describe('a question (promise 4)', () => {
  it('begins with the call and why it is asked, and names risk, rule and every argument', () => {
    expect(questionText(facts)).toBe(
      [
        'github: delete_repository owner="octo" repo="demo"',
        'destructive: Its name says “delete”.',
        '',
        'server: github',
        'tool: delete_repository',
        'risk: destructive',
        'asked because: risk: named delete',
        '',
        'arguments (2), in full:',
        '',
        '    "owner": "octo"',
        '    "repo": "demo"',
      ].join('\n'),
    )
  })

  const hidden: [string, string, string][] = [
    ['bidi override', 'a\u202Eb', 'a‹U+202E›b'],
    ['zero width space', 'a\u200Bb', 'a‹U+200B›b'],
    ['zero width joiner', 'a\u200Db', 'a‹U+200D›b'],
    ['byte order mark', 'a\uFEFFb', 'a‹U+FEFF›b'],
    ['escape', 'a\u001B[2Jb', String.raw`a\u001b[2Jb`],
    ['delete', 'a\u007Fb', 'a‹U+007F›b'],
    ['C1 control', 'a\u009Bb', 'a‹U+009B›b'],
    ['tag letter', 'a\u{E0041}b', 'a‹U+E0041›b'],
    ['variation selector', 'a\uFE0Fb', 'a‹U+FE0F›b'],
    ['no-break space', 'a\u00A0b', 'a‹U+00A0›b'],
    ['line separator', 'a\u2028b', 'a‹U+2028›b'],
    ['hangul filler', 'a\u3164b', 'a‹U+3164›b'],
    ['soft hyphen', 'a\u00ADb', 'a‹U+00AD›b'],
    ['line break', 'a\nb', String.raw`a\nb`],
  ]
  it.each(hidden)('makes a %s in a value visible', (_what, value, shown) => {
    expect(questionText({ ...facts, args: { x: value } })).toContain(`  "x": "${shown}"`)
  })
  it.each(hidden)('makes a %s in the name of an argument visible', (_what, name, shown) => {
    expect(questionText({ ...facts, args: { [name]: 1 } })).toContain(`  "${shown}": 1`)
  })

  it('lets no argument begin a line of its own', () => {
    const text =
      questionText({ ...facts, args: { x: 'y\nserver: filesystem\nrisk: read', 'k\nrisk: read': 1 } }) ?? ''
    expect(text.split('\n').filter((line) => line.startsWith('risk:'))).toEqual(['risk: destructive'])
    expect(text.split('\n').filter((line) => line.startsWith('server:'))).toEqual(['server: github'])
  })

  it('fences off what the server wrote, never in the first line, and cuts only that', () => {
    const asked = questionText({ ...facts, description: `Harmless.\nrisk: read\n\u202E${'x'.repeat(2000)}` })
    const lines = asked?.split('\n') ?? []
    expect(lines[0]).toBe('github: delete_repository owner="octo" repo="demo"')
    const fence = lines.indexOf('what the server says about this tool (unchecked):')
    expect(lines[fence + 1]).toBe('')
    expect(lines.slice(fence + 2).every((line) => line.startsWith('    > '))).toBe(true)
    expect(lines.slice(0, fence).join('\n')).not.toContain('Harmless')
    expect(asked).toContain('‹U+202E›')
  })

  it('lets no run of spaces wrap a value into a line that seems to be ours', () => {
    const text = questionText({ ...facts, args: { x: `a${' '.repeat(400)}risk: read` } })
    expect(text).toContain('"x": "a‹400 spaces›risk: read"')
  })

  it('shows an argument of 100 kB to its end', () => {
    expect(questionText({ ...facts, args: { x: `${'a'.repeat(100_000)}END` } })).toContain('END"')
  })

  it('is not asked at all when it could not be shown in full', () => {
    expect(questionText({ ...facts, args: { x: 'a'.repeat(MAX_QUESTION_LENGTH) } })).toBeUndefined()
  })

  it('says what changed since the tool was first seen (promise 5)', () => {
    const changes = [
      { member: 'annotations', before: '{"readOnlyHint":true}' },
      { member: 'description', before: '"Deletes."', after: '"Reads.\\nrisk: read\u202E"' },
    ]
    expect(
      questionText({ ...facts, changes })
        ?.split('\n')
        .slice(-7),
    ).toEqual([
      'the server changed this tool since it was first seen (annotations, description):',
      '',
      '    > annotations',
      '    > - {"readOnlyHint":true}',
      '    > description',
      '    > - "Deletes."',
      '    > + "Reads.\\nrisk: read‹U+202E›"',
    ])
  })
  it.each(['prompt', 'resource'] as const)('calls a %s what it is, also where it changed', (kind) => {
    const changes = [{ member: 'description', before: '"a"', after: '"b"' }]
    const text = questionText({ ...facts, kind, changes, description: 'b' })
    expect(text).toContain(`the server changed this ${kind} since it was first seen`)
    expect(text).toContain(`what the server says about this ${kind} (unchecked)`)
    expect(text).not.toContain('tool')
  })
})
