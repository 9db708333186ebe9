/** The challenge of a server that wants a login is read where it stands among others, and no other is taken for it. */
import { expect, it } from 'vitest'
import { challengeIn, type LoginChallenge } from '../../../src/upstream/remote/oauth/challenge.ts'
import { work } from '../../work.ts'

it.each<[header: string | undefined, challenge: LoginChallenge]>([
  [undefined, {}],
  ['', {}],
  ['Bearer', {}],
  ['Basic realm="x"', {}],
  ['Bearer realm="x"', {}],
  ['Bearer error="invalid_token"', { error: 'invalid_token' }],
  ['bearer error=invalid_token', { error: 'invalid_token' }],
  [
    'DPoP algs="ES256", error="insufficient_scope", scope="a b"',
    { error: 'insufficient_scope', scope: 'a b' },
  ],
  ['Bearer error="insufficient_scope",scope="a:b c/d"', { error: 'insufficient_scope', scope: 'a:b c/d' }],
  ['Bearer  error = "x" , scope = y', { error: 'x', scope: 'y' }],
  ['Basic realm="a, Bearer b", Bearer error="x"', { error: 'x' }],
  ['Bearer error="x", Basic realm="y", scope="z"', { error: 'x' }],
  ['Bearer scope=""', {}],
  ['Bearer error_description="error=oops, scope=all", error="x"', { error: 'x' }],
  ['Bearer xerror="no", error="x"', { error: 'x' }],
  ['NotBearer error="x"', {}],
  [
    'Bearer resource_metadata="https://far.example/.well-known/oauth-protected-resource", scope="read"',
    { resourceMetadata: 'https://far.example/.well-known/oauth-protected-resource', scope: 'read' },
  ],
])('%s', (header, challenge) => {
  expect(challengeIn(header)).toEqual(challenge)
})

it('takes no longer for a long header than its length', () => {
  for (const part of ['error="', 'a=', '\\"', ' ,', 'Bearer ', 'error="x" '])
    expect(work(() => challengeIn(`Bearer ${part.repeat(16_000)}`))).toBeLessThan(10)
})
