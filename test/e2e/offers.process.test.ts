/** Promise 4 for what isn't a tool: prompts and resources that could do something ask, and nothing of them goes through unasked. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it, test } from 'vitest'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { elapse, place, type Place } from './support.ts'

const SERVER = resolve(import.meta.dirname, '../servers/offers.mjs')

function offers(extra = '', rule = ''): Place & { through(): string[] } {
  const { out } = place('')
  const log = join(out, 'log.txt')
  const entry = JSON.stringify({ command: process.execPath, args: [SERVER], env: { OFFERS_LOG: log } })
  const box = rule === '' ? entry : `${entry.slice(0, -1)}, ${rule}}`
  const where = place(`version: 1\nservers:\n  box: ${box}\n${extra}`)
  return { ...where, through: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) }
}

const QUIET = 'approvals: { channels: [elicitation] }\n'
const SQL = 'sidemux://box/sql://DROP%20TABLE%20users'
const completion = (ref: Record<string, unknown>): Record<string, unknown> => ({
  ref,
  argument: { name: 'statement', value: 'DROP TABLE users' },
})

test.each<[string, string, Record<string, unknown>]>([
  ['a prompt', 'prompts/get', { name: 'box_delete_everything' }],
  ['a resource of a template', 'resources/read', { uri: SQL }],
  ['the same in capitals', 'resources/read', { uri: 'sidemux://box/SQL:x' }],
  ['a subscription', 'resources/subscribe', { uri: SQL }],
  [
    'a completion of a prompt',
    'completion/complete',
    completion({ type: 'ref/prompt', name: 'box_delete_everything' }),
  ],
  [
    'a completion of a template',
    'completion/complete',
    completion({ type: 'ref/resource', uri: 'sidemux://box/sql://{statement}' }),
  ],
])('%s does not reach the server while nobody said yes', async (_what, method, params) => {
  const where = offers(QUIET)
  const host = new HereHost(where)
  await host.initialize()
  const { error } = await host.request(method, params)
  expect(error?.message).toMatch(/not executed/)
  expect(where.through()).toEqual([])
  host.process.stdin?.end()
})

it('does not ask about what reads', async () => {
  const where = offers(QUIET)
  const raw = new HereHost(where)
  await raw.initialize()
  await raw.request('prompts/get', { name: 'box_greet' })
  await raw.request('resources/read', { uri: 'sidemux://box/notes://one' })
  await raw.request('resources/read', { uri: 'sidemux://box/notes://delete-me' })
  await raw.request('resources/subscribe', { uri: 'sidemux://box/notes://one' })
  await raw.request('completion/complete', completion({ type: 'ref/prompt', name: 'box_greet' }))
  expect(where.through()).toEqual([
    'get greet',
    'read notes://one',
    'read notes://delete-me',
    'subscribe notes://one',
    'complete greet',
  ])
})

it('reads it once with a yes', async () => {
  const where = offers()
  const host = new HereHost(where)
  host.onRequest = async ({ id }) => {
    elapse(where)
    if (id !== undefined)
      host.send({ id, result: { action: 'accept', content: { decision: 'approve once' } } })
  }
  await host.initialize({ elicitation: {} })
  expect((await host.request('resources/read', { uri: SQL })).result).toMatchObject({
    contents: [{ text: 'it' }],
  })
  expect(where.through()).toEqual(['read sql://DROP%20TABLE%20users'])
})

it.each([
  ['a rule that allows it', 'resources: { allow: ["sql://*"] }', ''],
  ['shadow', '', 'approvals: { mode: shadow }\n'],
])('lets it through with %s', async (_what, rule, extra) => {
  const where = offers(extra, rule)
  const host = new HereHost(where)
  await host.initialize()
  await host.request('resources/read', { uri: SQL })
  await host.request('resources/subscribe', { uri: SQL })
  expect(where.through()).toHaveLength(2)
})

it('says the class in `tools`', async () => {
  const { stdout } = await runHere(offers(), ['tools', '--json'])
  const rows = JSON.parse(stdout) as { name: string; verdict: string; risk?: string }[]
  expect(rows.find(({ name }) => name === 'box_delete_everything')).toMatchObject({
    verdict: 'confirm',
    risk: 'destructive',
  })
  expect(rows.find(({ name }) => name === 'sidemux://box/sql://{statement}')).toMatchObject({
    risk: 'unknown',
  })
})
