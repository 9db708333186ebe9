/** What is known of a server from its last run: in the first answer, under the rules and pins of now (promises 4, 5, 9). */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { everythingIn, place, RawHost, shared, until, yamlOf, type Place } from './support.ts'

const SERVER = resolve(import.meta.dirname, '../servers/changing.mjs')
const readOnly = { readOnlyHint: true }
const tool = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  inputSchema: { type: 'object' },
  annotations: readOnly,
  ...more,
})
const LISTS = {
  tools: [tool('view'), tool('count')],
  prompts: [{ name: 'greet' }],
  resources: [{ uri: 'note://one', name: 'one' }],
  resourceTemplates: [{ uriTemplate: 'note://{id}', name: 'any' }],
}
const METHODS = {
  tools: 'tools/list',
  prompts: 'prompts/list',
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
}
type Rules = Readonly<Record<string, unknown>>

describe('the first answer', () => {
  const known = shared(() => met({ box: LISTS }))
  it('is what the servers last listed, of every kind, while they hang; and no news when they say the same', async () => {
    const { where, says } = await met({ box: LISTS, tub: LISTS })
    says('box', { ...LISTS, held: true })
    says('tub', { ...LISTS, held: true })
    const host = serving(where)
    await host.initialize()
    expect(await all(host)).toEqual({
      tools: ['box_count', 'box_view', 'tub_count', 'tub_view'],
      prompts: ['box_greet', 'tub_greet'],
      resources: ['sidemux://box/note://one', 'sidemux://tub/note://one'],
      resourceTemplates: [
        expect.stringContaining('sidemux://box/'),
        expect.stringContaining('sidemux://tub/'),
      ],
    })
    const called = host.request('tools/call', { name: 'tub_view', arguments: {} })
    release(where, 'box', 'tub')
    expect((await called).result).toMatchObject({ content: [{ text: 'ran view' }] })
    expect(newsIn(host)).toEqual([])
  })

  it('is the same for a host of 2026-07-28', async () => {
    const { where, says } = await known()
    says('box', { ...LISTS, held: true })
    configure(where, { box: {} })
    const { result } = await serving(where).modern('tools/list')
    expect(result).toMatchObject({ tools: [{ name: 'box_count' }, { name: 'box_view' }] })
  })

  it('waits for those only of which nothing is known', async () => {
    const { where, says } = await known()
    says('box', { ...LISTS, held: true })
    says('new', { tools: [tool('fresh')] })
    configure(where, { new: {}, box: {} })
    const host = serving(where)
    await host.initialize()
    expect(await names(host)).toEqual(['new_fresh', 'box_count', 'box_view'])
  })

  it('is set right by one list_changed where a server has something else by now', async () => {
    const { where, says } = await met({ box: LISTS }, { start: 'eager' })
    says('box', { ...LISTS, tools: [tool('view'), tool('fresh')], held: true })
    const host = serving(where)
    await host.initialize()
    expect(await names(host)).toEqual(['box_count', 'box_view'])
    release(where, 'box')
    await until(() => newsIn(host).length > 0, 'news')
    expect(await names(host)).toEqual(['box_fresh', 'box_view'])
    expect(newsIn(host)).toEqual(['notifications/tools/list_changed'])
  })

  it('keeps the tools of a server that can not start any more, and a call says why', async () => {
    const { where, says } = await known()
    says('box', { exit: 3 })
    configure(where, { box: {} })
    const host = serving(where)
    await host.initialize()
    expect(await names(host)).toEqual(['box_count', 'box_view'])
    const { result } = await host.request('tools/call', { name: 'box_view', arguments: {} })
    expect(result).toMatchObject({ isError: true })
    expect(JSON.stringify(result)).toContain('box')
  })
})

