/** A back end's library is loaded only by who reads from that back end. */
import { expect, test, vi } from 'vitest'
import { openStores } from '../../src/secrets/stores/index.ts'

const loaded = vi.hoisted(() => vi.fn())

vi.mock('@infisical/sdk', async (original) => {
  loaded()
  return original()
})

test('@infisical/sdk is loaded at the first read from Infisical, not sooner and not by others', async () => {
  const auth = { method: 'universal-auth' as const, clientId: 'id', clientSecret: 'secret' }
  const siteUrl = 'http://127.0.0.1:9'
  const stores = await openStores(
    new Map([
      ['a', { type: 'dotenv' as const, path: '.env' }],
      ['b', { type: 'env' as const }],
      ['c', { type: 'file' as const, path: '.' }],
      ['d', { type: 'exec' as const, command: ['true', '{path}'] }],
      ['e', { type: 'infisical' as const, siteUrl, projectId: 'p', environment: 'dev', auth }],
    ]),
    { environment: 'dev', baseDir: import.meta.dirname, env: {} },
  )
  const signal = AbortSignal.timeout(10_000)
  for (const alias of ['a', 'b', 'c', 'd']) {
    await stores.get(alias)?.resolve([{ path: 'x' }], { serverId: 'srv', signal })
  }
  expect(loaded).not.toHaveBeenCalled()
  const answers = await stores.get('e')?.resolve([{ path: '/x' }], { serverId: 'srv', signal })
  expect(answers?.[0]).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  expect(loaded).toHaveBeenCalledOnce()
})
