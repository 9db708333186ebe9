/** Unit tests are kept from starting anything, whoever asks and whatever becomes of the refusal; and from each other. */
import { spawn } from 'node:child_process'
import { connect, createServer, type AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { awakeTimeout } from '../../src/awake.ts'
import { takeRefused } from './alone.ts'

afterEach(() => void takeRefused())

describe('a unit test', () => {
  it.each<[string, () => unknown]>([
    ['start a process (node)', () => spawn('node')],
    ['start a thread of the build (/x/dist/a.js)', () => new Worker('/x/dist/a.js')],
    ['connect to 203.0.113.1', () => connect({ port: 443, host: '203.0.113.1' })],
    ['connect to a.example', () => connect(443, 'a.example')],
    ['connect to a.example', () => fetch('http://a.example/')],
  ])('may not %s, and whoever hides that is found out', async (what, start) => {
    await Promise.resolve()
      .then(start)
      .catch(() => undefined)
    expect(takeRefused()).toEqual([what])
  })

  it('may talk to a server of its own', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const said: unknown = await new Promise((resolve) => {
      connect((server.address() as AddressInfo).port, '127.0.0.1').once('data', (data) =>
        resolve(String(data)),
      )
    })
    server.close()
    expect(said).toBe('hello')
    expect(takeRefused()).toEqual([])
  })
})

it('with fake timers awake time goes by them, whoever was left waiting by Node’s own', async () => {
  const left = awakeTimeout(() => undefined, 600_000)
  vi.useFakeTimers()
  const called = vi.fn<() => void>()
  awakeTimeout(called, 3000)
  await vi.advanceTimersByTimeAsync(2999)
  expect(called).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(called).toHaveBeenCalledOnce()
  vi.useRealTimers()
  left.clear()
})
