/** The measure of costs tells work and not time, or tests that lean on it would fail on a busy machine. */
import { expect, it } from 'vitest'
import { work } from './work.ts'

it('waiting costs nothing', () => {
  const asleep = new Int32Array(new SharedArrayBuffer(4))
  expect(work(() => Atomics.wait(asleep, 0, 0, 300))).toBeLessThan(1)
})

it('what is read to the square stands out', () => {
  const text = 'a'.repeat(12_000)
  const square = (): void => {
    for (let at = 0; at < text.length; at += 1)
      for (let on = at; on < text.length; on += 1) text.charCodeAt(on)
  }
  const line = (): void => {
    for (let at = 0; at < text.length; at += 1) text.charCodeAt(at)
  }
  expect(work(square)).toBeGreaterThan(5 * work(line))
  expect(work(line)).toBeLessThan(1)
})
