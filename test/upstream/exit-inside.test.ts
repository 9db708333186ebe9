/** How a confined program ended is told as of any other. */
import { expect, test } from 'vitest'
import { exitInside } from '../../src/upstream/process/exit-inside.ts'

test.each([
  [0, null, { code: 0, signal: null }],
  [3, null, { code: 3, signal: null }],
  [128, null, { code: 128, signal: null }],
  [137, null, { code: null, signal: 'SIGKILL' }],
  [143, null, { code: null, signal: 'SIGTERM' }],
  [255, null, { code: 255, signal: null }],
  [null, 'SIGKILL', { code: null, signal: 'SIGKILL' }],
] as const)('%s %s', (code, signal, told) => {
  expect(exitInside(code, signal, 'bubblewrap')).toEqual(told)
  expect(exitInside(code, signal, 'landlock')).toEqual(told)
})

test('what takes the place of sandbox-exec, or is not confined, says itself how it ended', () => {
  for (const by of ['seatbelt', undefined] as const)
    expect(exitInside(137, null, by)).toEqual({ code: 137, signal: null })
})
