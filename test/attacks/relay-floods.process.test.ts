/** Promise 1 against a server that floods whoever listens, and promise 8 against one that never comes to an end. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { shared, textOf, until, RawHost } from '../e2e/support.ts'
import { usedByLoopOf, yardstickMs } from '../work.ts'
import { report } from './stage.ts'
import {
  ACCEPT,
  den,
  form,
  meet,
  oldHost as oldHostHere,
  run,
  SERVER_OF,
  type Den,
  type JsonObject,
} from './relay.ts'

/** Of a process, what it takes can be measured. */
const { oldHost, newHost } = meet(RawHost)

const rssOf = ({ process: { pid } }: RawHost): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

interface Seen {
  /** Of all answers of the sibling: what the sidecar's event loop worked until it came, in yardsticks of work.ts. */
  slowest: number
  growth: number
  /** What the host was sent meanwhile. */
  sent: number
}

/** How the sibling fares while the flood is on. */
async function during(
  host: RawHost,
  busy: Promise<unknown>,
  echo: () => Promise<{ result?: JsonObject }>,
): Promise<Seen> {
  await echo()
  const [before, sent] = [rssOf(host), host.received.length]
  const state = { over: false, slowest: 0, peak: before }
  const done = busy.then(() => (state.over = true))
  while (!state.over) {
    const started = usedByLoopOf(host.process.pid ?? 0)
    expect(textOf((await echo()).result ?? {})).toBe(':hi')
    state.slowest = Math.max(state.slowest, usedByLoopOf(host.process.pid ?? 0) - started)
    state.peak = Math.max(state.peak, rssOf(host))
    await new Promise((settled) => {
      setTimeout(settled, 20)
    })
  }
  await done
  return {
    slowest: Math.round(state.slowest / yardstickMs()),
    growth: Math.round(state.peak - before),
    sent: host.received.length - sent,
  }
}

function held(what: string, { slowest, growth, sent }: Seen): void {
  report(`relay, flood of ${what}`, { 'slowest sibling, work': slowest, 'RSS MB': growth, 'host got': sent })
  expect(slowest).toBeLessThan(20)
  expect(growth).toBeLessThan(200)
}

const SIB = { name: 'sib_echo', arguments: { text: 'hi' } }
const audited = ({ state, dir }: Den): number =>
  dir === '' ? 0 : Buffer.byteLength(readFileSync(`${state}/audit/${AUDIT(state)}`, 'utf8'))
const AUDIT = (state: string): string => {
  const [name = ''] = readdirSync(`${state}/audit`).filter((file) => file.endsWith('.jsonl'))
  return name
}

