/** `sidemux call` asks at its terminal by the rule of `sidemux approvals` (promise 4), and says so before it asks. */
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Pending } from '../../src/approval/facts/pending.ts'
import { ownTerminal } from '../../src/commands/terminal/own-terminal.ts'
import type { LocalRefusal } from '../../src/dashboard/page-wire.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const asker = { kind: 'none', why: '' } as const
const facts = { server: 'box', tool: 'wipe', risk: 'write', why: '', args: {}, changes: [] }
const question: Pick<Pending, 'facts' | 'text'> = { facts, text: 'May box run wipe?\nid: 1' }

function terminal(refuses: LocalRefusal | undefined, isTTY = true) {
  const stdin = Object.assign(new PassThrough(), { isTTY })
  const stderr = new PassThrough()
  const io = { stdin, stdout: new PassThrough(), stderr, env: {}, cwd: '/', exit: () => undefined }
  const own = ownTerminal(io, () => Promise.resolve(refuses))
  const ask = () => own.channel.ask(question as Pending, asker, new AbortController().signal)
  const shown = (): string => String(stderr.read() ?? '')
  return { own, stdin, ask, shown, reach: async () => own.channel.reach?.(question as Pending, asker) }
}

it.each<[LocalRefusal]>([['inside'], ['host'], ['orphan'], ['unknown'], ['no-terminal'], ['other-user']])(
  'a terminal that is refused (%s) is told first, and is not asked',
  async (why) => {
    const { own, reach, shown } = terminal(why)
    const answer = await reach()
    expect(answer).toEqual({ kind: 'unavailable', why: own.refusal()?.message })
    expect(shown()).toMatch(/^sidemux: not decided here: [^?]+\n$/)
    expect(own.refusal()?.hint).not.toBe('')
  },
)

it('no terminal at all is said, and nothing is printed', async () => {
  const { reach, shown } = terminal(undefined, false)
  expect(await reach()).toEqual({ kind: 'unavailable', why: 'there is no terminal to ask at' })
  expect(shown()).toBe('')
})

it.each([
  ['yes', 'approved'],
  ['YES ', 'approved'],
  ['y', 'denied'],
  ['', 'denied'],
] as const)('%j is %s, after the whole question', async (word, kind) => {
  const { reach, ask, stdin, shown } = terminal(undefined)
  expect(await reach()).toBeUndefined()
  const answer = ask()
  await vi.advanceTimersByTimeAsync(1300)
  stdin.write(`${word}\n`)
  expect(await answer).toEqual({ kind })
  expect(shown()).toContain('May box run wipe?\nid: 1')
})

it('a yes that was typed before anybody could read is asked for again, and leaving is no decision', async () => {
  const { ask, stdin, shown } = terminal(undefined)
  const answer = ask()
  await vi.advanceTimersByTimeAsync(100)
  stdin.write('yes\n')
  await vi.advanceTimersByTimeAsync(300)
  stdin.end()
  expect(await answer).toEqual({ kind: 'cancelled' })
  expect(shown()).toContain('too quick')
})
