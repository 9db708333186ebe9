/** Which texts name a host that a server may reach. */
import { expect, it } from 'vitest'
import { hostRule, networkRules } from '../../src/confine/network.ts'

it.each([
  ['api.example.com', 'api.example.com', []],
  ['API.Example.COM.', 'api.example.com', []],
  ['bücher.example', 'xn--bcher-kva.example', []],
  ['*.example.com:8443', '*.example.com', [8443]],
  ['*', '*', []],
  ['localhost:5432', 'localhost', [5432]],
  ['localhost:3000-3002', 'localhost', [3000, 3001, 3002]],
  ['127.0.0.1:80', 'localhost', [80]],
  ['[::1]:8080', 'localhost', [8080]],
  ['::1', 'localhost', []],
  ['10.0.0.5:5432', '10.0.0.5', [5432]],
  ['[FD00::0:1]:1', 'fd00::1', [1]],
  ['fd00::1', 'fd00::1', []],
  ['10.0.0.0/8', '10.0.0.0/8', []],
  ['10.0.0.0/8:5432', '10.0.0.0/8', [5432]],
  ['[fd00::/8]:5432', 'fd00::/8', [5432]],
  ['my_db', 'my_db', []],
])('%s', (text, host, ports) => {
  expect(hostRule(text)).toEqual({ host, ports })
})

it.each([
  '',
  'https://api.example.com',
  'api.example.com/x',
  'a b',
  '*example.com',
  'a.*.com',
  '**',
  'user@host',
  'host:0',
  'host:65536',
  'host:9-1',
  'host:1-6000',
  'host:',
  '1.2.3',
  '0x7f.1',
  '010.0.0.1',
  '10.0.0.0/99',
  '-a.com',
  'a..b',
  '[api.example.com]:1',
  'a:1:2',
])('%j names no host', (text) => {
  expect(hostRule(text)).toBeUndefined()
})

it('reads the words for all, none and this machine', () => {
  expect(networkRules('all')).toEqual({ kind: 'all' })
  expect(networkRules('loopback')).toEqual({ kind: 'named', hosts: [{ host: 'localhost', ports: [] }] })
  expect(networkRules(['a.test:1'])).toEqual({ kind: 'named', hosts: [{ host: 'a.test', ports: [1] }] })
  expect(networkRules([])).toEqual({ kind: 'named', hosts: [] })
})