describe('a call of what is known', () => {
  /** `same` is what it was; of the others each is something else by now. */
  const scene = shared(async () => {
    const were = ['same', 'text', 'schema', 'hint', 'gone'].map((name) => tool(`view_${name}`))
    const { where, says } = await met({ box: { ...LISTS, tools: were } })
    const tools = [
      tool('view_same'),
      tool('view_text', { description: 'Now different.' }),
      tool('view_schema', { inputSchema: { type: 'object', required: ['all'] } }),
      tool('view_hint', { annotations: { readOnlyHint: true, openWorldHint: true } }),
    ]
    says('box', { ...LISTS, tools, prompts: [], held: true })
    const host = serving(where)
    await host.initialize()
    expect(await names(host)).toEqual(were.map(({ name }) => `box_${name}`).toSorted())
    const call = async (name: string) =>
      host.request('tools/call', { name: `box_view_${name}`, arguments: {} })
    const called = Promise.all([call('text'), call('schema'), call('hint'), call('gone'), call('same')])
    const asked = host.request('prompts/get', { name: 'box_greet' })
    release(where, 'box')
    const [text, schema, hint, gone, same] = await called
    const ran = readFileSync(`${listsOf(where, 'box')}.calls`, 'utf8')
    return { text, schema, hint, gone, same, asked: await asked, ran }
  })

  it.each(['text', 'schema', 'hint'] as const)(
    'asks when the live definition has another %s (promise 5)',
    async (name) => {
      const { ran, same, ...of } = await scene()
      expect(of[name].result).toMatchObject({ isError: true })
      expect(same.result).toMatchObject({ content: [{ text: 'ran view_same' }] })
      expect(ran).not.toContain(name)
    },
  )

  it('says that a tool is gone which its server offers no more', async () => {
    const { gone, asked } = await scene()
    expect(gone.error).toEqual({
      code: -32602,
      message: 'Unknown tool: box_view_gone: box offers no such tool any more; list the tools again',
    })
    expect(asked.error?.message).toBe(
      'Unknown prompt: box_greet: box offers no such prompt any more; list the prompts again',
    )
  })
})

describe('the rules of now decide what is shown of it', () => {
  const known = shared(() => met({ box: LISTS }))

  it.each<[string, Rules, string[], string[]]>([
    ['a block added meanwhile', { tools: { block: ['view'] } }, [], ['box_count']],
    ['an allow that names the other', { tools: { allow: ['count'] } }, [], ['box_count']],
    ['a profile', {}, ['--profile', 'few'], ['box_view']],
    ['an environment it is not in', { environments: ['prod'] }, [], []],
    ['disabled', { disabled: true }, [], []],
    ['another launch', { env: { OTHER: 'x' } }, [], []],
    [
      'another environment of secrets, in which it never ran: by servers.lock',
      {},
      ['--environment', 'prod'],
      ['box_count', 'box_view'],
    ],
  ])('%s', async (_what, rules, args, expected) => {
    const { where, says } = await known()
    says('box', { ...LISTS, held: true })
    configure(where, { box: rules }, '500ms')
    const host = serving(where, args)
    await host.initialize()
    expect(await names(host)).toEqual(expected)
  })

  it('what was never accepted, or is accepted no more, waits for its server', async () => {
    const { where, says } = await met({ box: LISTS })
    says('box', { ...LISTS, held: true })
    rmSync(join(dirname(where.config), 'servers.lock'))
    configure(where, { box: {} }, '500ms')
    const host = serving(where)
    await host.initialize()
    expect(await names(host)).toEqual([])
    release(where, 'box')
    await until(async () => (await names(host)).length === 2, 'the live list')
  })
})

describe('two hosts', () => {
  it('each gets the list of a host that can do the same', async () => {
    const lists = { ...LISTS, tools: [tool('view'), tool('write', { needs: 'roots' })] }
    const { where, says } = await met({ box: lists })
    await sitting(where, { roots: {} }, 'box_write')
    says('box', { ...lists, held: true })
    configure(where, { box: {} }, '500ms')
    const [plain, able, other] = [serving(where), serving(where), serving(where)]
    await plain.initialize()
    await able.initialize({ roots: {} })
    await other.initialize({ elicitation: {} })
    expect(await names(plain)).toEqual(['box_view'])
    expect(await names(able)).toEqual(['box_view', 'box_write'])
    // Nothing was ever listed to one that can do this, so it gets what was accepted first.
    expect(await names(other)).toEqual(['box_view'])
  })
})

