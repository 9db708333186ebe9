/**
 * What each command really loads, told by V8's own coverage of the process: no store's client unless a secret is read
 * from such a store, and of the stores' own files only those that are declared.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RawHost, place, run, toolbox, yamlOf, type Place } from './support.ts'

const CLIENTS = [
  '@infisical/sdk',
  '@aws-sdk',
  '@smithy',
  'aws4fetch',
  '@napi-rs/keyring',
  'axios',
  'typescript',
]
const url = 'http://127.0.0.1:9'

/** A declaration of each type, a reference to it, its files in stores/, and the client that reading loads. */
const STORES: readonly [store: Record<string, unknown>, path: string, files: string, client?: string][] = [
  [{ type: 'env' }, 'NONE', 'files/env'],
  [{ type: 'dotenv', path: '.env' }, 'NONE', 'files/dotenv'],
  [{ type: 'file', path: '.' }, 'none', 'files/file'],
  [{ type: 'exec', command: ['false', '{path}'] }, 'x', 'exec/store'],
  [
    {
      type: 'infisical',
      siteUrl: url,
      projectId: 'p',
      environment: 'dev',
      auth: { method: 'token', token: 't' },
    },
    '/x',
    'infisical/store',
    '@infisical/sdk',
  ],
  [{ type: 'vault', address: url, auth: { method: 'token', token: 't' } }, '/x', 'vault/store'],
  [{ type: 'aws-sm', region: 'eu-central-1', endpoint: url }, 'x', 'aws/store', '@aws-sdk'],
  [
    {
      type: 'azure-kv',
      vaultUrl: url,
      auth: { method: 'client-credentials', tenantId: 't', clientId: 'c', clientSecret: 's' },
    },
    'x',
    'azure/store',
  ],
  [{ type: 'gcp-sm', project: 'p', siteUrl: url, auth: { method: 'cli' } }, 'x', 'gcp/store'],
  [{ type: 'doppler', siteUrl: url, token: 't' }, 'X', 'doppler/store'],
  [{ type: 'op', program: 'false' }, 'a/b/c', 'presets/op'],
  [{ type: 'bws', program: 'false', token: 't' }, 'X', 'presets/bws'],
  [{ type: 'pass', program: 'false' }, 'x', 'presets/pass'],
  [{ type: 'sops', program: 'false' }, 'x', 'presets/sops'],
  [{ type: 'age', program: 'false', identity: 'key' }, 'x.age', 'presets/age'],
  [{ type: 'dotenvx', program: 'false', path: '.env' }, 'X', 'presets/dotenvx'],
  [{ type: 'keychain' }, 'x', 'keychain/store', '@napi-rs/keyring'],
  [{ type: 'local' }, 'x', 'local/store'],
]

interface Loaded {
  readonly clients: readonly string[]
  /** Adapters, as `vault/store`. */
  readonly adapters: readonly string[]
  readonly files: number
}

/** Of every process of ours that wrote one. */
function loadedBy(dir: string): Loaded {
  const urls = readdirSync(dir).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(dir, name), 'utf8')) as { result: { url: string }[] }
    return result.map(({ url }) => url)
  })
  const known = new Set(STORES.map(([, , files]) => files))
  const adapters = urls.flatMap((url) => /\/dist\/secrets\/stores\/(.+)\.js$/.exec(url)?.[1] ?? [])
  return {
    clients: CLIENTS.filter((client) => urls.some((url) => url.includes(`/node_modules/${client}/`))),
    adapters: [...new Set(adapters.filter((adapter) => known.has(adapter)))],
    files: new Set(urls).size,
  }
}

async function loading(where: Place, act: (where: Place) => Promise<unknown>): Promise<Loaded> {
  const dir = join(where.dir, 'coverage')
  mkdirSync(dir)
  await act({ ...where, env: { ...where.env, NODE_V8_COVERAGE: dir } })
  return loadedBy(dir)
}

const config = (secrets: Record<string, unknown>, env: Record<string, string>): Place =>
  place(
    yamlOf({
      version: 1,
      environment: 'dev',
      secrets: { used: { type: 'dotenv', path: '.env' }, ...secrets },
      servers: { box: JSON.parse(toolbox({ env: { TOOLBOX_SECRET: '${used:TOKEN}', ...env } })) as unknown },
    }),
    { '.env': 'TOKEN=value-0123456789\n' },
  )

async function served(where: Place): Promise<void> {
  const host = new RawHost(where)
  await host.initialize()
  const { result } = await host.request('tools/list')
  expect(result?.['tools']).not.toEqual([])
  host.process.stdin?.end()
  await host.exited()
}

const VERBS: readonly [string, (where: Place) => Promise<unknown>][] = [
  ['serve', served],
  ['check', (where) => run(where, ['check'])],
  ['tools', (where) => run(where, ['tools'])],
]

it.each(VERBS)('%s with dotenv alone loads no client and no other adapter', async (_verb, act) => {
  const { clients, adapters, files } = await loading(config({}, {}), act)
  expect(files).toBeGreaterThan(20)
  expect({ clients, adapters }).toEqual({ clients: [], adapters: ['files/dotenv'] })
})

it.each(VERBS)(
  '%s with a store of every type declared and dotenv used loads no client',
  async (_verb, act) => {
    const all = Object.fromEntries(STORES.map(([store], index) => [`s${index}`, store]))
    const { clients } = await loading(config(all, {}), act)
    expect(clients).toEqual([])
  },
)

it.each(STORES)(
  'reading from %j loads its own client and nobody else’s',
  async (store, path, files, client) => {
    const where = config({ s: store }, { OTHER_SECRET: `\${s:${path}}` })
    const { clients, adapters } = await loading(where, (where) => run(where, ['secrets', 'check']))
    // Infisical's SDK brings AWS's along.
    const brought = client === '@infisical/sdk' ? CLIENTS : ['@smithy', client]
    expect(clients.filter((name) => !brought.includes(name))).toEqual([])
    expect(clients.includes(client ?? 'none')).toBe(client !== undefined)
    expect(adapters.filter((name) => name !== 'files/dotenv')).toEqual(
      files === 'files/dotenv' ? [] : [files],
    )
  },
)
