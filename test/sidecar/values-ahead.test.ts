/** What servers would get is masked before they are started (promise 3): of which stores, from when on, and what is left alone. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { openStores } from '../../src/secrets/stores/index.ts'
import type { Store } from '../../src/secrets/store.ts'
import { ValuesAhead, type AheadDeps } from '../../src/sidecar/children/values-ahead.ts'
import { until } from '../until.ts'

const VALUE = 'tok-1f2e3d4c5b6a7988'
const STORES =
  'secrets: { d: { type: dotenv, path: .env }, e: { type: env, prefix: MY_ }, f: { type: file, path: mounted }, x: { type: exec, command: ["false", "{path}"] } }'

interface Scene {
  readonly ahead: ValuesAhead
  readonly dir: string
  readonly write: (name: string, text: string) => void
  /** Takes the place of servers.yaml. */
  readonly servers: (text: string) => Promise<void>
  readonly shown: (text?: string) => string
}

async function scene(servers: string, deps: Partial<AheadDeps> = {}): Promise<Scene> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-ahead-'))
  mkdirSync(join(dir, 'mounted'))
  const write = (name: string, text: string): void => {
    writeFileSync(join(dir, `${name}.new`), text)
    renameSync(join(dir, `${name}.new`), join(dir, name))
  }
  const redactor = new Redactor()
  const env = { MY_TOKEN: VALUE, TOKEN: VALUE }
  const stores = new Map<string, Store>()
  let config: Config | undefined
  const read: Scene['servers'] = async (text) => {
    write('servers.yaml', `version: 1\n${STORES}\nservers:\n${text}`)
    const { runnable } = await loadConfig({ path: join(dir, 'servers.yaml'), env, cwd: dir })
    if (runnable === undefined || runnable.odd.length > 0) throw new Error('no config')
    config = runnable
    const opened = await openStores(config.stores, { environment: 'dev', baseDir: dir, env })
    for (const [alias, store] of opened) stores.set(alias, store)
  }
  await read(servers)
  const ahead = new ValuesAhead({
    config: () => config ?? expect.unreachable(),
    env,
    stores,
    agreed: async (of) => new Set(of.servers.map(({ id }) => id)),
    onSecrets: (id, secrets) => redactor.add(id, secrets),
    log: { debug: () => undefined },
    ...deps,
  })
  onTestFinished(() => {
    ahead.close()
    rmSync(dir, { recursive: true })
  })
  return { ahead, dir, write, servers: read, shown: (text = VALUE) => redactor.maskText(text).text }
}

const local = (env: string): string => `  a: { command: never-started, env: { ${env} } }\n`

it.each([
  ['a .env file', local('KEY: "${d:K}"'), '[redacted:a.KEY]'],
  ['a store of the environment, with a prefix', local('KEY: "${e:TOKEN}"'), '[redacted:a.KEY]'],
  ['a variable', local('KEY: "${env:TOKEN}"'), '[redacted:a.KEY]'],
  ['a mounted file', local('KEY: "${f:k}"'), '[redacted:a.KEY]'],
  ['a file', local('KEY: "${file:mounted/k}"'), '[redacted:a.KEY]'],
  ['a field that holds more', local('KEY: "${d:K}/${x:other}"'), '[redacted:a.KEY]'],
  ['servers.yaml itself', local(`KEY: ${VALUE}`), '[redacted:a.KEY]'],
  ['an inherited variable', '  a: { command: x, inheritEnv: [TOKEN] }\n', '[redacted:a.TOKEN]'],
  ['an argument', `  a: { command: x, args: ["--token=${VALUE}"] }\n`, '[redacted:a.args.0]'],
  [
    'an argument that may hold one',
    '  a: { command: x, args: ["${env:TOKEN}"], allowSecretsInArgs: true }\n',
    '[redacted:a.args.0]',
  ],
  [
    'a brokered variable',
    '  a: { command: x, env: { KEY: { value: "${d:K}", deliver: broker, hosts: [api.example.com] } } }\n',
    '[redacted:a.KEY]',
  ],
  [
    'a header',
    '  a: { url: "https://mcp.example.com", headers: { Authorization: "Bearer ${d:K}" } }\n',
    '[redacted:a.Authorization]',
  ],
  ['what is declared plain', local('KEY: "${plain:d:K}"'), VALUE],
  ['a store that runs a program', local('KEY: "${x:k}"'), VALUE],
])('the value of %s', async (_what, servers, shown) => {
  const { ahead, write, ...at } = await scene(servers)
  write('.env', `K=${VALUE}\n`)
  write('mounted/k', `${VALUE}\n`)
  await ahead.known()
  expect(at.shown()).toBe(shown)
  await until(() => ahead.known() === undefined, 'nobody waits any more')
})

it('parts of a value as well, and a part that is recognised in it', async () => {
  const { ahead, write, shown } = await scene(local('KEY: "${d:K}"'))
  write('.env', `K=postgres://u:${VALUE}@db.example.com/x\n`)
  await ahead.known()
  expect(shown()).toBe('[redacted:a.KEY]')
})

it('nothing is read before somebody asks, nor of a server to whose launch nobody has agreed', async () => {
  const agreed = new Set<string>()
  let asked = 0
  const { ahead, write, shown } = await scene(local('KEY: "${d:K}"'), {
    agreed: async () => {
      asked += 1
      return agreed
    },
  })
  write('.env', `K=${VALUE}\n`)
  ahead.change()
  expect(asked).toBe(0)
  await ahead.known()
  expect([asked, shown()]).toEqual([1, VALUE])
  agreed.add('a')
  ahead.change()
  await ahead.known()
  expect(shown()).toBe('[redacted:a.KEY]')
})

it('who asks meanwhile waits until all is read; what fails holds nobody up', async () => {
  let read = (): void => expect.unreachable()
  const { ahead } = await scene(local('KEY: "${d:K}"'), {
    agreed: async () =>
      new Promise((_resolve, reject) => {
        read = () => reject(new Error('no book'))
      }),
  })
  const known = ahead.known()
  expect(known).toBeInstanceOf(Promise)
  expect(ahead.known()).toBe(known)
  read()
  await expect(known).resolves.toBeUndefined()
  expect(ahead.known()).toBeUndefined()
})

it.each([
  ['that is another', (at: Scene) => at.write('.env', `K=${VALUE}\n`), 'K=old-value-0123456789\n', 'd:K'],
  ['that is there now', (at: Scene) => at.write('.env', `K=${VALUE}\n`), undefined, 'd:K'],
  ['of a mount that is there now', (at: Scene) => at.write('mounted/k', VALUE), undefined, 'f:k'],
  ['named by its path that is there now', (at: Scene) => at.write('k', VALUE), undefined, 'file:k'],
])('a file %s is read anew', async (_what, change, before, reference) => {
  const at = await scene(local(`KEY: "\${${reference}}"`))
  if (before !== undefined) at.write('.env', before)
  await at.ahead.known()
  expect(at.shown()).toBe(VALUE)
  change(at)
  await until(() => at.shown() === '[redacted:a.KEY]', 'it is read')
})

it('an edit of servers.yaml is read, with files that it names first', async () => {
  const at = await scene(local('OTHER: "${d:OTHER}"'))
  at.write('.env', `K=${VALUE}\n`)
  await at.ahead.known()
  await at.servers(local('KEY: "${file:k}"'))
  at.ahead.change()
  await at.ahead.known()
  expect(at.shown()).toBe(VALUE)
  at.write('k', VALUE)
  await until(() => at.shown() === '[redacted:a.KEY]', 'it is watched')
})
