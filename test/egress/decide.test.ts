/** What becomes of a connection that a server asks for (promise 2). */
import { describe, expect, it } from 'vitest'
import { hostRule, type NetworkRules } from '../../src/confine/network.ts'
import { flawOfAddress, leaveOf, type EgressRules } from '../../src/egress/decide.ts'

function named(...hosts: string[]): NetworkRules {
  return { kind: 'named', hosts: hosts.map((text) => hostRule(text) ?? { host: '', ports: [] }) }
}

function rules(network: NetworkRules, ...shown: number[]): EgressRules {
  return { network, shown }
}

function place(text: string): { host: string; port: number } {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? []
  return { host, port: Number(port) }
}

const NAMED = rules(named('api.example.com:443', '*.example.com:8443', 'localhost:5432', '10.0.0.5:22'))
const ALL = rules({ kind: 'all' }, 5432)

describe('by how it is written', () => {
  it.each([
    ['api.example.com:443', NAMED, undefined],
    ['api.example.com:8443', NAMED, undefined],
    ['api.example.com:22', NAMED, 'port'],
    ['www.example.com:443', NAMED, 'port'],
    ['evil.test:443', NAMED, 'host'],
    ['api.example.com.evil.test:443', NAMED, 'host'],
    ['127.0.0.1:5432', NAMED, undefined],
    ['[::1]:5432', NAMED, undefined],
    ['[::ffff:127.0.0.1]:5432', NAMED, undefined],
    ['db.localhost:5432', NAMED, undefined],
    ['127.0.0.1:80', NAMED, 'port'],
    ['10.0.0.5:22', NAMED, undefined],
    ['10.0.0.6:22', NAMED, 'host'],
    ['169.254.169.254:80', NAMED, 'host'],
    ['evil.test:1', ALL, undefined],
    ['localhost:5432', ALL, undefined],
    ['127.0.0.1:8080', ALL, 'loopback'],
    ['[::1]:8080', ALL, 'loopback'],
    ['api.example.com:443', rules({ kind: 'none' }), 'none'],
  ] as const)('%s', (text, given, why) => {
    expect(leaveOf(place(text), given)).toEqual(
      why === undefined ? { kind: 'allow' } : { kind: 'refuse', why },
    )
  })

  it('hands to the interceptor only what is allowed', () => {
    const interceptor = { wants: () => true }
    expect(leaveOf(place('api.example.com:443'), NAMED, interceptor)).toEqual({ kind: 'intercept' })
    expect(leaveOf(place('evil.test:443'), NAMED, interceptor)).toEqual({ kind: 'refuse', why: 'host' })
  })
})

describe('by the address that a name is at', () => {
  const API = 'api.example.com:443'
  it.each([
    [API, '93.184.216.34', NAMED, undefined],
    [API, '2606:2800:220:1::1', NAMED, undefined],
    [API, '127.0.0.1', NAMED, 'loopback'],
    [API, '::1', NAMED, 'loopback'],
    [API, '::ffff:127.0.0.1', NAMED, 'loopback'],
    [API, '64:ff9b::7f00:1', NAMED, 'loopback'],
    [API, '10.0.0.5', NAMED, 'private'],
    [API, '169.254.169.254', NAMED, 'link-local'],
    [API, 'fd00:ec2::254', NAMED, 'link-local'],
    [API, '0.0.0.0', NAMED, 'unusable'],
    ['x.example.com:5432', '127.0.0.1', rules(named('*.example.com:5432', 'localhost:5432')), undefined],
    ['x.example.com:5432', '127.0.0.1', rules(named('*.example.com:5432', 'localhost:5433')), 'loopback'],
    ['git.corp.example:443', '10.1.2.3', rules(named('git.corp.example:443', '10.0.0.0/8:443')), undefined],
    ['git.corp.example:443', '10.1.2.3', rules(named('git.corp.example:443', '10.0.0.0/8:80')), 'private'],
    ['db.internal:5432', '10.1.2.3', rules(named('db.internal:5432')), undefined],
    ['db:5432', '10.1.2.3', rules(named('db:5432')), undefined],
    ['db:5432', '10.1.2.3', rules(named('*:5432')), 'private'],
    ['db.internal:5432', '127.0.0.1', rules(named('db.internal:5432')), 'loopback'],
    ['x.test:80', '169.254.169.254', rules(named('x.test:80', '169.254.0.0/16:80')), 'link-local'],
    ['169.254.169.254:80', '169.254.169.254', rules(named('169.254.169.254:80')), undefined],
    ['metadata.google.internal:80', '169.254.169.254', rules(named('*.internal:80')), 'link-local'],
    ['localhost:5432', '127.0.0.1', NAMED, undefined],
    ['localhost:7000', '127.0.0.1', rules(named('localhost:7000')), 'door'],
    ['x.test:443', '10.1.2.3', ALL, undefined],
    ['x.test:443', '127.0.0.1', ALL, 'loopback'],
    ['x.test:5432', '127.0.0.1', ALL, undefined],
    ['x.test:7000', '127.0.0.1', rules({ kind: 'all' }, 7000), 'door'],
    ['x.test:443', '169.254.169.254', ALL, 'link-local'],
    ['10.0.0.5:443', '10.0.0.5', rules(named('*:443')), 'private'],
  ] as const)('%s at %s', (text, address, given, why) => {
    expect(flawOfAddress(address, place(text), given, new Set([7000]))).toBe(why)
  })
})
