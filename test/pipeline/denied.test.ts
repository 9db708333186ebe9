/** What a sandbox kept from a server is said beside its words, which stay as they are (promise 7). */
import { expect, test } from 'vitest'
import { errorWithDenied, withDenied } from '../../src/pipeline/denied.ts'

const asked: string[] = []
const denied = (server: string, text: string): string | undefined => {
  asked.push(text)
  return text.includes('EACCES') ? `sidemux: "${server}" was denied` : undefined
}
const said = { type: 'text', text: "EACCES: permission denied, open '/x'" }
const HINT = 'sidemux: "notes" was denied'

test.each([
  ['a failed tool', { isError: true, content: [said] }, [said, { type: 'text', text: HINT }]],
  ['one that failed otherwise', { isError: true, content: [{ type: 'text', text: 'no' }] }, undefined],
  ['one that did not fail', { content: [said] }, undefined],
])('%s', (_, result, content) => {
  expect(withDenied(result, 'notes', denied)).toEqual(content === undefined ? result : { ...result, content })
})

test.each([
  ['an error', { message: said.text }, { sidemux: HINT }],
  ['one that brings data of its own', { message: said.text, data: { path: '/x' } }, { path: '/x' }],
  ['one with another reason', { message: 'no such note' }, undefined],
])('%s', (_, error, data) => {
  const answer = errorWithDenied({ code: -32_603, ...error }, 'notes', denied)
  expect(answer).toEqual({ code: -32_603, message: error.message, ...(data === undefined ? {} : { data }) })
  // The log is told of each.
  expect(asked.at(-1)).toBe(error.message)
})
