import { describe, expect, test } from 'vitest'
import { aliasOf, declaredAliases, settingPlace, storeFor } from '../../../src/secrets/stores/identity.ts'
import { parseTemplate } from '../../../src/secrets/reference.ts'
import { Resolver } from '../../../src/secrets/resolve/resolve.ts'
import type { Store } from '../../../src/secrets/store.ts'
import { storeCredentials } from '../../../src/secrets/stores/shared/credentials.ts'
import { openStores } from '../../../src/secrets/stores/index.ts'

function fake(name: string, seen: string[] = []): Store {
  return {
    type: 'fake',
    validate: () => [],
    resolve: (references) => Promise.resolve(references.map(() => ({ ok: true, value: `value of ${name}` }))),
    lease: () => Promise.reject(new Error('unused')),
    watch: () => {
      seen.push(name)
      return () => {}
    },
    close: () => Promise.resolve(),
  }
}

function requests(source: string) {
  const parsed = parseTemplate(source)
  if (!parsed.ok) throw new Error('no template')
  return [{ field: 'env.A', template: parsed.template }]
}

describe('a server that has a login of its own', () => {
  const watched: string[] = []
  const stores = new Map([
    ['team', fake('team', watched)],
    ['team@a', fake('team@a', watched)],
  ])
  const resolver = new Resolver({ stores, env: {}, baseDir: '/' })

  test.each([
    ['a', 'team@a'],
    ['b', 'team'],
    ['', 'team'],
  ])('%s asks, watches and leases at %s, and so it is written down', async (server, store) => {
    const { fields, uses } = await resolver.resolve(server, requests('${team:/x}'))
    expect(fields.get('env.A')?.value).toBe(`value of ${store}`)
    expect(uses.map((use) => use.store)).toEqual([store])
    expect(resolver.leasingStore('team', server)).toBe(store)
    watched.length = 0
    resolver.watch(
      server,
      requests('${team:/x}'),
      () => {},
      () => {},
    )
    expect(watched).toEqual([store])
  })

  test('is named as a store that there is nowhere in an error', async () => {
    const { problems } = await resolver.resolve('a', requests('${taem:/x}'))
    expect(problems[0]?.message).toContain('(declared are team)')
    expect(problems[0]?.hint).toBe('did you mean team?')
  })
})

test.each([
  ['team', 'auth.token', 'secrets.team.auth.token'],
  ['team@a', 'auth.token', 'servers.a.auth.team.token'],
  ['team@a', 'address', 'secrets.team.address'],
  ['dop@a', 'token', 'servers.a.auth.dop.token'],
  ['aws@a', 'profile', 'servers.a.auth.aws.profile'],
])('%s %s stands at %s', (store, key, place) => {
  expect(settingPlace(store, key)).toBe(place)
})

test('names', () => {
  expect(aliasOf('team@a')).toBe('team')
  expect(declaredAliases(['team', 'team@a'])).toEqual(['team'])
  expect(storeFor(new Set(['team']), 'team', undefined)).toBe('team')
})

test('a login that can not be read stops its server and says where it stands', async () => {
  const auth = { method: 'token', token: '${env:NOT_SET}' } as const
  const own = { type: 'vault', address: 'http://127.0.0.1:9', auth } as const
  const stores = await openStores(new Map([['team@a', own]]), { environment: 'dev', baseDir: '/', env: {} })
  const resolver = new Resolver({ stores, env: {}, baseDir: '/' })
  const { problems } = await resolver.resolve('a', requests('${team:/x}'))
  expect(problems[0]?.message).toContain('servers.a.auth.team.token refers to ${env:NOT_SET}')
  await expect(
    stores.get('team@a')?.lease?.({ path: '/x' }, undefined, { serverId: 'a', signal: AbortSignal.abort() }),
  ).rejects.toThrow('servers.a.auth.team.token')
})

test('its credentials are masked like those of a store (promises 2 and 3)', () => {
  const own = {
    auth: { method: 'approle', roleId: 'r', secretId: 'literal-secret-1', extra: '${env:OWN_TOKEN}' },
  }
  const secrets = storeCredentials(new Map([['team@a', own]]), { OWN_TOKEN: 'from-the-environment' })
  expect(secrets.map((secret) => secret.reveal())).toEqual(['literal-secret-1', 'from-the-environment'])
})
