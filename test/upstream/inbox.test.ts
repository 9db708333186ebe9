/** What the work on a server's messages is counted as. */
import { expect, test } from 'vitest'
import { Gate } from '../../src/upstream/link/gate.ts'
import { Inbox } from '../../src/upstream/link/inbox.ts'
import { Budget } from '../../src/wire/budget.ts'
import type { LargeLine } from '../../src/wire/framing.ts'
import { listener } from './scripted-link.ts'

test('to read a long line that nobody asked for is work of its server, to read an answer elsewhere is none', async () => {
  let now = 0
  const spent: number[] = []
  const budget = new Budget(undefined, () => now)
  budget.spend = (ms) => void spent.push(ms)
  const gate = new Gate()
  gate.waiting.add(1, listener('tools/call'))
  const inbox = new Inbox({
    gate,
    budget,
    onBad: () => undefined,
    pass: () => undefined,
    over: () => false,
    readLarge: async (line) => {
      now += 1000
      return {
        kind: 'message',
        message: JSON.parse(Buffer.concat(line).toString()) as Record<string, unknown>,
      }
    },
  })
  const slow = (message: object, id?: number): LargeLine => {
    const line = [
      Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message, params: { data: 'x'.repeat(300_000) } })),
    ]
    // It takes 50 ms of the loop.
    return Object.defineProperty({ kind: 'large' as const, line, ...(id !== undefined && { id }) }, 'line', {
      get: () => {
        now += 50
        return line
      },
    })
  }
  await inbox.take([
    slow({ id: 7, method: 'ping' }),
    slow({ id: 9, result: {} }, 9),
    slow({ id: 1, result: {} }, 1),
  ])
  expect(spent).toEqual([50, 50])
  expect(inbox.take([], 20)).toBeUndefined()
  expect(spent).toEqual([50, 50, 20])
})
