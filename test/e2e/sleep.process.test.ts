/** What wakes a server that sleeps, what doesn't, and what a call finds when it has woken one (promises 1, 5, 7, 9). */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { audit, edit } from './reload.ts'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { place, RawHost, shared, textOf, until, yamlOf, type Place, type RawMessage } from './support.ts'

const SERVER = resolve(import.meta.dirname, '../servers/wakes.mjs')
type Entry = Readonly<Record<string, unknown>>

function entry({ out }: Place, more: Entry = {}, env: Entry = {}): Entry {
  const files = {
    WAKES_LOG: join(out, 'log'),
    WAKES_TOOLS: join(out, 'tools'),
    WAKES_FAILS: join(out, 'fails'),
  }
  return {
    command: 'node',
    args: [SERVER],
    env: { ...files, ...env },
    sandbox: { write: [out] },
    ...more,
  }
}

const yaml = (server: Entry, rest: Entry = {}): string =>
  `${yamlOf({ version: 1, defaults: { listWait: '50s' }, approvals: { channels: ['elicitation'] }, ...rest, servers: { a: server } })}\n`

/** A place whose server runs, and is listed. */
async function begun(more: Entry = {}, env: Entry = {}, rest: Entry = {}) {
  const where = place('', { '.env': 'TOKEN=one-value-of-a-token\n' })
  writeFileSync(where.config, yaml(entry(where, more, env), rest))
  const host = await serving(where)
  await host.request('tools/list')
  return { where, host }
}

/** A place whose server was listed in an earlier run. */
async function acquainted(...entries: Parameters<typeof begun>): Promise<Place> {
  const { where, host } = await begun(...entries)
  await leave(host)
  rmSync(join(where.out, 'log'))
  return where
}

async function leave(host: RawHost): Promise<void> {
  host.process.stdin?.end()
  await host.exited()
}

async function serving(where: Place): Promise<RawHost> {
  const host = new HereHost(where)
  await host.initialize()
  return host
}

function noted({ out }: Place): readonly string[] {
  const file = join(out, 'log')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

const tool = (name: string): Entry => ({
  name,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
})
const starts = (where: Place): number => noted(where).filter((line) => line.startsWith('start ')).length
/** How often it was about to be launched. */
const launches = (where: Place): number => audit(where).filter(({ phase }) => phase === 'launch').length
const echo = async (host: RawHost, text = 'hi'): Promise<RawMessage> =>
  host.request('tools/call', { name: 'a_get_echo', arguments: { text } })
const listsOf = async (host: RawHost): Promise<unknown> =>
  Promise.all(
    ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'].map(async (method) =>
      host.request(method),
    ),
  )
const sleeps = async (where: Place, times = 1): Promise<void> =>
  until(
    () =>
      audit(where).filter(({ phase, reason }) => phase === 'exited' && String(reason).startsWith('nobody'))
        .length >= times,
    'it sleeps',
  )

describe('wakes it once', () => {
  const scene = shared(() => acquainted())
  it.each<[string, Entry, string]>([
    ['tools/call', { name: 'a_get_echo', arguments: { text: 'hi' } }, 'call get_echo hi'],
    ['prompts/get', { name: 'a_greet' }, 'get greet'],
    ['resources/read', { uri: 'sidemux://a/note://one' }, 'read note://one'],
    ['resources/subscribe', { uri: 'sidemux://a/note://one' }, 'subscribe note://one'],
    [
      'completion/complete',
      {
        ref: { type: 'ref/resource', uri: 'sidemux://a/note://{id}' },
        argument: { name: 'id', value: 'o' },
      },
      'complete id',
    ],
  ])('%s', async (method, params, note) => {
    const where = await scene()
    const before = noted(where).length
    const host = await serving(where)
    const answers = await Promise.all([1, 2, 3].map(async () => host.request(method, params)))
    for (const { error, result } of answers)
      expect({ error, result }).toMatchObject({ error: undefined, result: {} })
    await leave(host)
    const news = noted(where).slice(before)
    expect(news.filter((line) => line.startsWith('start '))).toHaveLength(1)
    expect(news).toContain(note)
    expect(news.at(-1)).toMatch(/^end /)
  })
})

