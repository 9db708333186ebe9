/** Which host a rule of `network:` names. */
import { expect, it } from 'vitest'
import { isNamedBy } from '../../src/egress/names.ts'

it.each([
  ['api.example.com', 'api.example.com', true],
  ['api.example.com', 'api.example.com.evil.test', false],
  ['api.example.com', 'xapi.example.com', false],
  ['*.example.com', 'api.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', '.example.com', false],
  ['*.example.com', 'evilexample.com', false],
  ['*', 'anything.test', true],
  ['10.0.0.5', '10.0.0.5', true],
  ['10.0.0.5', '::ffff:10.0.0.5', true],
  ['10.0.0.0/8', '10.200.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.0.0.0/8', 'fd00::1', false],
  ['fd00::/8', 'fd12::1', true],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['10.0.0.0/8', '10.example.com', false],
])('%s names %s: %s', (rule, host, expected) => {
  expect(isNamedBy({ host: rule, ports: [] }, { host })).toBe(expected)
})
