/** What stores have of the way to their back end: an authority of their own, the proxy, kept connections, their end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished, test } from 'vitest'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import type { Store } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startDoppler } from '../servers/doppler.mjs'
import { startInfisical } from '../servers/infisical.mjs'
import { makeAuthority, NO_OPENSSL } from '../servers/remote/certificates.mjs'
import { startProxy } from '../servers/remote/proxy.mjs'
import { startVault } from '../servers/vault.mjs'

const within = (ms = 5000): AbortSignal => AbortSignal.timeout(ms)
const dir = mkdtempSync(join(tmpdir(), 'tls-'))
afterAll(() => rmSync(dir, { recursive: true }))
const authority = makeAuthority(dir)
const tls = authority?.sign('DNS:localhost,DNS:vault.example')

type Tls = { tls?: { key: string; cert: string } }

interface BackEnd {
  readonly port: number
  readonly requests: readonly { readonly on: unknown }[]
  readonly connections: () => number
  readonly openConnections: () => number
  readonly options: (site?: string, more?: Record<string, string>) => StoreOptions
  readonly path: string
}

/** One secret, and how a store for it is written down. */
const BACK_ENDS: Readonly<Record<'vault' | 'infisical' | 'doppler', (tls?: Tls) => Promise<BackEnd>>> = {
  async vault(secure = {}) {
    const secrets = { a: { k: 'value-1' } }
    const vault = await startVault({ ...secure, engines: { secret: { version: 1, secrets } } })
    onTestFinished(() => vault.close())
    const { roleId, secretId } = vault
    const options = (address = vault.url, more = {}): StoreOptions => ({
      type: 'vault',
      address,
      auth: { method: 'approle', roleId, secretId },
      ...more,
    })
    return { ...vault, options, path: '/a' }
  },
  async infisical(secure = {}) {
    const infisical = await startInfisical({ ...secure, secrets: { dev: { '/': { a: 'value-1' } } } })
    onTestFinished(() => infisical.close())
    const { clientId, clientSecret, projectId } = infisical
    const options = (siteUrl = infisical.url, more = {}): StoreOptions => ({
      type: 'infisical',
      siteUrl,
      projectId,
      environment: 'dev',
      auth: { method: 'universal', clientId, clientSecret },
      ...more,
    })
    return { ...infisical, options, path: '/a' }
  },
  async doppler() {
    const doppler = await startDoppler({ secrets: { A: 'value-1' } })
    onTestFinished(() => doppler.close())
    const options = (siteUrl = doppler.url): StoreOptions => ({
      type: 'doppler',
      siteUrl,
      token: doppler.token,
    })
    return { ...doppler, options, path: 'A' }
  },
}

async function opened(options: StoreOptions, env: NodeJS.ProcessEnv = {}): Promise<Store> {
  return openStore('s', options, { environment: 'dev', baseDir: dir, env })
}

async function read(store: Store, path: string): Promise<unknown> {
  const [answer] = await store.resolve([{ path }], { serverId: 's', signal: within() })
  return answer
}

describe('over TLS', () => {
  test.for(['vault', 'infisical'] as const)('caCert of a %s store', async (type, { skip }) => {
    if (tls === undefined) return skip(NO_OPENSSL)
    const { options, path } = await BACK_ENDS[type]({ tls })
    const readWith = async (more: Record<string, string>): Promise<unknown> => {
      const store = await opened(options(undefined, more))
      const answer = await read(store, path)
      await store.close()
      return answer
    }
    expect(await readWith({ caCert: 'ca.pem' })).toMatchObject({ ok: true, value: 'value-1' })
    expect(await readWith({})).toMatchObject({
      ok: false,
      error: { code: 'unavailable', hint: expect.stringContaining('caCert') as unknown },
    })
    await expect(opened(options(undefined, { caCert: 'nope.pem' }))).rejects.toThrow(/there is no file/)
    writeFileSync(join(dir, 'odd.pem'), 'hello')
    await expect(opened(options(undefined, { caCert: 'odd.pem' }))).rejects.toThrow(/not a certificate/)
  })

  test.for(['vault', 'infisical'] as const)(
    'a %s store goes through the proxy, with the certificate checked behind it',
    async (type, { skip }) => {
      if (tls === undefined) return skip(NO_OPENSSL)
      const { options, path, port } = await BACK_ENDS[type]({ tls })
      const proxy = await startProxy(() => port)
      onTestFinished(() => proxy.close())
      const readAt = async (site: string): Promise<unknown> => {
        const store = await opened(options(site, { caCert: 'ca.pem' }), { HTTPS_PROXY: proxy.url })
        const answer = await read(store, path)
        await store.close()
        return answer
      }
      expect(await readAt('https://vault.example')).toMatchObject({ ok: true, value: 'value-1' })
      expect(new Set(proxy.asked)).toEqual(new Set(['vault.example:443']))
      expect(await readAt('https://other.example')).toMatchObject({
        ok: false,
        error: { message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as unknown },
      })
      expect(Buffer.concat(proxy.inside).includes('value-1')).toBe(false)
    },
  )
})

describe('the connections of a store', () => {
  // A login has an effect, so it goes on a connection of its own; giving its token back likewise.
  it.each<[keyof typeof BACK_ENDS, number]>([
    ['vault', 2],
    ['infisical', 2],
    ['doppler', 1],
  ])('of %s: five reads need one, and none is left', async (type, expected) => {
    const server = await BACK_ENDS[type]()
    const store = await opened(server.options())
    for (let at = 0; at < 5; at += 1)
      expect(await read(store, server.path)).toMatchObject({ ok: true, value: 'value-1' })
    expect(server.requests.length).toBeGreaterThanOrEqual(5)
    expect(server.connections()).toBe(expected)
    await store.close()
    await expect.poll(server.openConnections).toBe(0)
  })
})
