/** What is pushed in one turn goes out in one write, in its order; what is long isn't copied. */
import { expect, test } from 'vitest'
import { Outbox, type Line } from '../../src/wire/outbox.ts'

class Taken {
  readonly chunks: (string | Uint8Array)[] = []
  isBehind = false
  writableLength = 0

  write(chunk: string | Uint8Array): boolean {
    this.chunks.push(chunk)
    return !this.isBehind
  }

  get text(): string {
    return this.chunks.map((chunk) => Buffer.from(chunk as string).toString()).join('')
  }
}

const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
const long = (sign: string): string => sign.repeat(20_000)

test.each<[string, readonly Line[], number]>([
  ['short lines', ['{"a":1}\n', '{"b":"é"}\n', '{"c":3}\n'], 1],
  ['pieces of one line', [['{"a":', '1', '}\n']], 1],
  ['bytes between text', [['{"a":', Buffer.from('[1]'), '}\n'], 'x\n'], 3],
  ['a long line between short ones', ['a\n', long('b'), 'c\n'], 3],
  ['nothing at all', [[], ['', ''], ''], 0],
])('%s', async (_, lines, writes) => {
  const sink = new Taken()
  const outbox = new Outbox(sink)
  for (const line of lines) outbox.push(line)
  expect(sink.chunks).toEqual([])
  await turn()
  const all = lines.flatMap((line) => (typeof line === 'string' ? [line] : [...line]))
  expect(sink.text).toBe(all.map((piece) => Buffer.from(piece as string).toString()).join(''))
  expect(sink.chunks).toHaveLength(writes)
  expect(outbox.queued).toBe(0)
})

test('what is pushed while promises of the turn are settled goes along', async () => {
  const sink = new Taken()
  const outbox = new Outbox(sink)
  await Promise.all(
    ['a', 'b', 'c'].map(async (line) => {
      await Promise.resolve()
      outbox.push(line)
    }),
  )
  await turn()
  expect(sink.chunks).toEqual(['abc'])
})

test('counts what waits, here and in the sink, and says when the sink wants no more', async () => {
  const sink = new Taken()
  const behind: string[] = []
  const outbox = new Outbox(sink, () => behind.push('behind'))
  sink.writableLength = 5
  outbox.push(['abc', Buffer.from('de')])
  expect([outbox.queued, behind]).toEqual([10, []])
  sink.isBehind = true
  outbox.flush()
  expect([sink.text, behind]).toEqual(['abcde', ['behind']])
})
