/** Infisical from end to end: a real host, real children, a store with the recorded wire shapes that fails on request. */
import { describe, expect, it } from 'vitest'
import { startInfisical, type FaultKind, type InfisicalServer } from '../servers/infisical.mjs'
import { runHere } from './run-here.ts'
import { HereHost, host1Here } from './serve-here.ts'
import { atEnd, everythingIn, place, shared, textOf, toolbox, type Place } from './support.ts'

const VALUE = 'ghp_vault_0123456789abcdef'

const storeEntry = (store: InfisicalServer): string =>
  `{ type: infisical, siteUrl: ${store.url}, projectId: ${store.projectId}, environment: "{environment}", auth: { method: universal-auth, clientId: "\${env:INFISICAL_CLIENT_ID}", clientSecret: "\${env:INFISICAL_CLIENT_SECRET}" } }`

async function newStore(): Promise<InfisicalServer> {
  const store = await startInfisical({ secrets: { dev: { '/github': { TOKEN: VALUE } } } })
  atEnd(() => store.close())
  return store
}

async function withStore(
  more = '',
  credentials: { secret?: string } = {},
): Promise<{ store: InfisicalServer; where: Place }> {
  const store = await newStore()
  const yaml = [
    'version: 1',
    'environment: dev',
    `secrets: { team: ${storeEntry(store)} }`,
    'servers:',
    `  vault: ${toolbox({ env: { TOOLBOX_SECRET: '${team:/github/TOKEN}' } })}`,
    `  free: ${toolbox()}`,
    more,
  ]
  const where = place(yaml.join('\n'))
  where.env['INFISICAL_CLIENT_ID'] = store.clientId
  where.env['INFISICAL_CLIENT_SECRET'] = credentials.secret ?? store.clientSecret
  return { store, where }
}

it('the value reaches its server, is masked on the way back, and the store’s own credentials reach nobody', async () => {
  const { store, where } = await withStore()
  const host = await host1Here(where)
  await host.tools()
  expect(textOf(await host.call('vault_get_leak', { how: 'text' }))).toBe(
    'the token is [redacted:vault.TOOLBOX_SECRET].',
  )
  const own = textOf(await host.call('vault_get_env'))
  const other = textOf(await host.call('free_get_env'))
  await host.close()
  for (const text of [own, other, host.stderr(), everythingIn(where.state)])
    for (const secret of [VALUE, store.clientSecret, ...store.tokens, 'INFISICAL'])
      expect(text.includes(secret), secret).toBe(false)
  expect(own).toContain('TOOLBOX_SECRET')
  expect(other).not.toContain('TOOLBOX_SECRET')
  expect(store.count('login')).toBe(1)
})

describe('a store that fails', () => {
  const FAULTS: [FaultKind, 'login' | 'list', RegExp][] = [
    ['html', 'login', /HTML|not Infisical|something else|answered/],
    ['html', 'list', /HTML|not Infisical|something else|answered/],
    ['empty', 'list', /nothing in folder \/github of environment "dev"/],
    ['denied', 'list', /may not read \/github in environment "dev"/],
    ['no-project', 'list', /knows no \/github in environment "dev"/],
    ['drop', 'login', /./],
    ['redirect', 'list', /./],
    ['echo', 'list', /./],
  ]
  /** Each fault has a store, and a server that wants something of it. */
  const scene = shared(async () => {
    const stores = await Promise.all(FAULTS.map(newStore))
    const ids = FAULTS.map(([kind, on]) => `${kind}-${on}`)
    const yaml = [
      'version: 1',
      'environment: dev',
      `secrets: { ${stores.map((store, at) => `${ids[at]}: ${storeEntry(store)}`).join(', ')} }`,
      'servers:',
      ...ids.map((id) => `  ${id}: ${toolbox({ env: { TOOLBOX_SECRET: `\${${id}:/github/TOKEN}` } })}`),
      `  free: ${toolbox()}`,
    ]
    const where = place(yaml.join('\n'))
    where.env['INFISICAL_CLIENT_ID'] = stores[0]?.clientId ?? ''
    where.env['INFISICAL_CLIENT_SECRET'] = stores[0]?.clientSecret ?? ''
    for (const [at, [kind, on]] of FAULTS.entries())
      stores[at]?.fail(kind, { on, times: 100, location: 'http://127.0.0.1:9/' })
    return { where, stores, tools: await runHere(where, ['tools']) }
  })

  it('the other server runs, for a host too, and nothing leaks', async () => {
    const { where, stores, tools } = await scene()
    const host = await host1Here(where)
    const names = (await host.tools()).map(({ name }) => name)
    expect(names.filter((name) => !name.startsWith('free_'))).toEqual([])
    expect(textOf(await host.call('free_echo', { text: 'x' }))).toBe(':x')
    expect(tools.code).toBe(1)
    const said = tools.stderr + everythingIn(where.state)
    for (const { clientSecret, tokens } of stores)
      for (const secret of [VALUE, clientSecret, ...tokens, '<!doctype', '<title>'])
        expect(said.includes(secret), secret).toBe(false)
  })

  it.each(FAULTS)('%s on %s: its server says why and what to do', async (kind, on, told) => {
    const { tools } = await scene()
    const own = new RegExp(
      `^${kind}-${on} is not running: [^\\n]*servers\\.yaml:\\d+:\\d+: \\$\\{${kind}-${on}:/github/TOKEN\\}: [^\\n]+\\nhint: [^\\n]+$`,
      'm',
    ).exec(tools.stderr)
    expect(own?.[0]).toMatch(told)
  })

  it('a wrong client secret: says that the login was refused and which variable holds it', async () => {
    const { where } = await withStore('', { secret: 'wrong-secret-987654321' })
    const { code, stdout, stderr } = await runHere(where, ['secrets'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/vault +env\.TOOLBOX_SECRET +team +\S+ +auth/)
    expect(stdout).toMatch(/\nvault: [^\n]+\n {2}hint: [^\n]+\n$/)
    expect(stdout + stderr).not.toContain('wrong-secret-987654321')
  })

  it('a missing client secret: says which variable to set, and asks nobody', async () => {
    const { store, where } = await withStore()
    delete where.env['INFISICAL_CLIENT_SECRET']
    const { code, stdout } = await runHere(where, ['secrets'])
    expect(code).toBe(1)
    expect(stdout).toContain('INFISICAL_CLIENT_SECRET')
    expect(store.requests).toEqual([])
  })
})

it('a slow store delays nobody else’s start, and its own server comes late', async () => {
  const { store, where } = await withStore('defaults: { listWait: 100ms }')
  let answerIt = (): void => undefined
  const held = new Promise<void>((resolve) => (answerIt = resolve))
  store.fail('slow', { on: 'login', until: held, times: 1 })
  const asked = store.arrival('login')
  const host = new HereHost(where)
  await host.initialize()
  await asked
  const call = await host.request('tools/call', { name: 'free_echo', arguments: { text: 'x' } })
  expect(textOf(call.result ?? {})).toBe(':x')
  expect(store.underWay()).toEqual(['login'])
  answerIt()
  const late = await host.request('tools/call', { name: 'vault_echo', arguments: { text: 'late' } })
  expect(textOf(late.result ?? {})).toBe(':late')
})
