/** The stage alone: what it stops, what it lets through, and what becomes of results that don't fit. */
import { describe, expect, it } from 'vitest'
import { select, type CatalogServer } from '../../src/catalog/offers/select.ts'
import type { Call, Outcome } from '../../src/pipeline/call.ts'
import { resolve } from '../../src/pipeline/stages/resolve.ts'
import { validate } from '../../src/pipeline/stages/validate.ts'
import { SchemaJudge } from '../../src/schema/judge.ts'
import type { Tool } from '../../src/upstream/messages/tool.ts'

const text = { type: 'string' }
const tool: Tool = {
  name: 'get_thing',
  inputSchema: { type: 'object', properties: { id: text }, required: ['id'], additionalProperties: false },
  outputSchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
  annotations: { readOnlyHint: true },
}
const ok: Outcome = { kind: 'result', result: { content: [], structuredContent: { n: 1 } } }

async function run(
  args: Record<string, unknown>,
  {
    server = {},
    change = {},
    outcome = ok,
    judge = new SchemaJudge(),
  }: { judge?: SchemaJudge; server?: Partial<CatalogServer>; change?: Partial<Tool>; outcome?: Outcome } = {},
) {
  const changed: Tool = { ...tool, ...change }
  const entry = select({ id: 'box', launchHash: 'l', rules: {}, ...server }, changed, changed)
  const call: Call = {
    id: '1',
    name: entry.target.emitted,
    args,
    signal: new AbortController().signal,
    asker: { kind: 'none', why: 'none' },
    caller: { capabilities: {} },
    kind: 'tool',
  }
  const seen: Call[] = []
  const told: string[] = []
  const stage = validate({
    judge,
    unchecked: (target, what) => told.push(`${target.name}: ${what}`),
    maskText: (said) => said.replaceAll('hunter2', '***'),
  })
  const next = async (given: Call): Promise<Outcome> => {
    seen.push(given)
    return outcome
  }
  const ended = await resolve({
    find: () => entry,
    listed: async () => undefined,
    whyUnlisted: async () => undefined,
    apps: () => false,
    findForPage: () => undefined,
    pageShown: () => undefined,
  })(call, async (resolved) => stage(resolved, next))
  return { ended, seen, told, entry, reason: ended.kind === 'blocked' ? ended.reason : '' }
}

describe('arguments', () => {
  it('that fit go on', async () => {
    expect((await run({ id: 'x' })).seen).toHaveLength(1)
  })

  it('that do not are told, by name and never by value, and nobody is called', async () => {
    const { ended, seen, reason } = await run({ id: ['s3cret'], hunter2: 's3cret' })
    expect(ended).toMatchObject({ kind: 'blocked', by: 'arguments', hint: expect.stringContaining('again') })
    expect(reason).toBe(
      'the arguments do not fit the tool\'s inputSchema, so it was not called:\n- /id: expected string, got array\n- /***: is not known; known are "id"',
    )
    expect(seen).toEqual([])
  })

  it('are told by the names that the host was shown, and judged by those of the server', async () => {
    const properties = {
      'user name': { type: 'object', properties: { $filter: text }, required: ['$filter'] },
    }
    const change = { inputSchema: { type: 'object', properties, additionalProperties: false } }
    const { entry } = await run({}, { change })
    const [user] = [...(entry.keys?.names.keys() ?? [])]
    const [filter] = [...(entry.keys?.member('user name')?.names.keys() ?? [])]
    expect((await run({ [user ?? '']: { [filter ?? '']: 'x' } }, { change })).seen).toHaveLength(1)
    expect((await run({ [user ?? '']: { [filter ?? '']: 1 } }, { change })).reason).toContain(
      `- /${user}/${filter}: expected string, got number`,
    )
    expect((await run({ [user ?? '']: {} }, { change })).reason).toContain(
      `- /${user}/${filter}: is required`,
    )
    expect((await run({ other: 1 }, { change })).reason).toContain(
      `- /other: is not known; known are "${user}"`,
    )
  })

  it('are judged by alternatives that hosts are not shown', async () => {
    const inputSchema = { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] }
    expect((await run({ a: 1 }, { change: { inputSchema } })).seen).toHaveLength(1)
    expect((await run({ a: 1, b: 1 }, { change: { inputSchema } })).reason).toContain('only one may fit')
  })

  it.each<[string, Partial<CatalogServer>, Partial<Tool>, string]>([
    ['validate: false', { validate: false }, {}, 'arguments are not checked: servers.box.validate'],
    [
      'arguments: false',
      { validate: { arguments: false } },
      {},
      'arguments are not checked: servers.box.validate',
    ],
    ['except', { validate: { except: ['get_*'] } }, {}, 'arguments are not checked: servers.box.validate'],
    [
      'a schema elsewhere',
      {},
      { inputSchema: { type: 'object', properties: { id: { $ref: 'https://example.test/s.json' } } } },
      'arguments are not checked: its inputSchema refers to a schema outside of it',
    ],
    [
      'a masked schema',
      {},
      { inputSchema: { type: 'object', properties: { id: { const: '[redacted:box.TOKEN]' } } } },
      'arguments are not checked: its inputSchema holds a secret',
    ],
    [
      'a pattern of another language',
      {},
      { inputSchema: { type: 'object', properties: { id: { pattern: '(?i)x' } } } },
      'a pattern in its inputSchema is not checked',
    ],
  ])('are not checked with %s, and the catalog says so', async (_what, server, change, note) => {
    const { entry, seen } = await run({ id: 1 }, { server, change })
    expect(entry.notes).toContain(note)
    expect(seen).toHaveLength(1)
  })
})

