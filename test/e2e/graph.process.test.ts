/**
 * What each command really loads, told by V8's own coverage of the process: no store's client unless a secret is read
 * from such a store, of the stores' own files only those that are declared, and of the rest little that it doesn't use.
 * Bytes and files are what a start costs, and unlike times they are the same on each machine.
 */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { RawHost, REPO, place, run, toolbox, yamlOf, type Place } from './support.ts'

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
  /** Of LATE. */
  readonly late: readonly string[]
  /** Of dist/, and their kilobytes. */
  readonly files: number
  readonly kilobytes: number
}

/** Loaded where a page is opened, a server is remote, a rule has a pattern, a tool has an output schema. */
const LATE = [
  'src/dashboard/dashboard.ts',
  'src/upstream/remote/remote-link.ts',
  'src/upstream/remote/target.ts',
  'src/net/client.ts',
  'node_modules/@modelcontextprotocol/',
  'node_modules/re2js/',
]

const SOURCES = JSON.parse(readFileSync(join(REPO, 'dist/bundle/lines.json'), 'utf8')) as Readonly<
  Record<string, { readonly sources: readonly string[] }>
>

/** Small ones that are alike share a file of the bundle (tools/parts.mjs). */
const FAMILIES: readonly (readonly string[])[] = [
  ['exec', 'presets'],
  ['aws', 'azure', 'gcp', 'doppler'],
  ['local', 'keychain'],
]
const familyOf = (files: string): string => {
  const [folder = ''] = files.split('/')
  return FAMILIES.find((family) => family.includes(folder))?.join('+') ?? folder
}

/** Of every process of ours that wrote one. */
function loadedBy(dir: string): Loaded {
  const urls = readdirSync(dir).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(dir, name), 'utf8')) as { result: { url: string }[] }
    return result.map(({ url }) => url)
  })
  // Of each file of the bundle it is told what went into it (tools/bundle.mjs).
  const bundled = [...new Set(urls.filter((url) => url.includes('/dist/bundle/')))].flatMap(
    (url) => SOURCES[basename(url)]?.sources ?? [],
  )
  const modules = [...urls, ...bundled]
  const own = [...new Set(urls)].filter((url) => url.startsWith(pathToFileURL(join(REPO, 'dist')).href))
  return {
    clients: CLIENTS.filter((client) => modules.some((module) => module.includes(`node_modules/${client}/`))),
    adapters: STORES.map(([, , files]) => files).filter((files) =>
      bundled.includes(`src/secrets/stores/${files}.ts`),
    ),
    late: LATE.filter((late) => bundled.some((module) => module.startsWith(late))),
    files: own.length,
    kilobytes: own.reduce((sum, url) => sum + statSync(new URL(url)).size, 0) / 1000,
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
      // V8 writes down all that it runs, so a start takes several times as long.
      defaults: { listWait: '60s' },
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

/** What a host does with a local server: lists, and calls with results of which something has to be masked. */
async function used(where: Place): Promise<void> {
  const host = new RawHost(where)
  await host.initialize()
  await host.request('tools/list')
  const asked: readonly [string, Record<string, unknown>][] = [
    ['tools/call', { name: 'box_get_env', arguments: {} }],
    ['tools/call', { name: 'box_get_leak', arguments: { how: 'structured' } }],
    ['prompts/list', {}],
    ['resources/list', {}],
  ]
  for (const [method, params] of asked) expect(await host.request(method, params)).toHaveProperty('result')
  host.process.stdin?.end()
  await host.exited()
}

it('serve makes calls without any module of the MCP SDK, or anything else that is for later', async () => {
  const { late, files } = await loading(config({}, {}), used)
  expect(late).toEqual([])
  expect(files).toBeGreaterThan(0)
})

/** With the kilobytes that it may load. */
const VERBS: readonly [string, (where: Place) => Promise<unknown>, number][] = [
  ['serve', served, 1720],
  ['check', (where) => run(where, ['check']), 1775],
  ['tools', (where) => run(where, ['tools']), 1925],
]

it.each(VERBS)(
  '%s with dotenv alone loads no client, no other adapter and little else',
  async (_verb, act, atMost) => {
    const { files, kilobytes, ...loaded } = await loading(config({}, {}), act)
    const { adapters, ...rest } = loaded
    expect([...new Set(adapters.map(familyOf))]).toEqual(['files'])
    expect(rest).toEqual({ clients: [], late: [] })
    expect(files).toBeLessThan(20)
    expect(kilobytes).toBeLessThan(atMost)
  },
)

it.each(VERBS)(
  '%s with a store of every type declared and dotenv used loads no client',
  async (_verb, act) => {
    const all = Object.fromEntries(STORES.map(([store], index) => [`s${index}`, store]))
    const { clients } = await loading(config(all, {}), act)
    expect(clients).toEqual([])
  },
)

const kindOf = ([, , files, client]: (typeof STORES)[number]): string => `${familyOf(files)} ${client ?? ''}`
/** Of each family those with a client alone, and the others together. */
const READ = [...new Set(STORES.map(kindOf))].map((kind) => {
  const stores = STORES.filter((store) => kindOf(store) === kind)
  return [stores.map(([{ type }]) => String(type)).join(', '), stores] as const
})

it.each(READ)('reading from %s loads their own client and nobody else’s', async (_types, stores) => {
  const secrets = Object.fromEntries(stores.map(([store], index) => [`s${index}`, store]))
  const env = Object.fromEntries(
    stores.map(([, path], index) => [`SECRET_${index}`, `\${s${index}:${path}}`]),
  )
  const { clients, adapters } = await loading(config(secrets, env), (where) =>
    run(where, ['secrets', 'check']),
  )
  const [first] = stores
  if (first === undefined) throw new Error('there is no store')
  const [, , files, client] = first
  const brought = client === '@aws-sdk' ? ['@smithy', client] : [client]
  expect(clients.filter((name) => !brought.includes(name))).toEqual([])
  expect(clients.includes(client ?? 'none')).toBe(client !== undefined)
  for (const [, , files] of stores) expect(adapters).toContain(files)
  expect(adapters.filter((name) => !['files', familyOf(files)].includes(familyOf(name)))).toEqual([])
})
