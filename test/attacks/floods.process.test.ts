/** Promise 1 against a child that wants to stop the sidecar, or its siblings, by sheer size, number or oddity. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { whyUnusable } from '../../src/catalog/schemas/output-schema.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { host1Here } from '../e2e/serve-here.ts'
import { RawHost, shared, textOf, toolbox } from '../e2e/support.ts'
import { usedByLoopOf, work, yardstickMs } from '../work.ts'
import { lair, tool } from './support.ts'

const SIBLING = `  sib: ${toolbox()}\ndefaults: { rateLimit: 100000/second }\n`

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** The most that the sidecar's event loop worked during a call to the sibling, in yardsticks, while `busy` was going on. */
async function siblingDuring(host: RawHost, busy: Promise<unknown>): Promise<number> {
  const state = { over: false }
  const done = busy.then(() => (state.over = true))
  const pid = host.process.pid ?? 0
  let most = 0
  while (!state.over) {
    const before = usedByLoopOf(pid)
    const { result } = await host.request('tools/call', { name: 'sib_echo', arguments: { text: 'hi' } })
    expect(textOf(result ?? {})).toBe(':hi')
    most = Math.max(most, usedByLoopOf(pid) - before)
    await new Promise((resolve) => {
      setTimeout(resolve, 50)
    })
  }
  await done
  return most / yardstickMs()
}

const FLOODS: readonly (readonly [what: string, deed: string])[] = [
  ['20,000 lines that are not JSON', 'lines'],
  ['500 log messages', 'notifications'],
  ['5,000 requests', 'requests'],
  ['20,000 announcements of a changed list', 'storm'],
  ['5 MiB of stderr without a line break', 'stderr'],
]
const LARGE: readonly (readonly [what: string, tool: string, content: readonly object[]])[] = [
  ['100,000 empty blocks', 'get_empty', Array.from({ length: 100_000 }, () => ({ type: 'text', text: '' }))],
  ['1 MB in escapes', 'get_escaped', [{ type: 'text', text: '%2541'.repeat(200_000) }]],
  ['1 MB of one character', 'get_same', [{ type: 'text', text: '\\'.repeat(500_000) }]],
]

describe.skipIf(process.platform !== 'linux')(
  'while a child pours, its sibling answers and memory stays',
  () => {
    /** One child that pours one thing after the other. */
    const ready = shared(async () => {
      const tools = [...FLOODS.map(([, deed]) => `get_${deed}`), ...LARGE.map(([, name]) => name)]
      const where = lair(
        {
          tools: tools.map((name) => tool(name)),
          do: Object.fromEntries(FLOODS.map(([, deed]) => [`get_${deed}`, deed])),
          replies: Object.fromEntries(LARGE.map(([, name, content]) => [name, { result: { content } }])),
        },
        { rest: SIBLING, env: { EVIL_TOKEN: '${env:A_TOKEN}' }, secret: 'tok-9f8e7d6c5b4a' },
      )
      const host = new RawHost(where)
      await host.initialize()
      await host.request('tools/list')
      return host
    })

    it.each(FLOODS)('%s', async (_what, deed) => {
      const host = await ready()
      const before = rssOf(host.process.pid ?? 0)
      const flood = host.request('tools/call', { name: `evil_get_${deed}`, arguments: {} })
      const most = await siblingDuring(host, flood)
      expect(textOf((await flood).result ?? {})).toBe('ran')
      expect(most).toBeLessThan(60)
      expect(rssOf(host.process.pid ?? 0) - before).toBeLessThan(150)
    })

    it.each(LARGE)('a result of %s', async (_what, name) => {
      const host = await ready()
      const most = await siblingDuring(
        host,
        host.request('tools/call', { name: `evil_${name}`, arguments: {} }),
      )
      expect(most).toBeLessThan(200)
    })
  },
)

it('50,000 keys that are masked alike cost no more than others', () => {
  const value = 'jklmnozojklmnozojklmnozo'
  const redactor = new Redactor()
  redactor.add('evil', [new Secret(value, 'TOKEN')])
  const hex = Buffer.from(value).toString('hex')
  const keys = Array.from({ length: 50_000 }, (_, number) => {
    let at = 0
    return hex.replace(/[a-f]/g, (letter) => ((number >> (at += 1)) & 1 ? letter.toUpperCase() : letter))
  })
  const object = Object.fromEntries(keys.map((key) => [key, 1]))
  let masked: Record<string, unknown> = {}
  const taken = work(() => (masked = redactor.maskJson(object).value))
  expect(taken).toBeLessThan(200)
  expect(Object.keys(masked)).toHaveLength(Object.keys(object).length)
  expect(JSON.stringify(masked).toLowerCase()).not.toContain(hex)
})

describe('an outputSchema', () => {
  const broken = { $id: 'https://x.test/a', type: 'object', properties: { a: { $ref: '#/nowhere' } } }

  it('that borrows the $id of a good one is not taken for it, and costs the host nothing', async () => {
    expect(whyUnusable('one', { $id: 'https://x.test/a', type: 'object' })).toBeUndefined()
    expect(whyUnusable('two', broken)).toContain('does not compile')
    const where = lair({
      tools: [
        tool('get_a', { outputSchema: { $id: 'https://x.test/a', type: 'object' } }),
        tool('get_b', { outputSchema: broken }),
      ],
    })
    const tools = await (await host1Here(where)).tools()
    expect(tools.map((one) => 'outputSchema' in one)).toEqual([true, false])
  })

  it('of any size, or a new one again and again, stops nobody', () => {
    const wide = (count: number, seed: number): { type: string; properties: object } => ({
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`k${seed}-${n}`, { type: 'string', minLength: 1 }]),
      ),
    })
    const taken = work(() => {
      expect(whyUnusable('evil', wide(50_000, 0))).toContain('longer')
      for (let seed = 1; seed < 200; seed += 1) whyUnusable('evil', wide(200, seed))
      expect(whyUnusable('evil', wide(201, 0))).toContain('beyond')
    })
    expect(taken).toBeLessThan(320)
    expect(whyUnusable('other', wide(10, 0))).toBeUndefined()
  })
})