describe.skipIf(process.platform !== 'linux')(
  'a sibling answers, and memory stays, while a server pours',
  () => {
    const notice = (method: string, params: JsonObject): JsonObject => ({ method, params })
    const question = { id: 'f%N%', ...form('again?') }
    /** Of logs fewer, since each takes more work than another message. */
    const FLOODS: readonly [string, JsonObject, number?][] = [
      ['logs', notice('notifications/message', { level: 'error', data: 'x'.repeat(200) }), 300],
      ['progress', notice('notifications/progress', { progressToken: '%PT%', progress: '%N%' })],
      ['updates', notice('notifications/resources/updated', { uri: 'memo:a' })],
      ['questions', question],
      ['questions that may not be asked', { id: 'f%N%', method: 'sampling/createMessage', params: {} }],
      ['ends of pages', notice('notifications/elicitation/complete', { elicitationId: 'x%N%' })],
    ]
    const says = { capabilities: { tools: {}, resources: { subscribe: true }, logging: {} } }

    /** One after the other, to one host of each era. */
    const old = shared(async () => {
      const where = den({ says, sib: true })
      const host = await oldHost(where, () => ({ action: 'cancel' }))
      await host.request('resources/subscribe', { uri: 'sidemux://evil/memo:a' })
      return { where, host }
    })
    const modern = shared(async () => {
      const where = den({ says, sib: true })
      return { where, host: await newHost(where) }
    })
    const flood = (of: JsonObject, count = 1_000): JsonObject => {
      const numbered = JSON.parse(JSON.stringify(of).replace('"%N%"', '1')) as JsonObject
      return { name: 'evil_get_run', arguments: { steps: [{ flood: count, of: numbered }] } }
    }

    it.each(FLOODS)('with %s, to a host of 2025-11-25', async (what, of, count) => {
      const { where, host } = await old()
      const before = audited(where)
      const busy = host.request('tools/call', { ...flood(of, count), _meta: { progressToken: 'p' } })
      held(what, await during(host, busy, () => host.request('tools/call', SIB)))
      expect(audited(where) - before).toBeLessThan(5e6)
    })

    it.each(FLOODS)('with %s, to a host of 2026-07-28 that wants logs', async (what, of, count) => {
      const { where, host } = await modern()
      const before = audited(where)
      const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'debug' }
      const busy = host.request('tools/call', flood(of, count), meta)
      held(`${what} (2026-07-28)`, await during(host.raw, busy, () => host.request('tools/call', SIB)))
      expect(audited(where) - before).toBeLessThan(5e6)
    })

    it('with questions that it takes back at once, and a host that does not read', async () => {
      const where = den()
      const host = await oldHost(where)
      const steps = Array.from({ length: 5000 }, (_, n) => [
        { send: { id: `t${n}`, ...form('x'.repeat(400)) } },
        { send: { method: 'notifications/cancelled', params: { requestId: `t${n}` } } },
      ]).flat()
      const before = rssOf(host)
      host.process.stdout?.pause()
      host.send({ id: 900, method: 'tools/call', params: { name: 'evil_get_run', arguments: { steps } } })
      await until(() => where.calls().length === 1, 'it began')
      await new Promise((settled) => {
        setTimeout(settled, 4000)
      })
      const growth = rssOf(host) - before
      report('relay, questions taken back', { 'RSS MB': Math.round(growth) })
      expect(growth).toBeLessThan(150)
      host.process.stdout?.resume()
      const asked = host.received.filter(({ method }) => method === 'elicitation/create').length
      expect(asked).toBeLessThan(1000)
    })

    it('10,000 addresses are listened to, and what is changed meanwhile is answered', async () => {
      const where = den({ era: 'modern', says, sib: true, defaults: '{}' })
      const host = await newHost(where)
      const resourceSubscriptions = Array.from({ length: 10_000 }, (_, n) => `sidemux://evil/memo:${n}`)
      host.start('subscriptions/listen', { notifications: { resourceSubscriptions } })
      const pid = host.raw.process.pid ?? 0
      const started = usedByLoopOf(pid)
      const { result } = await host.request('tools/call', SIB)
      expect(textOf(result ?? {})).toBe(':hi')
      const worked = Math.round((usedByLoopOf(pid) - started) / yardstickMs())
      report('relay, 10,000 subscriptions', {
        'sibling, work': worked,
        'RSS MB': Math.round(rssOf(host.raw)),
      })
      expect(worked).toBeLessThan(40)
    })
  },
)

describe('a server that never comes to an end', () => {
  const accepting = shared(async () => {
    const where = den({ two: 'modern' })
    return { where, host: await oldHostHere(where, () => ACCEPT) }
  })
  it.each(['legacy', 'modern'] as const)(
    'asking a host of 2025-11-25 again and again is over after so many rounds, era %s',
    async (era) => {
      const { host } = await accepting()
      const from = host.received.length
      const asks = Array.from({ length: 40 }, () => ({ ask: form('again?') }))
      // `needs` is met by any requestState, so none is given.
      const steps = era === 'legacy' ? asks : [{ needs: { inputRequests: { q: form('again?') } } }]
      const { result } = await run(host, steps, `${SERVER_OF[era]}_get_run`)
      const asked = host.received.slice(from).filter(({ method }) => method === 'elicitation/create').length
      expect(asked).toBeGreaterThan(0)
      expect(result?.['isError'] === true).toBe(era === 'modern')
      expect(asked).toBeLessThan(41)
    },
  )

  it('what the host cancels while a question is open, the server hears of; and one that it leaves open leaves nothing behind (promise 8)', async () => {
    const where = den()
    const host = await oldHostHere(where)
    const asked = (): number => host.received.filter(({ method }) => method === 'elicitation/create').length
    const { id } = host.start('tools/call', {
      name: 'evil_get_run',
      arguments: { steps: [{ ask: form('?') }] },
    })
    await until(() => asked() === 1, 'asked')
    host.send({ method: 'notifications/cancelled', params: { requestId: id } })
    await until(() => where.log().some(({ method }) => method === 'notifications/cancelled'), 'told')
    void run(host, [{ ask: form('?') }])
    await until(() => asked() === 2, 'asked again')
    host.process.stdin?.end()
    expect((await host.exited()).code).toBe(0)
  })
})
