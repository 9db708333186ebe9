/** A back end's library is loaded only by who reads from that back end. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openStores } from '../../src/secrets/stores/index.ts'

const loaded = vi.hoisted(() => vi.fn())

vi.mock('@infisical/sdk', async (original) => {
  loaded()
  return original()
})

const peers = vi.hoisted(() => ({ aws: vi.fn(), keyring: vi.fn() }))

vi.mock('@aws-sdk/client-secrets-manager', async (original) => {
  peers.aws()
  return original()
})

vi.mock('@napi-rs/keyring', async (original) => {
  peers.keyring()
  return original()
})

test("an optional peer is loaded at the first read from its store, and not for opening or another's read", async () => {
  const state = await mkdtemp(join(tmpdir(), 'sidemux-lazy-'))
  const stores = await openStores(
    new Map([
      ['dotenv', { type: 'dotenv' as const, path: '.env' }],
      ['local', { type: 'local' as const }],
      ['doppler', { type: 'doppler' as const, token: 'token', siteUrl: 'http://127.0.0.1:9' }],
      ['op', { type: 'op' as const, program: 'sidemux-no-such' }],
      ['aws', { type: 'aws-sm' as const, region: 'eu-central-1', endpoint: 'http://127.0.0.1:9' }],
      ['keychain', { type: 'keychain' as const }],
    ]),
    { environment: 'dev', baseDir: state, env: { SIDEMUX_STATE_DIR: state } },
  )
  const read = async (alias: string): Promise<void> => {
    const context = { serverId: 'srv', signal: AbortSignal.timeout(10_000) }
    const answers = await stores.get(alias)?.resolve([{ path: 'A/B/C' }], context)
    expect(answers?.[0]?.ok).toBe(false)
  }
  const loads = (): readonly number[] => [peers.aws.mock.calls.length, peers.keyring.mock.calls.length]
  for (const alias of ['dotenv', 'local', 'doppler', 'op']) await read(alias)
  expect(loads()).toEqual([0, 0])
  await read('aws')
  expect(loads()).toEqual([1, 0])
  await read('keychain')
  expect(loads()).toEqual([1, 1])
  await Promise.all([...stores.values()].map((store) => store.close()))
  await rm(state, { recursive: true })
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
      ['f', { type: 'vault' as const, address: siteUrl, auth: { method: 'token' as const, token: 't' } }],
      ['e', { type: 'infisical' as const, siteUrl, projectId: 'p', environment: 'dev', auth }],
    ]),
    { environment: 'dev', baseDir: import.meta.dirname, env: {} },
  )
  const signal = AbortSignal.timeout(10_000)
  for (const alias of ['a', 'b', 'c', 'd', 'f']) {
    await stores.get(alias)?.resolve([{ path: 'x' }], { serverId: 'srv', signal })
  }
  expect(loaded).not.toHaveBeenCalled()
  const answers = await stores.get('e')?.resolve([{ path: '/x' }], { serverId: 'srv', signal })
  expect(answers?.[0]).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  expect(loaded).toHaveBeenCalledOnce()
})