describe('results (promise 7)', () => {
  const result = (structuredContent: unknown, more: Record<string, unknown> = {}): Outcome => ({
    kind: 'result',
    result: {
      content: [{ type: 'text', text: 'hello' }],
      ...(structuredContent === undefined ? {} : { structuredContent }),
      ...more,
    },
  })
  const texts = (ended: Outcome): string[] =>
    ended.kind === 'result' ? (ended.result['content'] as { text: string }[]).map(({ text }) => text) : []

  it.each<[string, Outcome]>([
    ['that fit', result({ n: 1 })],
    ['that are errors without structure', result(undefined, { isError: true })],
  ])('%s are the very same', async (_what, outcome) => {
    const { ended } = await run({ id: 'x' }, { outcome })
    expect(ended.kind === 'result' && outcome.kind === 'result' && ended.result === outcome.result).toBe(true)
  })

  it.each<[string, Outcome, string, string[]]>([
    [
      'do not fit',
      result({ n: 's3cret' }),
      '- /n: expected integer, got string',
      ['hello', '{"n":"s3cret"}'],
    ],
    ['have none', result(undefined), 'structured content is missing', ['hello']],
    [
      'say it in a text already',
      {
        kind: 'result',
        result: { content: [{ type: 'text', text: '{ "n": "x" }' }], structuredContent: { n: 'x' } },
      },
      '/n',
      ['{ "n": "x" }'],
    ],
    [
      'were masked',
      { ...result({ n: '[redacted:box.TOKEN]' }), masked: 1 } as Outcome,
      'with the secrets in it masked',
      ['hello', '{"n":"[redacted:box.TOKEN]"}'],
    ],
  ])(
    'that %s keep everything, as text, behind one that says that the tool ran',
    async (_what, outcome, said, rest) => {
      const { ended } = await run({ id: 'x' }, { outcome })
      const [first, ...others] = texts(ended)
      expect(first).toMatch(/^sidemux: the tool ran/)
      expect(first).toContain(said)
      expect(first).not.toContain('s3cret')
      expect(others).toEqual(rest)
      expect(ended).toMatchObject({ result: { isError: true } })
      expect(ended.kind === 'result' && 'structuredContent' in ended.result).toBe(false)
    },
  )

  it('that the tool calls errors keep its own words alone (IBM/mcp-context-forge#4204)', async () => {
    for (const masked of [0, 1]) {
      const outcome = { ...result({ error: 'E' }, { isError: true }), masked } as Outcome
      const { ended } = await run({ id: 'x' }, { outcome })
      expect(texts(ended)).toEqual(['hello', '{"error":"E"}'])
      expect(ended).toMatchObject({ result: { isError: true } })
      expect(ended.kind === 'result' && 'structuredContent' in ended.result).toBe(false)
    }
  })

  it('that were masked and still fit are passed on', async () => {
    const change = { outputSchema: { type: 'object', properties: { n: text } } }
    const outcome = { ...result({ n: '[redacted:box.TOKEN]' }), masked: 1 } as Outcome
    const { ended } = await run({ id: 'x' }, { change, outcome })
    expect(ended).toMatchObject({ result: { structuredContent: { n: '[redacted:box.TOKEN]' } } })
  })

  it.each<[string, CatalogServer['validate']]>([
    ['validate: false', false],
    ['results: false', { results: false }],
    ['except', { except: ['get_thing'] }],
  ])('are not checked with %s, and hosts are shown no outputSchema to check by', async (_what, option) => {
    const { ended, entry } = await run(
      { id: 'x' },
      { server: { validate: option ?? true }, outcome: result({}) },
    )
    expect(ended).toMatchObject({ result: { structuredContent: {} } })
    expect(Object.keys(entry.listed ?? {})).not.toContain('outputSchema')
    expect(entry.notes).toContain('results are not checked: servers.box.validate')
  })
})

it('says of what costs too much to check that it is let through, once for each schema', async () => {
  const costly = (levels: number): Record<string, unknown> => ({
    $ref: '#/$defs/0',
    $defs: Object.fromEntries(
      Array.from({ length: levels }, (_, n) => {
        const next = n + 1 === levels ? {} : { $ref: `#/$defs/${n + 1}` }
        return [n, { allOf: [next, next] }]
      }),
    ),
  })
  const judge = new SchemaJudge()
  const change = {
    inputSchema: { type: 'object' as const, ...costly(40) },
    outputSchema: { type: 'object' as const, ...costly(41) },
  }
  const { ended, told } = await run({ id: 'x' }, { change, judge })
  expect(ended).toMatchObject({ ...ok, unchecked: ['arguments', 'results'] })
  expect(told).toEqual(['get_thing: arguments', 'get_thing: results'])
  expect((await run({ id: 'x' }, { change, judge })).told).toEqual([])
})
