/** Results of up to 10 MiB cross to the byte, with secrets masked, and hold up nobody; larger ones are refused clearly. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ERAS, LineHost } from './exact-support.ts'
import { ASK_THE_HOST_ONLY, shared, traces } from './support.ts'
import { usedByLoopOf, yardstickMs } from '../work.ts'

const LARGE = resolve(import.meta.dirname, '../servers/large.mjs')
const SECRET = 'a-long/secret+value "0123456789"'
const MiB = 1024 * 1024

async function open(era: (typeof ERAS)[number]): Promise<LineHost> {
  const server = (env: Record<string, string>): string =>
    JSON.stringify({ command: 'node', args: [LARGE], env, tools: { allow: ['*'] } })
  return LineHost.open(
    `  big: ${server({ SECRET: '${env:LARGE_SECRET}' })}\n  small: ${server({})}`,
    era,
    ASK_THE_HOST_ONLY,
    {
      LARGE_SECRET: SECRET,
    },
  )
}

const call = (host: LineHost, kind: string, bytes: number, server = 'big'): Promise<string> =>
  host.call(`${server}_get_large`, JSON.stringify({ kind, bytes }))

describe('a host', () => {
  const of = {
    '2025-06-18': shared(() => open('2025-06-18')),
    '2026-07-28': shared(() => open('2026-07-28')),
  }
  // What reads large results doesn't know of the host's era.
  const one = of['2026-07-28']

  it.each(ERAS)('of %s gets what was sent, beyond a double and beyond ASCII', async (era) => {
    const host = await of[era]()
    const line = await call(host, 'rows', MiB)
    expect(line.length).toBeGreaterThan(MiB)
    const row = '{"id":9007199254740993,"__proto__":{"n":-0},"text":"ä\\n😀","own":1e400}'
    const [, rows] = /"structuredContent":\{"rows":\[(.*)\]\}/.exec(line) ?? []
    expect(rows?.split(row).join('').replaceAll(',', '')).toBe('')
    expect(line).toContain('"extra":{"kept":true}')
  })

  it('never sees a secret in it, in whatever encoding (promise 3)', async () => {
    const host = await one()
    const line = await call(host, 'secrets', MiB)
    expect(line.length).toBeGreaterThan(MiB / 2)
    for (const trace of traces(SECRET)) expect(line).not.toContain(trace)
    expect(line).toContain('[redacted:big.SECRET]')
    expect(line).toContain('held a secret in its binary data')
  })

  it('can read the resources that it names', async () => {
    const host = await one()
    const line = await call(host, 'links', MiB)
    expect(line).toContain('"uri":"sidemux://big/memo:1"')
    expect(line).not.toContain('"uri":"memo:')
  })

  it.each(['broken', 'odd'])('is told of an answer that is %s', async (kind) => {
    const host = await one()
    expect(await call(host, kind, MiB)).toMatch(
      /answered with (?:something that is not JSON|a kind of result that does not cross)/,
    )
    expect(await call(host, 'text', 10)).toContain('"text":"xxxxxxxxxx"')
  })

  it('is refused more than 10 MiB in a sentence, and the next call works', async () => {
    const host = await one()
    expect(await call(host, 'text', 11 * MiB)).toContain('more than 10 MiB')
    expect(await call(host, 'text', 10)).toContain('"text":"xxxxxxxxxx"')
  })
})

it('waits for nobody meanwhile, also at 25 MB, and memory is bounded', async () => {
  const host = await open('2026-07-28')
  for (const kind of ['dense', 'text']) await call(host, kind, 2 * MiB)
  await small(host)
  const state = { over: false }
  const busy = (async () => {
    for (const bytes of [9 * MiB, 25 * MiB]) await call(host, 'dense', bytes)
    state.over = true
  })()
  /** What the loop did in the time of each small call, and of the pause before it. */
  const during: number[] = []
  const pid = host.process.pid ?? 0
  for (let before = usedByLoopOf(pid); !state.over;) {
    await pause(10)
    await small(host)
    const now = usedByLoopOf(pid)
    during.push(now - before)
    before = now
  }
  await busy
  // On the event loop a result of this kind took more than a second, in which nobody else was served.
  const yardstick = yardstickMs()
  expect(Math.max(...during) / yardstick).toBeLessThan(20)
  expect(median(during) / yardstick).toBeLessThan(1)
  expect(during.length).toBeGreaterThan(20)
  expect(rssOf(pid)).toBeLessThan(700)
}, 60_000)

async function small(host: LineHost): Promise<void> {
  expect(await call(host, 'text', 1, 'small')).toContain('"text":"x"')
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
