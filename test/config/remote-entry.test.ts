/** What is wrong in the entry of a remote server, before anything is asked of it. */
import { expect, test } from 'vitest'
import { briefs } from './support.ts'

test.each([
  [
    'plain http elsewhere',
    '{ url: "http://example.com/mcp" }',
    '"url" would be spoken to unencrypted over the network',
  ],
  ['credentials in the url', '{ url: "https://me:pw@example.com/mcp" }', '"url" has credentials in it'],
  [
    'two ways to be let in',
    '{ url: "https://example.com/mcp", headers: { authorization: "Bearer ${env:X}" }, oauth: {} }',
    'has both "oauth" and an Authorization header',
  ],
  [
    'a client secret in plain',
    '{ url: "https://example.com/mcp", oauth: { clientId: a, clientSecret: b } }',
    '"oauth.clientSecret" stands there in plain',
  ],
  [
    'a secret without its client',
    '{ url: "https://example.com/mcp", oauth: { clientSecret: "${env:X}" } }',
    '"oauth" has a "clientSecret" and no "clientId"',
  ],
  [
    'an unknown key of oauth',
    '{ url: "https://example.com/mcp", oauth: { clientid: a } }',
    'unknown key "clientid"',
  ],
])('%s', async (_what, entry, message) => {
  const said = await briefs(`version: 1\nservers:\n  far: ${entry}\n`)
  expect(said).toEqual([expect.stringContaining(message)])
  expect(said.join()).not.toContain('me:pw')
})

test('nothing is wrong with one that says all that it may', async () => {
  const entry =
    '{ url: "https://example.com/mcp", allowPrivate: true, oauth: { clientId: a, scopes: "read write", callbackPort: 8123 } }'
  expect(await briefs(`version: 1\nservers:\n  far: ${entry}\n`)).toEqual([])
})
