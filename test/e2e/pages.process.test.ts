/**
 * Pages of servers (MCP Apps): they call tools by their server's own names and reach that server only; tools for pages
 * alone reach no model.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { HereHost } from './serve-here.ts'
import { place, RawHost, textOf, yamlOf } from './support.ts'

const PAGES = fileURLToPath(new URL('../servers/pages-of.mjs', import.meta.url))
const SHOWS = { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } } }

type Send = (method: string, params?: Record<string, unknown>) => ReturnType<RawHost['request']>

async function host(
  era: 'old' | 'new',
  servers: Readonly<Record<string, boolean>>,
  shows: Record<string, unknown> = SHOWS,
): Promise<Send> {
  const entries = Object.entries(servers).map(([id, apps]) => [
    id,
    { command: 'node', args: [PAGES], env: { PAGES_NAME: id }, ...(apps && { apps }) },
  ])
  const config = { version: 1, defaults: { listWait: '50s' }, servers: Object.fromEntries(entries) as object }
  const raw = new HereHost(place(yamlOf(config)))
  if (era === 'old') await raw.initialize(shows)
  const send: Send = async (method, params = {}) =>
    era === 'old' ? raw.request(method, params) : raw.modern(method, params, shows)
  await send('tools/list')
  return send
}

async function names(send: Send): Promise<readonly unknown[]> {
  const tools = (await send('tools/list')).result?.['tools']
  return Array.isArray(tools) ? tools.map(({ name }: { name: unknown }) => name) : []
}

async function read(send: Send, uri: string): Promise<string> {
  const { result, error } = await send('resources/read', { uri })
  return error === undefined ? JSON.stringify(result?.['contents']) : `${error.code}: ${error.message}`
}

async function call(send: Send, name: string): Promise<string> {
  const { result, error } = await send('tools/call', { name, arguments: {} })
  return result === undefined ? `${error?.code}: ${error?.message}` : textOf(result)
}

describe.each(['old', 'new'] as const)('a host of the %s era', (era) => {
  it('that shows pages: they call by their server’s own names', async () => {
    const send = await host(era, { clock: true, plain: false })
    expect(await names(send)).toEqual([
      'clock_get-clock',
      'clock_get-model-only',
      'clock_get-time',
      'clock_poll-stats',
      'plain_get-model-only',
      'plain_get-plain',
      'plain_get-time',
    ])
    for (const name of ['get-time', 'poll-stats', 'get-clock']) {
      expect(await call(send, name)).toBe(`clock: ${name}`)
      expect(await call(send, `clock_${name}`)).toBe(`clock: ${name}`)
    }
    // Not for pages, of a server whose pages aren't shown, or of none.
    for (const name of [
      'get-model-only',
      'get-nobody',
      'get-plain',
      'get-nothing',
      'clock_get-nobody',
      'plain_poll-stats',
    ])
      expect(await call(send, name)).toBe(`-32602: Unknown tool: ${name}`)
  })

  it('that shows none: nothing that is for pages is there', async () => {
    const send = await host(era, { clock: true, plain: false }, {})
    expect((await names(send)).filter((name) => String(name).includes('poll'))).toEqual([])
    for (const name of ['poll-stats', 'clock_poll-stats', 'get-time', 'plain_poll-stats'])
      expect(await call(send, name)).toBe(`-32602: Unknown tool: ${name}`)
  })
})

it('of two servers only that one is reached of which a page is there, and with two of those none by a name of both', async () => {
  const send = await host('old', { one: true, two: true })
  expect(await call(send, 'get-time')).toBe('-32602: Unknown tool: get-time')
  // While no page is known of, it may be one that the host kept.
  expect(await call(send, 'get-one')).toBe('one: get-one')
  await send('resources/read', { uri: 'ui://two/clock/page.html' })
  expect(await call(send, 'get-time')).toBe('two: get-time')
  expect(await call(send, 'get-one')).toBe('-32602: Unknown tool: get-one')
  // A tool that has a page shows it, also where the host has kept the page.
  expect(await call(send, 'one_get-time')).toBe('one: get-time')
  expect(await call(send, 'get-one')).toBe('one: get-one')
  expect(await call(send, 'get-two')).toBe('two: get-two')
  expect(await call(send, 'get-time')).toBe('-32602: Unknown tool: get-time')
})

describe('a page reads what its server has, by the server’s own URIs', () => {
  const memo = (server: string, uri: string): string =>
    JSON.stringify([{ uri, mimeType: 'text/html;profile=mcp-app', text: `<p>${server}</p>` }])

  it('of its own server only', async () => {
    const send = await host('old', { one: true, plain: false })
    expect(await read(send, 'memo://all')).toBe(memo('one', 'memo://all'))
    expect(await read(send, 'data-one://7')).toBe(memo('one', 'data-one://7'))
    expect(await read(send, 'ui://clock/page.html')).toBe(memo('one', 'ui://clock/page.html'))
    // By the names here the answer has them too.
    expect(await read(send, 'sidemux://one/memo://all')).toBe(memo('one', 'sidemux://one/memo://all'))
    for (const uri of ['data-plain://7', 'data-one:', 'file:///etc/passwd', 'memo://other', ''])
      expect(await read(send, uri)).toMatch(/^-32602/)
  })

  it('of two servers the one whose page is there', async () => {
    const send = await host('new', { one: true, two: true })
    expect(await read(send, 'memo://all')).toMatch(/^-32602/)
    await send('resources/read', { uri: 'ui://two/clock/page.html' })
    expect(await read(send, 'memo://all')).toContain('<p>two</p>')
    expect(await read(send, 'data-one://7')).toMatch(/^-32602/)
    await send('resources/read', { uri: 'ui://one/clock/page.html' })
    expect(await read(send, 'memo://all')).toMatch(/^-32602/)
    expect(await read(send, 'data-one://7')).toContain('<p>one</p>')
  })

  it('for nobody where the host shows no pages', async () => {
    const send = await host('old', { one: true }, {})
    expect(await read(send, 'memo://all')).toMatch(/^-32602/)
    expect(await read(send, 'sidemux://one/memo://all')).toContain('<p>one</p>')
  })
})
