/** Which hosts and ports an entry shows. */
import { expect, it } from 'vitest'
import { shownBy, withPorts } from '../../src/egress/shown.ts'

function shown(args: readonly string[], env: Record<string, string> = {}): string[] {
  return shownBy({ args, env, declared: Object.keys(env) }).map(({ host, port }) => `${host}:${port}`)
}

it.each([
  ['an address of a database', ['postgres://app:pa55@db.example.com/app'], {}, ['db.example.com:5432']],
  ['one with a port', ['--dsn=postgresql+asyncpg://localhost:6432/app'], {}, ['localhost:6432']],
  ['several places', [], { URL: 'mongodb://a.test:1,b.test/x' }, ['a.test:1', 'b.test:27017']],
  ['a password with an @ sign written out', ['redis://:p%40ss@cache.test:1'], {}, ['cache.test:1']],
  ['IPv6', ['http://[::1]:8080/x'], {}, ['localhost:8080']],
  ['host and port', ['127.0.0.1:9222'], {}, ['localhost:9222']],
  ['variables', [], { PGHOST: 'localhost', PGPORT: '5433' }, ['localhost:5433']],
  ['variables without a port', [], { MYSQL_HOST: 'db.test' }, ['db.test:3306']],
  ['flags', ['--db-host', 'localhost', '--db-port=7'], {}, ['localhost:7']],
  ['flags without a prefix', ['--host', 'localhost', '--port', '5432'], {}, ['localhost:5432']],
  ['a host alone', [], { API_HOST: 'api.test' }, []],
  ['a time, a range, a mapping of docker', ['12:30:15', 'a:b', '8080:80', '/a:/b'], {}, []],
  ['a port that is none', ['localhost:99999'], {}, []],
])('finds %s', (_, args, env, expected) => {
  expect(shown(args, env)).toEqual(expected)
})

it('fills the ports of hosts that a rule names without one', () => {
  const found = shownBy({ args: ['https://api.test:8443', 'localhost:5432'], env: {}, declared: [] })
  const hosts = ['api.test', '*.other.test', 'localhost', 'db.test'].map((host) => ({ host, ports: [] }))
  expect(withPorts({ kind: 'named', hosts: [...hosts, { host: 'x.test', ports: [1] }] }, found)).toEqual({
    kind: 'named',
    hosts: [
      { host: 'api.test', ports: [443, 80, 8443] },
      { host: '*.other.test', ports: [443, 80] },
      { host: 'localhost', ports: [5432] },
      { host: 'db.test', ports: [443, 80] },
      { host: 'x.test', ports: [1] },
    ],
  })
})
