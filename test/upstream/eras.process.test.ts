import { describe, expect, test } from 'vitest'
import { call, environment, pidFile, spec, startFleet, textOf, until } from './harness.ts'

/** For a server that never answers the probe. */
const NEVER_ANSWERS = { probeTimeoutMs: 600 }

describe('a child is spoken to in the era that it knows', () => {
  const cases = [
    { server: 'modern', version: '2026-07-28', era: '2026-07-28', starts: 1 },
    { server: 'legacy', version: '2025-11-25', era: 'legacy', starts: 1 },
    { server: 'silent', version: '2025-11-25', era: 'legacy', starts: 1 },
    { server: 'dies-on-probe', version: '2025-11-25', era: 'legacy', starts: 2 },
    { server: 'chatty', version: '2025-11-25', era: 'legacy', starts: 1 },
  ]
  test.each(cases)('$server: $version, $starts start(s)', async ({ server, version, era, starts }) => {
    const pids = pidFile()
    const { fleet, child, eras } = startFleet(
      [spec('one', server, { env: { PIDS: pids.path } })],
      server === 'silent' ? NEVER_ANSWERS : {},
    )
    await fleet.settled()
    expect(child('one').state).toMatchObject({ kind: 'ready', protocolVersion: version })
    expect(eras.get('one')).toBe(era)
    expect(textOf(await call(child('one'), 'echo', { text: 'hé' }))).toBe('hé')
    expect(pids.pids()).toHaveLength(starts)
  })
})

describe('a remembered era', () => {
  const cases = [
    { title: 'skips the probe', server: 'silent', remembered: 'legacy', becomes: 'legacy', starts: 1 },
    {
      title: 'skips the handshake',
      server: 'modern',
      remembered: '2026-07-28',
      becomes: '2026-07-28',
      starts: 1,
    },
    {
      title: 'that is still true of the older one holds',
      server: 'modern',
      remembered: 'legacy',
      becomes: 'legacy',
      starts: 1,
    },
    {
      title: 'that is wrong is forgotten and found out',
      server: 'silent',
      remembered: '2026-07-28',
      becomes: 'legacy',
      starts: 2,
    },
    {
      title: 'that nobody knows is forgotten and found out',
      server: 'legacy',
      remembered: '2031-01-01',
      becomes: 'legacy',
      starts: 1,
    },
    {
      title: 'of a server that dies of it is forgotten',
      server: 'dies-on-probe',
      remembered: '2026-07-28',
      becomes: 'legacy',
      starts: 3,
    },
  ]
  test.each(cases)('$title', async ({ server, remembered, becomes, starts }) => {
    const pids = pidFile()
    const eras = new Map([['one', remembered]])
    // With so long a probe, being ready in time means that there was none.
    const deps = server === 'silent' && starts > 1 ? NEVER_ANSWERS : {}
    const { fleet, child } = startFleet([spec('one', server, { env: { PIDS: pids.path } })], deps, eras)
    await until(() => child('one').state.kind === 'ready')
    await fleet.settled()
    expect(eras.get('one')).toBe(becomes)
    expect(textOf(await call(child('one'), 'echo', { text: 'a' }))).toBe('a')
    expect(pids.pids()).toHaveLength(starts)
  })
})

test.each(['modern', 'legacy'])(
  '%s: a tool that appears is seen, and what an odd caller sends comes back as an error or a result, never as a hang',
  async (server) => {
    const { fleet, child } = startFleet([spec('one', server)])
    await fleet.settled()
    const changed: string[] = []
    fleet.onChange((id) => changed.push(id))
    expect(child('one').offers?.tools?.map((tool) => tool.name)).not.toContain('grown')
    await until(() => child('one').state.kind === 'ready')
    const unknown = await call(child('one'), 'no-such-tool')
    expect(['error', 'result']).toContain(unknown.kind)
    const reply = await call(child('one'), 'echo', { text: 5 })
    expect(['error', 'result']).toContain(reply.kind)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(textOf(await call(child('one'), 'grow'))).toBe('grown')
    await until(() => child('one').offers?.tools?.some((tool) => tool.name === 'grown') === true)
    expect(changed).toEqual(['one'])
  },
)

