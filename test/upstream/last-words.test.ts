import { describe, expect, test } from 'vitest'
import { LastWords } from '../../src/upstream/process/words/last-words.ts'

const HEAD = "it printed last (the server's words, not sidemux's):"
const steps = (count: number) => Array.from({ length: count }, (_, index) => `cleanup step ${index}`)

describe('of what a server printed last', () => {
  const cases: { title: string; printed: readonly string[]; said: readonly string[] }[] = [
    {
      title: 'the line that says what is wrong counts, however much is printed after it',
      printed: ['Error: no key', ...steps(300)],
      said: ['Error: no key', '…', 'cleanup step 297', 'cleanup step 298', 'cleanup step 299'],
    },
    {
      title: 'of several such lines the last one',
      printed: ['Error: first', 'Error: second', ...steps(80)],
      said: ['Error: second', '…', 'cleanup step 77', 'cleanup step 78', 'cleanup step 79'],
    },
    {
      title: 'what npm puts around it does not',
      printed: ['npm error code E404', 'npm error 404 Not Found', 'npm error 404', 'npm error'],
      said: ['npm error code E404', 'npm error 404 Not Found'],
    },
  ]
  test.each(cases)('$title', ({ printed, said }) => {
    const words = new LastWords(() => (line) => line)
    for (const line of printed) words.heard(line)
    expect(words.said).toBe([HEAD, ...said.map((line) => `> ${line}`)].join('\n'))
  })
})
