/** A value split over what a server says in several messages (promise 3): what has left can't be called back. */
import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import type { Thread } from '../../src/redact/thread.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { inParts, longestLeft, STRONG } from './strong.ts'

function threadOf(value: string): Thread {
  const redactor = new Redactor()
  redactor.add('s', [new Secret(value, 's.T')])
  return redactor.thread()
}

type Message = (part: string, i: number) => readonly unknown[]

const progress: Message = (message, i) => [{ progressToken: 'p', progress: i, total: 9, message }]
const log: Message = (data) => [{ level: 'info', logger: 'l', data }]

const IN_ORDER: Record<string, Message> = {
  progress,
  'log messages': log,
  'log messages that are objects': (msg, i) => [
    { level: 'info', data: { line: i, msg, at: '2026-01-01T00:00:00Z' } },
  ],
  lines: (part) => [part],
}
const ANYHOW: Record<string, Message> = {
  ...IN_ORDER,
  'progress in words': (part, i) => progress(`step ${i}: ${part}`, i),
  'progress and log in turns': (part, i) => (i % 2 === 0 ? progress(part, i) : log(part, i)),
  'others between': (part, i) => [...log('something else happened', i), ...log(part, i)],
  'lines with the time': (part, i) => [`2026-01-01T00:00:0${i} INFO ${part}`],
  questions: (part) => [{ method: 'elicitation/create', params: { message: `What of ${part}` } }],
}

const CUTS: Record<string, (value: string) => readonly string[]> = {
  'in two': (value) => inParts(value, 2),
  'in three': (value) => inParts(value, 3),
  'after three': (value) => [value.slice(0, 3), value.slice(3)],
  'before three': (value) => [value.slice(0, -3), value.slice(-3)],
}
const FINE: typeof CUTS = {
  ...CUTS,
  'each character': (value) => Array.from(value),
  'each two': (value) => value.match(/..?/g) ?? [],
}

function misses(value: string, messages: Record<string, Message>, cuts: typeof CUTS): string[] {
  return Object.entries(messages).flatMap(([kind, say]) =>
    Object.entries(cuts).flatMap(([cut, divide]) => {
      const thread = threadOf(value)
      const left = divide(value)
        .flatMap(say)
        .map((message) =>
          JSON.stringify(
            typeof message === 'string' ? thread.maskText(message) : thread.maskJson(message).value,
          ),
        )
      const worst = Math.max(...left.map((message) => longestLeft(value, message)))
      return left.some((message) => message.includes('[redacted:s.T]')) && worst < 8
        ? []
        : [`${kind}, ${cut}: ${worst}`]
    }),
  )
}

describe('split over several messages', () => {
  test.each(Object.entries(STRONG))('%s, in order, however finely', (_, value) => {
    expect(misses(value, IN_ORDER, FINE)).toEqual([])
  })

  test.each(Object.entries(STRONG))('%s, whatever stands between', (_, value) => {
    expect(misses(value, ANYHOW, CUTS)).toEqual([])
  })

  test('what follows a beginning that was let out is masked to the end', () => {
    const thread = threadOf('tok-9f8e7d6c5b4a3210')
    expect(['a tok-9f', '8e7d6c', '5b4a3210 b'].map((line) => thread.maskText(line))).toEqual([
      'a tok-9f',
      '[redacted:s.T]',
      '[redacted:s.T] b',
    ])
  })

  test('a beginning that may go on is masked at once, one that does not is not', () => {
    const value = STRONG['GitHub'] ?? ''
    expect(threadOf(value).maskText(`with ${value.slice(0, 12)}`)).toBe('with [redacted:s.T]')
    expect(threadOf(value).maskText(`with ${value.slice(0, 9)}x and more`)).toBe(
      `with ${value.slice(0, 9)}x and more`,
    )
  })

  test('little is remembered', () => {
    const parts = inParts(STRONG['hash'] ?? '', 10)
    const lastAfter = (others: number): string => {
      const thread = threadOf(parts.join(''))
      const said = parts.map((part) => {
        for (let i = 0; i < others; i++) thread.maskText(`line ${i}: ${'all quiet. '.repeat(20)}`)
        return thread.maskText(part)
      })
      return said.at(-2) ?? ''
    }
    expect(lastAfter(1)).toBe('[redacted:s.T]')
    expect(lastAfter(5)).toBe(parts.at(-2))
  })
})
