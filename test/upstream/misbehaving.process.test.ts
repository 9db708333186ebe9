import { describe, expect, test } from 'vitest'
import type { ChildSpec } from '../../src/upstream/life/child.ts'
import { call, SECRET, spec, startFleet, textOf, until, type TestFleet } from './harness.ts'

async function fresh(...others: ChildSpec[]): Promise<TestFleet> {
  const made = startFleet([spec('odd', 'odd', { env: { TOKEN: SECRET } }), ...others])
  await made.fleet.settled()
  return made
}

describe('a child that misbehaves spoils its own call only (promise 1)', () => {
  const answers: { tool: string; expected: unknown }[] = [
    { tool: 'echo', expected: { kind: 'result', result: { content: [{ text: 'hi' }] } } },
    { tool: 'wrong-id', expected: { kind: 'result', result: { content: [{ text: 'real' }] } } },
    { tool: 'string-id', expected: { kind: 'result', result: { content: [{ text: 'real' }] } } },
    {
      tool: 'null-id',
      expected: { kind: 'unavailable', reason: '"odd" answered with a result that names no request.' },
    },
    { tool: 'twice', expected: { kind: 'result', result: { content: [{ text: 'first' }] } } },
    { tool: 'forged-notifications', expected: { kind: 'result', result: { content: [{ text: 'real' }] } } },
    { tool: 'asks-sampling', expected: { kind: 'result', result: { content: [{ text: '-32601' }] } } },
    { tool: 'ref', expected: { kind: 'result' } },
    { tool: 'no-schema', expected: { kind: 'result' } },
    { tool: 'own-error', expected: { kind: 'error', code: -32050, message: 'quota', data: { left: 0 } } },
    {
      tool: 'odd-error',
      expected: { kind: 'error', code: -32603, message: '7 (E_FAIL)' },
    },
    {
      tool: 'not-json',
      expected: { kind: 'unavailable', reason: '"odd" answered with something that is not JSON.' },
    },
    {
      tool: 'result-is-text',
      expected: { kind: 'unavailable', reason: '"odd" answered with a result that is not an object.' },
    },
    {
      tool: 'result-is-missing',
      expected: {
        kind: 'unavailable',
        reason: '"odd" answered with neither a result nor an error.',
      },
    },
    {
      tool: 'no-version',
      expected: {
        kind: 'unavailable',
        reason: expect.stringContaining('with something that is not JSON-RPC 2.0'),
      },
    },
    { tool: 'task', expected: { kind: 'unavailable', reason: expect.stringContaining('does not cross') } },
    {
      tool: 'asks-user',
      expected: { kind: 'questions' },
    },
    {
      tool: 'deep',
      expected: { kind: 'unavailable', reason: '"odd" answered with data nested deeper than 256 levels.' },
    },
    {
      tool: 'deeper',
      expected: { kind: 'unavailable', reason: '"odd" answered with data nested deeper than 256 levels.' },
    },
    {
      tool: 'huge-id-first',
      expected: { kind: 'unavailable', reason: '"odd" answered with more than 10 MiB.' },
    },
    {
      tool: 'huge-id-last',
      expected: { kind: 'unavailable', reason: '"odd" answered with more than 10 MiB.' },
    },
  ]
  test('every kind of bad answer ends its call at once, in our words, and the next call works', async () => {
    const { fleet, child, of } = await fresh()
    const pid = of('launched').find((event) => event.id === 'odd')?.pid
    const before = process.memoryUsage.rss()
    for (const { tool, expected } of answers) {
      expect(await call(child('odd'), tool, { text: 'hi' }), tool).toMatchObject(expected as object)
      expect(textOf(await call(child('odd'), 'echo', { text: tool })), tool).toBe(tool)
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024)
    expect(fleet.get('odd')?.state).toMatchObject({ kind: 'ready', pid })
    expect(of('bad-line')).toMatchObject([
      { id: 'odd', count: 1, why: 'unknown-id' },
      { id: 'odd', count: 10 },
    ])
  })

  test('the list: one bad tool among good ones', async () => {
    const { child, of } = await fresh()
    const names = child('odd').offers?.tools?.map((tool) => tool.name) ?? []
    expect(names.slice(0, 5)).toEqual(['echo', 'no-schema', 'numeric', 'ref', 'wrong-id'])
    expect(child('odd').offers?.tools?.[2]).toEqual({
      name: 'numeric',
      inputSchema: { type: 'object' },
      annotations: { title: 't' },
    })
    expect(child('odd').offers?.tools?.[3]).toMatchObject({
      vendor: { kept: true },
      outputSchema: { $ref: 'https://example.com/missing.json' },
    })
    const warnings = of('log').map((event) => event.text)
    expect(warnings).toHaveLength(6)
    expect(warnings).toContain('tool 4 of the list is a second "echo" and is left out')
    expect(warnings.join()).not.toContain('the second one')
  })

  test('an odd result is made a good one', async () => {
    const { child } = await fresh()
    expect(await call(child('odd'), 'odd-content')).toEqual({
      kind: 'result',
      result: {
        content: [
          { type: 'text', text: 'fine' },
          { type: 'text', text: '{"type":"video","url":"https://example.com"}' },
          { type: 'text', text: '{"type":"text","text":5}' },
          { type: 'text', text: 'nulls' },
          { type: 'text', text: 'bare' },
        ],
        structuredContent: { n: 1 },
        _meta: { 'example.com/k': 1 },
        extra: true,
      },
    })
    const proto = await call(child('odd'), 'proto')
    expect(JSON.stringify(proto)).toBe('{"kind":"result","result":{"content":[],"__proto__":{"p":2}}}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('9 MiB pass', async () => {
    const { child } = await fresh()
    expect(String(textOf(await call(child('odd'), 'nine-mb'))).length).toBe(9 * 1024 * 1024)
  })

  test('a line without end, and a child that stops reading, hold up nobody else', async () => {
    const { child } = await fresh(spec('good', 'echo'))
    const { child: other } = await fresh(spec('good', 'echo'))
    let isOver = false
    const stop = new AbortController()
    const never = call(child('odd'), 'endless-line', {}, { signal: stop.signal }).finally(
      () => (isOver = true),
    )
    expect(textOf(await call(other('odd'), 'stops-reading'))).toBe('asleep')
    const megabyte = 'x'.repeat(1024 * 1024)
    const unread = Array.from({ length: 40 }, () =>
      call(other('odd'), 'echo', { text: megabyte }, { timeoutMs: 1500 }),
    )
    expect(textOf(await call(child('good'), 'echo', { text: 'a' }))).toBe('a')
    expect(textOf(await call(other('good'), 'echo', { text: 'b' }))).toBe('b')
    expect(isOver).toBe(false)
    expect(await call(child('odd'), 'echo', {}, { timeoutMs: 500 })).toEqual({
      kind: 'timeout',
      afterMs: 500,
    })
    stop.abort()
    expect(await never).toEqual({ kind: 'cancelled' })
    const kinds = (await Promise.all(unread)).map((reply) =>
      reply.kind === 'unavailable' ? `${reply.reason} ${reply.hint}` : reply.kind,
    )
    expect(new Set(kinds)).toEqual(
      new Set(['timeout', '"odd" does not read its input. Nothing was sent, so the call did not run.']),
    )
  })

  test('progress: passed on, a sign of life, and not without end', async () => {
    const { child } = await fresh()
    const seen: unknown[] = []
    const reply = await call(
      child('odd'),
      'progress',
      {},
      { timeoutMs: 2000, onProgress: (progress) => seen.push(progress) },
    )
    expect(textOf(reply)).toBe('done')
    expect(seen).toEqual([1, 2, 3, 4].map((progress) => ({ progress, message: `step ${progress}` })))
    expect(await call(child('odd'), 'endless-progress', {}, { timeoutMs: 500 })).toEqual({
      kind: 'timeout',
      afterMs: 5000,
    })
    expect(await call(child('odd'), 'never-answers', {}, { timeoutMs: 100 })).toEqual({
      kind: 'timeout',
      afterMs: 100,
    })
    const told = JSON.parse(String(textOf(await call(child('odd'), 'cancelled')))) as unknown[]
    expect(told).toHaveLength(2)
  })

  test('a cancelled call is cancelled at the child, without our reasons', async () => {
    const { child } = await fresh()
    const stop = new AbortController()
    const pending = call(child('odd'), 'never-answers', {}, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error(`because of ${SECRET}`)), 50)
    expect(await pending).toEqual({ kind: 'cancelled' })
    expect(await call(child('odd'), 'echo', {}, { signal: AbortSignal.abort() })).toEqual({
      kind: 'cancelled',
    })
    expect(textOf(await call(child('odd'), 'cancelled'))).toBe('[{"requestId":2,"reason":"cancelled"}]')
  })

  test('_meta crosses, except what belongs to the hop', async () => {
    const { child } = await fresh()
    const meta = {
      traceparent: '00-1',
      progressToken: 'mine',
      'io.modelcontextprotocol/clientInfo': { name: 'x' },
    }
    const seen = JSON.parse(String(textOf(await call(child('odd'), 'meta', {}, { meta })))) as object
    expect(seen).toEqual({ traceparent: '00-1', progressToken: expect.any(Number) as number })
  })

  test('a log message is redacted and bounded (promise 3)', async () => {
    const { child, of } = await fresh()
    await call(child('odd'), 'logs')
    await until(() => of('log').some((event) => event.level === 'info'))
    const [logged] = of('log').filter((event) => event.level === 'info')
    expect(logged?.text).toMatch(/^logged \*\*\* y+… \(\d+ characters\)$/)
    expect(logged?.text.length).toBeLessThan(5000)
  })

  test('banner on stdout, floods on stderr: the child works, and its words are redacted (promise 3)', async () => {
    const { fleet, child, of } = startFleet([spec('chatty', 'chatty', { env: { TOKEN: SECRET } })])
    await fleet.settled()
    expect(textOf(await call(child('chatty'), 'echo', { text: 'still works' }))).toBe('still works')
    expect(of('bad-line')).toMatchObject([{ why: 'not-json', count: 1 }])
    await until(() => of('stderr').length > 100)
    expect(of('stderr')[0]?.line).toBe('token=***')
    expect(JSON.stringify(of('stderr'))).not.toContain(SECRET)
  })

  test('a tool that is added is announced once', async () => {
    const { fleet, child } = await fresh()
    let changes = 0
    fleet.onChange(() => changes++)
    await call(child('odd'), 'lists-anew')
    await until(() => child('odd').offers?.tools?.at(-1)?.name === 'new-one')
    expect(changes).toBe(1)
  })
})