describe('wakes nobody', () => {
  const scene = shared(() => acquainted({ tools: { block: ['start_*'] } }))
  it.each<[string, (host: RawHost, where: Place) => Promise<unknown>]>([
    ['lists', listsOf],
    ['a ping', async (host) => host.request('ping')],
    ['a log level', async (host) => host.request('logging/setLevel', { level: 'debug' })],
    ['other roots', async (host) => host.send({ method: 'notifications/roots/list_changed' })],
    [
      'what ends a subscription',
      async (host) => host.request('resources/unsubscribe', { uri: 'sidemux://a/note://one' }),
    ],
    ['a call that is blocked', async (host) => host.request('tools/call', { name: 'a_start_program' })],
    ['a call of nobody', async (host) => host.request('tools/call', { name: 'b_nothing' })],
    [
      'an edit of what it may do',
      async (_host, where) =>
        edit(where, yaml(entry(where, { tools: { block: ['start_*'] }, timeout: '50s' }))),
    ],
  ])('%s', async (_what, act) => {
    const where = await scene()
    const before = launches(where)
    const host = await serving(where)
    await act(host, where)
    await host.request('ping')
    await leave(host)
    expect(launches(where)).toBe(before)
    expect(noted(where)).toEqual([])
  })

  it('a secret that is another one, which the next start gets', async () => {
    const where = await acquainted(
      {},
      { TOKEN: '${local:TOKEN}' },
      { secrets: { local: { type: 'dotenv', path: '.env' } } },
    )
    const before = launches(where)
    const host = await serving(where)
    writeFileSync(join(where.dir, '.env'), 'TOKEN=another-value-of-it\n')
    await listsOf(host)
    expect(launches(where)).toBe(before)
    expect((await echo(host, 'say another-value-of-it')).result).toMatchObject({
      content: [{ text: 'say [redacted:a.TOKEN]' }],
    })
    await leave(host)
    expect(starts(where)).toBe(1)
  })
})

describe('a call that wakes it', () => {
  it('says what is missing where a secret is, and works when that is there', async () => {
    const secrets = { secrets: { local: { type: 'dotenv', path: '.env' } } }
    const where = await acquainted({}, { TOKEN: '${local:TOKEN}' }, secrets)
    writeFileSync(join(where.dir, '.env'), '')
    const host = await serving(where)
    await listsOf(host)
    const { result } = await echo(host)
    expect(result).toMatchObject({ isError: true })
    expect(textOf(result ?? {})).toContain('TOKEN')
    expect(starts(where)).toBe(0)
    writeFileSync(join(where.dir, '.env'), 'TOKEN=it-is-there-again\n')
    await until(async () => (await echo(host)).result?.['isError'] !== true, 'it works')
    await leave(host)
  })

  it('says its last words where it can not start', async () => {
    const where = await acquainted({ startTimeout: '20s' })
    writeFileSync(join(where.out, 'fails'), 'the cupboard is bare\n')
    const host = await serving(where)
    const { result } = await echo(host)
    expect(result).toMatchObject({ isError: true })
    expect(textOf(result ?? {})).toContain('the cupboard is bare')
    await leave(host)
  })

  it.each<[string, string, Entry, RegExp | undefined]>([
    ['the called tool is another one', 'get_echo', { description: 'Now with harm.' }, undefined],
    ['another tool is another one', 'get_held', { description: 'Now with harm.' }, /^hi$/],
  ])('when %s than before it slept, in one run', async (_what, name, change, answer) => {
    const { where, host } = await begun({ idle: '200ms' })
    expect(textOf((await echo(host)).result ?? {})).toBe('hi')
    await sleeps(where)
    const tools = ['get_echo', 'get_held'].map((one) => ({ ...tool(one), ...(one === name && change) }))
    writeFileSync(join(where.out, 'tools'), JSON.stringify(tools))
    const calls = (): number => noted(where).filter((line) => line === 'call get_echo hi').length
    const before = calls()
    const again = await echo(host)
    if (answer === undefined) {
      expect(again.result).toMatchObject({ isError: true })
      expect(textOf(again.result ?? {})).toContain('its definition or launch changed')
    } else expect(textOf(again.result ?? {})).toMatch(answer)
    expect(calls() - before).toBe(answer === undefined ? 0 : 1)
    await until(
      () => host.received.some(({ method }) => method === 'notifications/tools/list_changed'),
      'the host is told of it',
    )
    await leave(host)
  })
})

describe('an edit while it sleeps', () => {
  it('of its launch lists what that offers as new of it, and nothing of the launch before (promise 5)', async () => {
    const { where, host } = await begun({ idle: '200ms' })
    await sleeps(where)
    const file = join(where.out, 'others')
    const others = [{ ...tool('get_echo'), description: 'Of the other launch.' }]
    writeFileSync(file, JSON.stringify(others))
    await edit(where, yaml(entry(where, { idle: '200ms' }, { WAKES_TOOLS: file })))
    const shown = async (): Promise<string> => JSON.stringify(await host.request('tools/list'))
    await until(async () => (await shown()).includes('Of the other launch.'), 'what it lists')
    expect((await echo(host)).result).toMatchObject({ content: [{ text: 'hi' }] })
    await leave(host)
  })

  it('that makes it eager starts it', async () => {
    const where = await acquainted()
    const host = await serving(where)
    await listsOf(host)
    expect(starts(where)).toBe(0)
    await edit(where, yaml(entry(where, { start: 'eager' })))
    await until(() => starts(where) === 1, 'it runs')
    await leave(host)
  })
})

it('is named in the log as one that sleeps, and started by who wants to see its tools', async () => {
  const { where, host } = await begun({ idle: '200ms' })
  await sleeps(where)
  const logs = await runHere(where, ['logs', 'a'])
  expect(logs.stdout).toContain('sleeps')
  await leave(host)
  const before = starts(where)
  const { code, stdout } = await runHere(where, ['tools'])
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/sleeps|down/) })
  expect(starts(where)).toBe(before + 1)
})
