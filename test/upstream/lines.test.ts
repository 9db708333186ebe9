import { describe, expect, test } from 'vitest'
import {
  LineLog,
  MAX_LINE_LENGTH,
  MAX_LINES_PER_SECOND,
  type StreamMask,
} from '../../src/upstream/process/words/lines.ts'

const plain = (): StreamMask => ({ push: (text) => text, settle: () => '', flush: () => '' })

function log(chunks: readonly (string | Buffer)[], redactor = plain()): string[] {
  const lines: string[] = []
  const made = new LineLog(
    redactor,
    (line) => line,
    (line) => lines.push(line),
    () => 0,
  )
  for (const chunk of chunks) made.push(Buffer.from(chunk))
  made.end()
  return lines
}

describe("a child's words become lines of the log", () => {
  const cases: { title: string; chunks: (string | Buffer)[]; expected: string[] }[] = [
    { title: 'lines', chunks: ['a\nb\r\nc'], expected: ['a', 'b', 'c'] },
    { title: 'cut anywhere', chunks: ['one li', 'ne\nano', 'ther\n'], expected: ['one line', 'another'] },
    {
      title: 'cut within a character',
      chunks: [Buffer.from('é').subarray(0, 1), Buffer.from('é\n').subarray(1)],
      expected: ['é'],
    },
    { title: 'empty lines', chunks: ['\n\n a\n'], expected: [' a'] },
    { title: 'terminal control', chunks: ['\u001b[2Jgone\n'], expected: ['‹U+001B›[2Jgone'] },
  ]
  test.each(cases)('$title', ({ chunks, expected }) => {
    expect(log(chunks)).toEqual(expected)
  })

  test('a line has an end, also when the child never ends it', () => {
    const lines = log(Array.from({ length: 100 }, () => 'x'.repeat(1000)))
    expect(lines.every((line) => line.length < MAX_LINE_LENGTH + 100)).toBe(true)
    expect(lines.length).toBeGreaterThan(10)
  })

  test('a flood is cut off and counted', () => {
    const lines = log(['spam\n'.repeat(1000)])
    expect(lines).toHaveLength(MAX_LINES_PER_SECOND + 1)
    expect(lines.at(-1)).toBe('(800 more lines within a second, left out)')
  })

  test('what the redactor holds back comes at the end (promise 3)', () => {
    let held = ''
    const redactor = {
      push: (text: string) => {
        held += text
        return ''
      },
      settle: () => '',
      flush: () => held.replaceAll('secret', '***'),
    }
    expect(log(['a sec', 'ret\nb'], redactor)).toEqual(['a ***', 'b'])
  })
})
