import { expect, it } from 'vitest'
import { tokenReply } from '../../../src/upstream/remote/oauth/token-replies.ts'

const bearer = { access_token: 'a', token_type: 'Bearer' }

/** What the endpoint answers, and what the SDK is to read in it. */
const cases: [answer: unknown, read: unknown][] = [
  [{ access_token: 'a' }, bearer],
  [
    { ...bearer, expires_in: '60', refresh_token: 'r' },
    { ...bearer, refresh_token: 'r', expires_in: 60 },
  ],
  [{ ...bearer, expires_in: 0 }, bearer],
  [{ ...bearer, expires_in: -1 }, bearer],
  [{ ...bearer, expires_in: 1e12 }, bearer],
  [
    { ...bearer, expires_in: 0.5 },
    { ...bearer, expires_in: 0.5 },
  ],
  [
    { ...bearer, scope: ['read', 7, 'write'], refresh_token: null, id_token: 5 },
    { ...bearer, scope: 'read write' },
  ],
  [{ error: 'invalid_grant', error_description: null, error_uri: 3 }, { error: 'invalid_grant' }],
  [
    { error: 'invalid_grant', error_description: 'gone' },
    { error: 'invalid_grant', error_description: 'gone' },
  ],
  [{ error: { code: 'invalid_grant' } }, { error: { code: 'invalid_grant' } }],
  [{ access_token: '' }, { access_token: '' }],
  [[], []],
]
it.each(cases)('%j is read as %j', (answer, read) => {
  expect(JSON.parse(tokenReply(JSON.stringify(answer)))).toEqual(read)
})

it.each(['', '<html>', '{"access_token":'])('%j stays as it is', (text) => {
  expect(tokenReply(text)).toBe(text)
})
