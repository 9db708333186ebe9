/**
 * `surface: search`: a host is listed two tools of ours, and what is called through one of them is judged, asked for,
 * masked and written down as if it had been called directly (promises 3, 4, 6 and 7).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { audit, type AuditRecord } from './reload.ts'
import { HOSTS_HERE, HereHost } from './serve-here.ts'
import {
  APPROVE,
  executions,
  place,
  shared,
  textOf,
  toolbox,
  until,
  yamlOf,
  type Place,
  type RawMessage,
} from './support.ts'

const SECRET = 'value-of-the-secret-0123456789'
const CALL = 'sidemux_call_tool'
const SEARCH = 'sidemux_search_tools'

function searched(surface: string, entry: Record<string, unknown> = {}): Place & { log: string } {
  const where = place('')
  const log = join(where.out, 'executions.jsonl')
  const env = { TOOLBOX_LOG: log, TOOLBOX_NAME: 'box', TOOLBOX_SECRET: '${local:TOKEN}' }
  const box = toolbox({ env: { ...env, TOOLBOX_DESCRIPTION: `, with ${SECRET}` }, ...entry })
  const yaml = `version: 1\ndefaults: { listWait: 50s }\nsecrets: { local: { type: dotenv, path: .env } }\nservers:\n  box: ${box}\nsurface: ${surface}\n`
  return { ...place(yaml, { '.env': `TOKEN=${SECRET}\n` }), log }
}

const RULES = {
  tools: { allow: ['echo', 'count', 'get_leak'], confirm: ['delete_thing'], block: ['plain'] },
}

// Of each SDK, and in each era.
describe.each(HOSTS_HERE.filter(([name]) => !name.includes('2025-11-25')))('%s', (_name, connect) => {
  const scene = shared(async () => {
    const where = searched('{ mode: search, keep: [box/count] }', RULES)
    const asked: string[] = []
    const host = await connect(where, {
      elicit: (message) => {
        asked.push(message)
        return message.includes('"no"') ? { action: 'decline' } : APPROVE
      },
    })
    return { where, host, asked }
  })

  it('lists the two tools and what is kept, and finds the others with schema and verdict', async () => {
    const { host } = await scene()
    const tools = await host.tools()
    expect(tools.map(({ name }) => name)).toEqual([SEARCH, CALL, 'box_count'])
    expect(tools[1]?.['annotations']).toMatchObject({ readOnlyHint: false, destructiveHint: true })
    const found = await host.call(SEARCH, { query: 'delete a thing' })
    const { tools: shown } = JSON.parse(textOf(found)) as { tools: Record<string, unknown>[] }
    expect(shown[0]).toMatchObject({
      name: 'box_delete_thing',
      asks: true,
      inputSchema: { type: 'object', properties: { id: { type: 'string' } } },
    })
    expect(textOf(found)).not.toContain(SECRET)
    expect(textOf(found)).not.toContain('box_plain')
  })

  it('calls a tool as if it were called directly, with arguments as text and as an object', async () => {
    const { host } = await scene()
    for (const args of ['{"text": "hello"}', { text: 'hello' }]) {
      const result = await host.call(CALL, { name: 'box_echo', arguments: args })
      expect(result['content']).toEqual([{ type: 'text', text: 'box:hello' }])
    }
    expect(textOf(await host.call('box_echo', { text: 'directly' }))).toBe('box:directly')
  })

  it('hands on progress, structured content and masking', async () => {
    const { host } = await scene()
    const heard: unknown[] = []
    const counted = await host.call(
      CALL,
      { name: 'box_count', arguments: '{"to": 3}' },
      { onProgress: (progress) => heard.push(progress) },
    )
    expect(textOf(counted)).toBe('counted to 3')
    expect(heard.length).toBeGreaterThan(0)
    const leak = await host.call(CALL, { name: 'box_get_leak', arguments: '{"how": "structured"}' })
    expect(leak['structuredContent']).toBeDefined()
    expect(JSON.stringify([leak, heard])).not.toContain(SECRET)
  })

  it('asks about the inner tool, and runs it once and only after a yes', async () => {
    const { host, asked, where } = await scene()
    asked.length = 0
    const wanted = (id: string): Record<string, unknown> => ({
      name: 'box_delete_thing',
      arguments: JSON.stringify({ id }),
    })
    expect((await host.call(CALL, wanted('no')))['isError']).toBe(true)
    expect(textOf(await host.call(CALL, wanted('yes')))).toBe('deleted yes')
    expect(asked.map((message) => message.split('\n')[0])).toEqual([
      'box: delete_thing id="no"',
      'box: delete_thing id="yes"',
    ])
    const deleted = executions(where.log).filter(({ name }) => name === 'delete_thing')
    expect(deleted.map(({ args }) => args)).toEqual([{ id: 'yes' }])
  })

  it('reaches nothing that is hidden, blocked or its own, and names what may be meant', async () => {
    const { host } = await scene()
    const texts = []
    for (const name of ['box_plain', 'box_save_thing', 'box_nothing_such', CALL, SEARCH, 'box_ecoh']) {
      const result = await host.call(CALL, { name, arguments: '{}' })
      expect(result['isError']).toBe(true)
      texts.push(textOf(result).replaceAll(name, 'NAME'))
    }
    for (const text of texts) {
      expect(text).toMatch(/^sidemux: there is no tool "NAME"/)
      expect(text).not.toMatch(/box_plain|box_save_thing/)
    }
    expect(texts.at(-1)).toContain('box_echo')
  })

  it.each([
    [{}, 'name is required'],
    [{ name: 'box_echo', arguments: '[1]' }, 'arguments is not a JSON object'],
    [{ name: 'box_echo', arguments: '{"text":' }, 'arguments is not a JSON object'],
    [{ name: 'box_echo', text: 'beside' }, 'belong into arguments'],
    [{ name: 'box_echo', arguments: '{"text": 5}' }, 'do not fit the tool’s inputSchema'],
  ])('says what is wrong with %j', async (args, why) => {
    const { host, where } = await scene()
    const before = executions(where.log).length
    const result = await host.call(CALL, args)
    expect(result['isError']).toBe(true)
    expect(textOf(result).replaceAll("'", '’')).toContain(why)
    expect(executions(where.log)).toHaveLength(before)
  })
})

const records = (where: Place): readonly AuditRecord[] => audit(where).filter(({ type }) => type === 'call')

it('writes down the inner tool, through what it was called, and searches too (promise 6)', async () => {
  const where = searched('search')
  const host = new HereHost(where)
  await host.initialize()
  const call = async (name: string, args: object): Promise<RawMessage> =>
    host.request('tools/call', { name, arguments: args })
  await call(SEARCH, { query: 'echo' })
  await call(CALL, { name: 'box_echo', arguments: '{"text":"a"}' })
  await call(CALL, { name: 'box_none' })
  await call(CALL, {})
  await until(() => records(where).filter(({ phase }) => phase === 'outcome').length === 4, 'all are written')
  const shown = records(where).map(({ phase, name, via, server, tool, outcome }) =>
    [phase, name, via, server, tool, outcome]
      .flatMap((fact) => (typeof fact === 'string' ? [fact] : []))
      .join(' '),
  )
  expect(shown).toEqual([
    `intent ${SEARCH}`,
    `outcome sidemux ${SEARCH} ok`,
    `intent box_echo ${CALL}`,
    'outcome box echo ok',
    `intent box_none ${CALL}`,
    'outcome blocked',
    `intent ${CALL}`,
    `outcome sidemux ${CALL} blocked`,
  ])
})

it('tells the host when the surface is another one, which the command line decides over all', async () => {
  const where = searched('all')
  const host = new HereHost(where)
  const names = async (of = host): Promise<unknown[]> => {
    const { result } = await of.request('tools/list')
    const tools = (result ?? {})['tools'] as { name: string }[]
    return tools.map(({ name }) => name)
  }
  await host.initialize()
  expect(await names()).toContain('box_echo')
  const unknown = await host.request('tools/call', { name: CALL, arguments: { name: 'box_echo' } })
  expect(unknown.error?.message).toBe(`Unknown tool: ${CALL}`)
  const yaml = (surface: string): string =>
    `version: 1\nservers: { box: ${toolbox()} }\nprofiles: { few: { surface: ${surface} } }\nsurface: search\n`
  writeFileSync(where.config, yaml('all'))
  await until(
    () => host.received.some(({ method }) => method === 'notifications/tools/list_changed'),
    'the host hears of it',
  )
  expect(await names()).toEqual([SEARCH, CALL])
  const few = ['serve', '--config', where.config, '--profile', 'few']
  const [ofProfile, ofLine] = [new HereHost(where, few), new HereHost(where, [...few, '--surface', 'search'])]
  await ofProfile.initialize()
  await ofLine.initialize()
  expect(await names(ofProfile)).toContain('box_echo')
  expect(await names(ofLine)).toEqual([SEARCH, CALL])
})

it('leads a model to nothing that is for pages alone, and lists to a host with pages what they call', async () => {
  const pages = fileURLToPath(new URL('../servers/pages-of.mjs', import.meta.url))
  const clock = { command: 'node', args: [pages], env: { PAGES_NAME: 'clock' }, apps: true }
  const host = new HereHost(place(yamlOf({ version: 1, servers: { clock }, surface: 'search' })))
  await host.initialize({
    extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
  })
  const { result } = await host.request('tools/list')
  const names = JSON.stringify(result)
  for (const name of [SEARCH, CALL, 'clock_get-time', 'clock_poll-stats'])
    expect(names).toContain(`"${name}"`)
  const call = async (name: string, args: object): Promise<string> =>
    textOf((await host.request('tools/call', { name, arguments: args })).result ?? {})
  expect(await call(CALL, { name: 'clock_get-time' })).toBe('clock: get-time')
  for (const name of ['poll-stats', 'clock_poll-stats']) {
    expect(await call(name, {})).toBe('clock: poll-stats')
    expect(await call(CALL, { name })).toContain('there is no tool')
  }
  expect(await call(SEARCH, { query: 'poll stats' })).not.toContain('clock_poll-stats')
})