describe('on the disk', () => {
  it('is masked, readable by nobody else, and the masked definition is no change', async () => {
    const secret = 'sekrit-listed-0001'
    const said = { ...LISTS, tools: [tool('view', { description: 'For $TOKEN.' })] }
    const rules = { env: { TOKEN: '${local:TOKEN}' } }
    const { where, says } = await met({ box: said }, rules, { '.env': `TOKEN=${secret}\n` })
    expect(kept(where)).toHaveLength(1)
    expect(everythingIn(where.state)).not.toContain(secret)
    expect(readFileSync(kept(where)[0] ?? '', 'utf8')).toContain('[redacted:')
    expect(statSync(kept(where)[0] ?? '').mode & 0o777).toBe(0o600)
    expect(statSync(join(where.state, 'listed')).mode & 0o777).toBe(0o700)
    says('box', { ...said, held: true })
    const host = serving(where)
    await host.initialize()
    expect(await names(host)).toEqual(['box_view'])
    const called = host.request('tools/call', { name: 'box_view', arguments: {} })
    release(where, 'box')
    expect((await called).result).toMatchObject({ content: [{ text: 'ran view' }] })
    expect(newsIn(host)).toEqual([])
  })

  it('what becomes a secret later is masked there too, for the host and in the pins, and is no change (promise 3)', async () => {
    const [first, second] = ['Ab3xQ9-first-value', 'zzTopSecretKappa77']
    const said = {
      tools: [tool('view', { description: `For ${second}.` })],
      prompts: [{ name: 'greet', description: second }],
    }
    const rules = { start: 'eager', env: { TOKEN: '${local:TOKEN}' } }
    const { where, says } = await met({ box: said }, rules, { '.env': `TOKEN=${first}\n` })
    expect(readFileSync(kept(where)[0] ?? '', 'utf8')).toContain(second)
    writeFileSync(join(where.dir, '.env'), `TOKEN=${second}\n`)
    says('box', { exit: 3 })
    const host = serving(where)
    await host.initialize()
    const shown = async (): Promise<string> =>
      JSON.stringify([await host.request('tools/list'), await host.request('prompts/list')])
    await until(async () => !(await shown()).includes(second), 'a masked list')
    await until(() => !everythingIn(where.state).includes(second), 'nothing of it on the disk')
    expect(await shown()).toContain('[redacted:box.TOKEN]')
    says('box', said)
    const { result } = await host.request('tools/call', { name: 'box_view', arguments: {} })
    expect(result).toMatchObject({ content: [{ text: 'ran view' }] })
  })

  const whole = shared(async () => {
    const { where } = await met({ box: LISTS })
    const [file = ''] = kept(where)
    return { where, file, bytes: readFileSync(file) }
  })
  it.each<[string, (file: string) => void]>([
    ['half of it', (file) => writeFileSync(file, readFileSync(file).subarray(0, 200))],
    ['a pipe', (file) => (rmSync(file), execFileSync('mkfifo', [file]))],
  ])('%s in its place costs a wait and a line in the log', async (_what, damage) => {
    const { where, file, bytes } = await whole()
    rmSync(file, { recursive: true, force: true })
    writeFileSync(file, bytes, { mode: 0o600 })
    damage(file)
    const host = serving(where)
    await host.initialize()
    expect(await names(host)).toEqual(['box_count', 'box_view'])
    await until(() => host.stderr().includes('listed'), 'a line in the log')
  })

  it('goes when a sidemux starts with a servers.yaml that does not name the server, and not while it is disabled', async () => {
    const { where } = await met({ box: LISTS, tub: LISTS })
    expect(kept(where)).toHaveLength(2)
    configure(where, { box: { disabled: true }, tub: {} })
    await sitting(where)
    expect(kept(where)).toHaveLength(2)
    configure(where, { tub: {} })
    await sitting(where)
    const ofTub = (): boolean[] => kept(where).map((file) => file.includes('-tub-'))
    await until(() => ofTub().length === 1, 'that of the other is gone')
    expect(ofTub()).toEqual([true])
  })
})

