/** The pipes of a child process: what is written together, and what a broken or half-read pipe means for calls. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChildSpec } from '../../src/upstream/life/child.ts'
import { call, environment, startFleet, textOf, until } from './harness.ts'

/** A server of the older era; `code` handles each line that isn't of its start, and each chunk of stdin. */
function server(code: string): ChildSpec {
  const script = `
    const say = (m) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n')
    const text = (id, text) => say({ id, result: { content: [{ type: 'text', text: String(text) }] } })
    let chunks = 0
    let rest = ''
    const starting = {
      initialize: () => ({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } }),
      'tools/list': () => ({ tools: [{ name: 'x', inputSchema: { type: 'object' } }] }),
    }
    process.stdin.on('data', (chunk) => {
      chunks += 1
      const lines = (rest + chunk).split('\\n')
      rest = lines.pop()
      const messages = lines.map((line) => JSON.parse(line))
      for (const { id, method } of messages) if (method in starting) say({ id, result: starting[method]() })
      const calls = messages.filter(({ method }) => method === 'tools/call')
      if (calls.length > 0) onCalls(calls)
    })
    ${code}`
  return {
    id: 'one',
    startTimeoutMs: 15_000,
    launch: async () => ({
      command: process.execPath,
      args: ['-e', script],
      cwd: '/',
      env: environment(),
    }),
  }
}

async function started(code: string) {
  const { fleet, child } = startFleet([server(code)], {}, new Map([['one', 'legacy']]))
  await fleet.settled()
  expect(child('one').state.kind).toBe('ready')
  return child('one')
}

test('calls of one turn are one write, in their order, and answers of one write are all handed on', async () => {
  const child = await started(`
    let seen = []
    let first
    const onCalls = (calls) => {
      first ??= chunks
      seen.push(...calls)
      if (seen.length < 100) return
      process.stdout.write(seen.map(({ id, params }) => JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: (chunks - first) + ' ' + params.arguments.n } ] } }) + '\\n').join(''))
    }`)
  const replies = await Promise.all(Array.from({ length: 100 }, async (_, n) => call(child, 'x', { n })))
  expect(replies.map(textOf)).toEqual(Array.from({ length: 100 }, (_, n) => `0 ${n}`))
})

test('a child that closes its input goes on with what it has read, and what comes later is told at once', async ({
  onTestFinished,
}) => {
  const dir = mkdtempSync(join(tmpdir(), 'pipe-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const closed = join(dir, 'closed')
  const child = await started(`
    const onCalls = ([{ id }]) => {
      process.stdin.destroy()
      require('fs').closeSync(0)
      process.on('SIGUSR2', () => text(id, 'late'))
      require('fs').writeFileSync(${JSON.stringify(closed)}, '')
      setInterval(() => {}, 1000)
    }`)
  const first = call(child, 'x')
  await until(() => existsSync(closed), 'it has closed its input')
  const second = await call(child, 'x')
  expect(second).toMatchObject({ kind: 'unavailable', reason: '"one" does not read its input.' })
  if (child.state.kind === 'ready') process.kill(child.state.pid, 'SIGUSR2')
  expect(textOf(await first)).toBe('late')
})

test('of a child that breaks its input and exits, the exit is told', async () => {
  const child = await started(`
    const onCalls = () => {
      process.stdin.destroy()
      require('fs').closeSync(0)
      setTimeout(() => process.exit(7), 150)
    }`)
  const first = call(child, 'x')
  await new Promise((resolve) => setTimeout(resolve, 100))
  const second = await call(child, 'x')
  for (const reply of [await first, second])
    expect(reply).toMatchObject({
      kind: 'unavailable',
      reason: '"one" exited with code 7 during the call.',
      hint: expect.stringContaining('may have taken effect') as string,
    })
})

test('an answer counts that stands in the last bytes before the exit', async () => {
  const child = await started(`
    const onCalls = ([{ id }]) => {
      text(id, 'last')
      process.exit(0)
    }`)
  expect(textOf(await call(child, 'x'))).toBe('last')
  await until(() => child.state.kind !== 'ready')
})

test('half a line before the exit is no answer', async () => {
  const child = await started(`
    const onCalls = ([{ id }]) => {
      process.stdout.write('{"jsonrpc":"2.0","id":' + id + ',"result":{"content":[]}}')
      process.exit(3)
    }`)
  expect(await call(child, 'x')).toMatchObject({ reason: '"one" exited with code 3 during the call.' })
})