test('structured content that is a list survives, and our own identity is on the call', async () => {
  const { fleet, child } = startFleet([spec('one', 'modern')])
  await fleet.settled()
  expect(await call(child('one'), 'numbers')).toEqual({
    kind: 'result',
    result: { content: [{ type: 'text', text: '[1,2]' }], structuredContent: [1, 2] },
  })
  const meta = { traceparent: '00-1', 'io.modelcontextprotocol/clientInfo': { name: 'forged', version: '1' } }
  const seen = JSON.parse(String(textOf(await call(child('one'), 'meta', {}, { meta })))) as Record<
    string,
    object
  >
  expect(seen['meta']).toMatchObject({ traceparent: '00-1' })
  expect(seen['envelope']).toMatchObject({
    'io.modelcontextprotocol/clientInfo': { name: 'sidemux' },
    'io.modelcontextprotocol/clientCapabilities': {},
  })
})

test('a server of 2026-07-28 only that is slower than the probe', async () => {
  const { fleet, child, eras, of } = startFleet([spec('one', 'slow-modern')], { probeTimeoutMs: 100 })
  await fleet.settled()
  expect(child('one').state).toMatchObject({ kind: 'ready', protocolVersion: '2026-07-28' })
  expect(eras.get('one')).toBe('2026-07-28')
  expect(of('launched')).toHaveLength(2)
})

describe('tool lists', () => {
  const cases = [
    { title: 'three pages', kind: 'three', tools: 6, warns: [] },
    { title: 'an empty cursor is one', kind: 'empty-cursor', tools: 4, warns: [] },
    {
      title: 'a cursor that comes again',
      kind: 'loop',
      tools: 2,
      warns: [/does not end.*page 2/, /second/, /second/],
    },
    { title: 'pages without end', kind: 'endless', tools: 128, warns: [/does not end.*page 64/] },
    { title: 'too many tools', kind: 'many', tools: 10_000, warns: [/does not end.*page 3/] },
    {
      title: 'a page that is no list',
      kind: 'odd-page',
      tools: 2,
      warns: [/page 2 was answered with something that is no list/],
    },
    { title: 'a list that is an error', kind: 'not-found', tools: 0, warns: [] },
    { title: 'no tools offered', kind: 'none', tools: 0, warns: [] },
  ]
  test.each(cases)('$title: $tools tools', async ({ kind, tools, warns }) => {
    const { fleet, child, of } = startFleet([spec('one', 'pages', { env: { KIND: kind } })])
    await fleet.settled()
    expect(child('one').offers?.tools).toHaveLength(tools)
    expect(of('log').map((event) => event.text)).toEqual(
      warns.map((pattern) => expect.stringMatching(pattern) as string),
    )
    expect(of('ready')).toMatchObject([{ tools }])
  })
})

test.each(['stop', 'edit', 'removal'] as const)(
  'a start that is called off (%s) leaves the remembered era, and nothing is said against the server',
  async (how) => {
    const hangs = (id: string) => ({
      ...spec(id, 'legacy'),
      launch: async () => ({
        command: process.execPath,
        args: ['-e', 'setInterval(() => {}, 1000)'],
        cwd: '/',
        env: environment(),
      }),
    })
    const { fleet, eras, of } = startFleet([hangs('one')], {}, new Map([['one', 'legacy']]))
    await until(() => of('launched').length > 0)
    if (how === 'stop') await fleet.stop()
    else if (how === 'removal') {
      const gone = fleet.get('one')
      fleet.change([], () => false)
      await gone?.retire()
    } else {
      fleet.change([hangs('one')], () => false)
      await until(() => of('launched').length > 1)
    }
    expect(eras.get('one')).toBe('legacy')
    expect(of('not-ready')).toEqual([])
  },
)
