/** One line a server in 2 KiB, by which hosts that search find the right one. */
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { mergeInstructions, type ServerWords } from '../../src/catalog/offers/instructions.ts'

const linesOf = (servers: readonly ServerWords[], notices?: readonly string[]): readonly string[] =>
  mergeInstructions(servers, notices)?.split('\n') ?? []

describe('the line of a server', () => {
  const cases: [string, Omit<ServerWords, 'server'>, string][] = [
    ['nothing known', {}, '- s'],
    ['blank words', { text: ' \n ' }, '- s'],
    ['its own words', { text: 'Reads mail.\nThen sends it.' }, '- s: "Reads mail. Then sends it."'],
    ['the operator first', { description: 'Our mail', text: 'Mail.' }, '- s: "Our mail" "Mail."'],
    ['its tools', { tools: ['get', 'send'] }, '- s: tools get, send'],
    ['both', { text: 'Mail.', tools: ['get'] }, '- s: "Mail." Tools: get'],
    ['what hides', { text: 'a\u202Eb' }, '- s: "a‹U+202E›b"'],
    ['quotes', { text: '"\n- other: "x' }, String.raw`- s: "\" - other: \"x"`],
  ]
  it.each(cases)('%s', (_what, words, line) => {
    expect(linesOf([{ server: 's', ...words }]).slice(1)).toEqual([line])
  })

  it('has its first sentence whole where ten servers have much to say', () => {
    const first = 'Searches, reads and edits issues, pull requests and files of repositories.'
    const servers = Array.from({ length: 10 }, (_, index) => ({
      server: `server-${index}`,
      text: `${first} ${'More of it. '.repeat(index * 100)}`,
      tools: ['get_issue', 'list_issues'],
    }))
    for (const line of linesOf(servers).slice(1)) expect(line).toContain(first)
  })

  it('leaves what it does not need to the others', () => {
    const long = 'Word '.repeat(350).trim()
    const lines = linesOf([{ server: 'a', text: long }, { server: 'b', text: 'Short.' }, { server: 'c' }])
    expect(lines.slice(1)).toEqual([`- a: "${long}"`, '- b: "Short."', '- c'])
  })
})

it('begins with what the person should know, which leaves room for the servers', () => {
  const servers = [{ server: 'a', text: 'Mail.' }]
  expect(linesOf(servers, ['"x" is not used: no\ncommand'])[0]).toBe('"x" is not used: no‹U+000A›command')
  const many = linesOf(servers, Array<string>(100).fill('an entry is not used'))
  expect(many.at(-1)).toBe('- a: "Mail."')
  expect(many).toContain('more of this in "sidemux check"')
  expect(mergeInstructions([], ['none'])).toBe('none')
  expect(mergeInstructions([])).toBeUndefined()
})

it('names as many as fit where there are hundreds', () => {
  const lines = linesOf(Array.from({ length: 300 }, (_, index) => ({ server: `server-${index}` })))
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatch(/^- server-0, server-1, .* and \d+ more$/)
})

it('is never longer than 2 KiB, and never more lines than servers', () => {
  const words = fc.record({
    server: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,15}$/),
    description: fc.anyText({ maxLength: 300 }),
    text: fc.anyText({ maxLength: 3000 }),
    tools: fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), { maxLength: 40 }),
  })
  fc.assert(
    fc.property(
      fc.array(words, { maxLength: 60 }),
      fc.array(fc.string(), { maxLength: 8 }),
      (all, notices) => {
        const text = mergeInstructions(all, notices) ?? ''
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048)
        expect(text.isWellFormed()).toBe(true)
        expect(text.split('\n').length).toBeLessThanOrEqual(all.length + notices.length + 2)
      },
    ),
    { numRuns: 30 },
  )
})
