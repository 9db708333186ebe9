/** Infisical from end to end: a real host, real children, a store with the recorded wire shapes that fails on request. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { startInfisical, type FaultKind, type InfisicalServer } from '../servers/infisical.mjs'
import { runHere } from './run-here.ts'
import { HereHost, HOSTS_HERE } from './serve-here.ts'
import { everythingIn, host1, place, textOf, toolbox, type Place } from './support.ts'

const VALUE = 'ghp_vault_0123456789abcdef'

async function withStore(
  more = '',
  credentials: { secret?: string } = {},
): Promise<{ store: InfisicalServer; where: Place }> {
  const store = await startInfisical({ secrets: { dev: { '/github': { TOKEN: VALUE } } } })
  onTestFinished(() => store.close())
  const yaml = [
    'version: 1',
    'environment: dev',
    'secrets:',
    '  team:',
    '    type: infisical',
    `    siteUrl: ${store.url}`,
    `    projectId: ${store.projectId}`,
    '    environment: "{environment}"',
    '    auth: { method: universal-auth, clientId: "${env:INFISICAL_CLIENT_ID}", clientSecret: "${env:INFISICAL_CLIENT_SECRET}" }',
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

describe.each(HOSTS_HERE)('%s', (_name, connect) => {
  it('the value reaches its server, is masked on the way back, and the store’s own credentials reach nobody', async () => {
    const { store, where } = await withStore()
    const host = await connect(where)
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
  it.each(FAULTS)(
    '%s on %s: its server says why and what to do, the other runs, nothing leaks',
    async (kind, on, told) => {
      const { store, where } = await withStore()
      store.fail(kind, { on, times: 100, location: 'http://127.0.0.1:9/' })
      const host = await host1(where)
      const names = (await host.tools()).map(({ name }) => name)
      expect(names.filter((name) => name.startsWith('vault_'))).toEqual([])
      expect(textOf(await host.call('free_echo', { text: 'x' }))).toBe(':x')
      const { code, stderr } = await runHere(where, ['tools'])
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^vault is not running: [^\n]*servers\.yaml:\d+:\d+: \$\{team:\/github\/TOKEN\}: [^\n]+\nhint: [^\n]+\n/,
      )
      expect(stderr).toMatch(told)
      for (const secret of [VALUE, store.clientSecret, ...store.tokens, '<!doctype', '<title>'])
        expect((stderr + everythingIn(where.state)).includes(secret), secret).toBe(false)
    },
  )

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
