import { expect, test } from 'vitest'
import { mend } from '../../src/pipeline/mend.ts'
import type { Result } from '../../src/pipeline/call.ts'

test('members that are named like those of every object cross as they are', () => {
  const text = '{"content":[],"__proto__":{"a":1},"constructor":"b","toString":2,"__defineGetter__":{"c":3}}'
  expect(JSON.stringify(mend(JSON.parse(text) as Result))).toBe(text)
})