describe('sidemux tools', () => {
  it('shows what is true now, and of a server that is down what it last listed, marked so', async () => {
    const { where, says } = await met({ box: LISTS, tub: LISTS })
    says('box', { exit: 3 })
    says('tub', { ...LISTS, tools: [tool('fresh')] })
    const { code, stdout } = await runHere(where, ['tools'])
    expect(code).toBe(1)
    const line = (name: string): string => stdout.split('\n').find((one) => one.startsWith(name)) ?? ''
    expect(line('box_view')).toMatch(/as last listed at 20\d\d-\d\d-\d\dT[\d:]+Z; box is down: /)
    expect(line('tub_fresh')).not.toContain('last listed')
    expect(stdout).not.toContain('tub_view')
    const json = JSON.parse((await runHere(where, ['tools', '--json'])).stdout) as Record<string, unknown>[]
    const of = (name: string) => json.find((one) => one['name'] === name)
    expect(of('box_view')).toMatchObject({
      lastListed: expect.stringMatching(/^20/),
      down: expect.any(String),
    })
    expect(of('tub_fresh')).not.toHaveProperty('lastListed')
  })
})

/** In a folder of its own, since what is written beside it later has to be seen in the sandbox. */
function listsOf({ out }: Place, id: string): string {
  return join(out, id, `${id}.json`)
}

function entry(where: Place, id: string, rules: Rules = {}): Rules {
  return { command: 'node', args: [SERVER, listsOf(where, id)], ...rules }
}

/** Rules of servers by id; a first list that waits for one that is held doesn't come in time. */
function configure(where: Place, servers: Readonly<Record<string, Rules>>, listWait = '50s'): void {
  const yaml = yamlOf({
    version: 1,
    defaults: { listWait },
    approvals: { channels: ['elicitation'] },
    profiles: { few: { tools: { block: ['c*'] } } },
    secrets: { local: { type: 'dotenv', path: '.env' } },
    servers: Object.fromEntries(Object.entries(servers).map(([id, rules]) => [id, entry(where, id, rules)])),
  })
  writeFileSync(where.config, yaml)
}

/** Servers that a host has had once, and what each is to say from now on. */
async function met(
  servers: Readonly<Record<string, Rules>>,
  rules: Rules = {},
  files: Readonly<Record<string, string>> = {},
): Promise<{ where: Place; says: (id: string, lists: Rules) => void }> {
  const where = place('', { '.env': '', ...files })
  const says = (id: string, lists: Rules): void => {
    mkdirSync(dirname(listsOf(where, id)), { recursive: true })
    writeFileSync(listsOf(where, id), JSON.stringify(lists))
    rmSync(`${listsOf(where, id)}.go`, { force: true })
  }
  for (const [id, lists] of Object.entries(servers)) says(id, lists)
  configure(where, Object.fromEntries(Object.keys(servers).map((id) => [id, rules])))
  await sitting(where)
  return { where, says }
}

/** A host that comes, lists and goes. */
/** @param listed what its server, which a call wakes, has listed by then */
async function sitting(where: Place, capabilities: Rules = {}, listed?: string): Promise<void> {
  const host = serving(where)
  await host.initialize({ ...capabilities })
  if (listed !== undefined) await host.request('tools/call', { name: 'box_view', arguments: {} })
  await until(async () => {
    const all = await names(host)
    return listed === undefined || all.includes(listed)
  }, 'its list')
  host.process.stdin?.end()
  await host.exited()
}

function serving(where: Place, args: readonly string[] = []): RawHost {
  return new HereHost(where, ['serve', '--config', where.config, ...args])
}

function release(where: Place, ...ids: readonly string[]): void {
  for (const id of ids) writeFileSync(`${listsOf(where, id)}.go`, '')
}

async function names(host: RawHost, member: keyof typeof METHODS = 'tools'): Promise<string[]> {
  const { result } = await host.request(METHODS[member])
  const entries = (result?.[member] ?? []) as Record<string, string>[]
  return entries.map(({ name = '', uri, uriTemplate }) => uri ?? uriTemplate ?? name)
}

async function all(host: RawHost): Promise<Record<string, string[]>> {
  const members = Object.keys(METHODS) as (keyof typeof METHODS)[]
  return Object.fromEntries(
    await Promise.all(members.map(async (member) => [member, await names(host, member)] as const)),
  )
}

function newsIn(host: RawHost): string[] {
  return host.received.flatMap(({ method = '' }) => (method.endsWith('list_changed') ? [method] : []))
}

function kept(where: Place): string[] {
  const dir = join(where.state, 'listed')
  return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : []
}
