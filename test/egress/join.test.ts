/** What one side says the other one gets, to the last byte, also where it takes it late. */
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { join } from '../../src/egress/join.ts'
import { Budget } from '../../src/wire/budget.ts'

/** A side that takes what it is given only when it is told to. */
function side(): { stream: Duplex; taken: string[]; take(): void; say(text: string): void; end(): void } {
  const taken: string[] = []
  const waiting: (() => void)[] = []
  let isEager = false
  const stream = new Duplex({
    read: () => undefined,
    write(chunk, _, done) {
      taken.push(String(chunk))
      if (isEager) done()
      else waiting.push(done)
    },
  })
  return {
    stream,
    taken,
    take: () => {
      isEager = true
      for (const done of waiting.splice(0)) done()
    },
    say: (text) => stream.push(text),
    end: () => stream.push(null),
  }
}

it('hands on all that was said before an end, to a side that takes it late', async () => {
  const [near, far] = [side(), side()]
  join(near.stream, far.stream, new Budget())
  far.take()
  near.end()
  for (const text of ['a', 'b', 'c']) far.say(text)
  far.end()
  await once(far.stream, 'close')
  await turn()
  expect(near.taken).toEqual(['a'])
  near.take()
  await once(near.stream, 'finish')
  expect(near.taken.join('')).toBe('abc')
})

it('leaves nothing behind of the times when it waited', async () => {
  const [near, far] = [side(), side()]
  join(near.stream, far.stream, new Budget())
  const before = far.stream.listenerCount('close')
  const large = 'x'.repeat(100_000)
  for (let time = 0; time < 5; time += 1) {
    near.say(large)
    await turn()
    far.stream.emit('drain')
    await turn()
  }
  expect(far.taken.length).toBe(1)
  expect(far.stream.writableLength).toBe(5 * large.length)
  expect(far.stream.listenerCount('close')).toBe(before)
})

it('ends the other side when one breaks off', async () => {
  const [near, far] = [side(), side()]
  join(near.stream, far.stream, new Budget())
  near.stream.destroy()
  await once(far.stream, 'close')
  expect(far.stream.destroyed).toBe(true)
})
