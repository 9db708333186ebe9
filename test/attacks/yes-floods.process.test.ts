/** Promise 4 under load: a thousand questions at once, and a door that is stormed. Each is decided once; memory is bounded. */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { until, type RawHost } from '../e2e/support.ts'
import { enterHost, human, knock, report, said, stage, wipe } from './stage.ts'

const linux = process.platform === 'linux'

/** Of the sidecar, in MiB: now, and at its height. */
function memory({ process: { pid } }: RawHost): { now: number; peak: number } {
  if (!linux) return { now: 0, peak: 0 }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
  return { now: of('VmRSS'), peak: of('VmHWM') }
}

it('1,000 questions at once: each is decided once, half yes and half no, and memory is bounded', async () => {
  const where = stage({ approvals: 'wait: 50s', entry: { rateLimit: '1000000/minute' } })
  const host = await enterHost(where)
  await host.request('tools/list')
  const before = memory(host)
  const began = Date.now()
  const calls = Array.from({ length: 1000 }, (_, n) => wipe(host, { n }))
  const page = await human(where)
  const decided: number[] = []
  while (decided.length < 1000) {
    const questions = await page.questions()
    for (const [answer, parity] of [
      ['approve', 0],
      ['deny', 1],
    ] as const) {
      const mine = questions.filter(({ args }) => Number(args['n']) % 2 === parity)
      if (mine.length === 0) continue
      const said = await page.answer(
        mine.map(({ id }) => id),
        answer,
      )
      expect(said).toBe(`{"outcomes":[${mine.map(() => '"done"').join(',')}]}`)
      decided.push(...mine.map(({ args }) => Number(args['n'])))
    }
  }
  const answers = await Promise.all(calls)
  expect(new Set(decided).size).toBe(1000)
  expect(answers.filter((answer) => said(answer) === 'ran')).toHaveLength(500)
  expect(
    where
      .calls()
      .map(({ args }) => Number(args['n']))
      .toSorted((a, b) => a - b),
  ).toEqual(Array.from({ length: 500 }, (_, n) => 2 * n))
  const { peak } = memory(host)
  report('yes, 1,000 questions', {
    executed: where.calls().length,
    'MiB before': before.now,
    'MiB at most': peak,
    seconds: (Date.now() - began) / 1000,
  })
  if (linux) expect(peak - before.now).toBeLessThan(300)
})

it('a storm at the door: nothing is decided, calls go on, and the human still gets in', async () => {
  const where = stage({ approvals: 'wait: 50s' })
  const host = await enterHost(where)
  const call = wipe(host)
  const page = await human(where)
  const { port, cookie } = page
  const before = memory(host)
  const sockets: Socket[] = []
  const hello = (text: string): Socket => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('error', () => undefined)
    sockets.push(socket)
    return socket
  }
  // Readers who never read: the page's own stream, as often as the cookie allows.
  for (let n = 0; n < 64; n += 1)
    hello(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`).pause()
  const closed = { n: 0 }
  const waits: number[] = []
  for (let wave = 0; wave < 10; wave += 1) {
    const opened = Array.from({ length: 500 }, () => {
      const socket = hello(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `)
      return new Promise<void>((resolve) =>
        socket.on('close', () => resolve(void (closed.n += 1))).on('connect', () => resolve()),
      )
    })
    await Promise.all(opened)
    const at = performance.now()
    await host.request('ping')
    waits.push(performance.now() - at)
  }
  for (const socket of sockets) socket.destroy()
  await until(
    async () => (await knock(port, { path: '/ask/00000000-0000-4000-8000-000000000000' })).status === 200,
    'the door is free again',
  )
  const big = 'x'.repeat(1024 * 1024)
  const huge = await Promise.all([
    knock(port, { path: '/', headers: { cookie: `${cookie}; ${'a=b; '.repeat(2900)}` } }),
    knock(port, { path: '/', headers: { cookie: `${cookie}; ${'a=b; '.repeat(20_000)}` } }),
    knock(port, { path: `/${'a'.repeat(10_000)}` }),
    page.post(big.repeat(100)),
    page.post(big.repeat(100), { 'transfer-encoding': 'chunked' }),
    page.post('['.repeat(60_000)),
    page.post(`{"sidecar":${'[{"a":'.repeat(9000)}`),
  ])
  expect(
    huge.map(({ status }) => status).filter((status) => status !== 0 && status !== 200 && status < 400),
  ).toEqual([])
  expect(where.calls()).toEqual([])
  expect(
    await page.answer(
      (await page.questions()).map(({ id }) => id),
      'approve',
    ),
  ).toBe('{"outcomes":["done"]}')
  expect(said(await call)).toBe('ran')
  const { peak } = memory(host)
  report('yes, storm at the door', {
    connections: sockets.length,
    '100 MB bodies': 2,
    executed: where.calls().length,
    'slowest ping ms': Math.round(Math.max(...waits)),
    'MiB before': before.now,
    'MiB at most': peak,
  })
  if (linux) expect(peak - before.now).toBeLessThan(150)
})
