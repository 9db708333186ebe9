import { describe, expect, it } from 'vitest'
import { isMeant, readSecretHost } from '../../../src/egress/broker/hosts.ts'

describe('a host of a secret', () => {
  it.each([
    ['api.example.com', 'api.example.com', 443, true],
    ['API.example.com.', 'api.EXAMPLE.com', 443, true],
    ['api.example.com', 'api.example.com', 80, false],
    ['api.example.com', 'api.example.com.evil.test', 443, false],
    ['api.example.com:8443', 'api.example.com', 8443, true],
    ['*.example.com', 'a.b.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['*.example.com', 'badexample.com', 443, false],
    ['bücher.example', 'xn--bcher-kva.example', 443, true],
    ['[::1]:8080', '::1', 8080, true],
    ['127.0.0.1:8080', '0x7f.1', 8080, true],
    ['http://intranet.example', 'intranet.example', 80, true],
    ['localhost:3000', '127.0.0.1', 3000, true],
  ])('%s: %s at %i: %s', (written, host, port, want) => {
    const read = readSecretHost(written)
    expect(read.ok && isMeant(read.host, host, port)).toBe(want)
  })

  it.each([
    ['api.example.com', false],
    ['http://api.example.com', true],
    ['https://localhost:3000', false],
    ['localhost:3000', true],
    ['127.0.0.1:80', true],
  ])('%s takes a value in clear text: %s', (written, clear) => {
    const read = readSecretHost(written)
    expect(read.ok && read.host.clear).toBe(clear)
  })

  it.each([
    '',
    '*',
    '*.com',
    '*.10.0.0.1',
    'a b',
    'api.example.com/path',
    'user@host',
    'host:0',
    'host:99999',
    'localhost',
    '127.0.0.1',
    'a*.example.com',
    'ftp://x.example',
  ])('is not %j', (written) => {
    expect(readSecretHost(written).ok).toBe(false)
  })
})
