/** Names that every object of JavaScript has, on the wire in both directions (promise 7). */
import { expect, it } from 'vitest'
import { lair, tool } from '../attacks/support.ts'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then']
const members = (value: string): string => `{${NAMES.map((name) => `"${name}":${value}`).join(',')}}`
const parsed = (text: string): Record<string, never> => JSON.parse(text) as Record<string, never>

it.each([['2025-11-25'], ['2026-07-28']])('cross as they are to a host of %s', async (era) => {
  const schema = parsed(
    `{"type":"object","properties":${members('{"type":"number"}')},"required":["__proto__"]}`,
  )
  const content = parsed(members('1'))
  const where = lair({
    tools: [
      tool('get_it', { inputSchema: schema, outputSchema: schema, _meta: content, 'x-own': content }),
      ...NAMES.map((name) => tool(name)),
    ],
    replies: { get_it: { result: { content: [], structuredContent: content, _meta: content } } },
    answers: {
      'prompts/list': {
        prompts: [{ name: 'ask', arguments: NAMES.map((name) => ({ name })), _meta: content }],
      },
      'prompts/get': { messages: [], _meta: content },
    },
  })
  const host = new HereHost(where)
  const ask = (method: string, params: Record<string, unknown> = {}) =>
    era === '2025-11-25' ? host.request(method, params) : host.modern(method, params)
  if (era === '2025-11-25') await host.initialize()
  const { result: listing } = await ask('tools/list')
  const [listed] = ((listing?.['tools'] ?? []) as { name: string }[]).filter(
    ({ name }) => name === 'evil_get_it',
  )
  const text = JSON.stringify(listed)
  expect(text).toContain(`"properties":${members('{"type":"number"}')}`)
  expect(text.split(members('1'))).toHaveLength(3)
  expect(((listing?.['tools'] ?? []) as unknown[]).length).toBe(NAMES.length + 1)
  expect(JSON.stringify((await ask('prompts/list')).result)).toContain(members('1'))

  const { result } = await ask('tools/call', { name: 'evil_get_it', arguments: content })
  expect(JSON.stringify(result?.['structuredContent'])).toBe(members('1'))
  expect(JSON.stringify(where.calls()[0]?.args)).toBe(members('1'))
  const got = await ask('prompts/get', { name: 'evil_ask', arguments: parsed(members('"x"')) })
  expect(JSON.stringify(got.result?.['_meta'])).toContain('"__proto__":1')
})

it('are in the audit log with all their members', async () => {
  const where = lair({ tools: [tool('get_it')] })
  const args = members('"seen"')
  const { code } = await runHere(where, ['call', 'evil', 'get_it', '--args', args, '--config', where.config])
  expect(code).toBe(0)
  const { stdout } = await runHere(where, ['audit', 'show', '--json', '--config', where.config])
  for (const name of NAMES) expect(stdout).toContain(name)
})
