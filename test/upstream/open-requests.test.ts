/** Questions of a child of the older era, where the host gets them as the answer of a request (promise 7). */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Caller, ServerQuestion } from '../../src/upstream/messages/caller.ts'
import type { Leg } from '../../src/upstream/session/questions/asking-request.ts'
import { OpenRequests } from '../../src/upstream/session/questions/open-requests.ts'
import type { ServerReply } from '../../src/upstream/session/reply.ts'

/** Longer than any run of the tests: what a test leaves parked would else end in another file of its thread. */
const LONG_MS = 3_600_000

const modern: Caller = {
  capabilities: { elicitation: {} },
  prepare: async (question) => ({ kind: 'pass', question }),
}
const leg = (): Leg => ({ caller: modern, signal: new AbortController().signal })
const about = (message: string): ServerQuestion => ({ method: 'elicitation/create', params: { message } })
const named = (name: string) => ({ action: 'accept', content: { name } })
const nobody = () => Promise.reject(new Error('nobody was to be asked'))

/** A request that ends when it is told to. */
function request(open: OpenRequests<Leg>, caller = modern) {
  let resolve: (reply: ServerReply) => void = () => {}
  const host = new AbortController()
  const answered = open.run({ caller, signal: host.signal }, (listener) => {
    let isOver = false
    resolve = (reply) => {
      if (!isOver) listener.replied(reply)
      isOver = true
    }
    return { cancel: () => resolve({ kind: 'cancelled' }) }
  })
  const end = (text: string): void => resolve({ kind: 'result', result: { text } })
  return { answered, end, cancel: () => host.abort() }
}

async function parked(answered: Promise<unknown>) {
  const reply = await answered
  if (!isParked(reply)) throw new Error(`not parked: ${JSON.stringify(reply)}`)
  const key = Object.keys(reply.questions)[0] ?? ''
  return { id: reply.id, key, message: reply.questions[key]?.params['message'] }
}

function isParked(
  reply: unknown,
): reply is { kind: 'parked'; id: string; questions: Record<string, ServerQuestion> } {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'parked'
}

const retry = (open: OpenRequests<Leg>, id: string, inputResponses: Record<string, unknown>) =>
  open.resume(leg(), { from: { kind: 'parked', id }, inputResponses })

describe('a question that was put with a request', () => {
  it('stays with it when that one ends, and is answered by its retry: nobody is asked twice', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const first = request(open)
    const second = request(open)
    // The first one's, which the child doesn't say: the youngest is taken for it.
    const asked = open.ask(about('first?'), new AbortController().signal, nobody)
    const { id, key, message } = await parked(second.answered)
    expect(message).toBe('first?')

    second.end('second')
    await turn()
    const waits = vi.fn<(reply: unknown) => void>()
    void first.answered.then(waits)
    await turn()
    expect(waits).not.toHaveBeenCalled()

    expect(await retry(open, id, { [key]: named('Ada') })).toEqual({
      kind: 'result',
      result: { text: 'second' },
    })
    expect(await asked).toEqual(named('Ada'))
    first.end('first')
    expect(await first.answered).toEqual({ kind: 'result', result: { text: 'first' } })
  })

  it('goes to another when that retry brings no answer to it', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const first = request(open)
    const second = request(open)
    const asked = open.ask(about('first?'), new AbortController().signal, nobody)
    const { id } = await parked(second.answered)
    second.end('second')
    await turn()
    await retry(open, id, {})
    const again = await parked(first.answered)
    await retryAndEnd(open, first, again, 'Grace')
    expect(await asked).toEqual(named('Grace'))
  })

  it('goes to another when nobody comes back for that one', async () => {
    const open = new OpenRequests<Leg>(() => 20)
    const first = request(open)
    const second = request(open)
    const asked = open.ask(about('first?'), new AbortController().signal, nobody)
    await parked(second.answered)
    second.end('second')
    const again = await parked(first.answered)
    await retryAndEnd(open, first, again, 'Grace')
    expect(await asked).toEqual(named('Grace'))
  })

  it.each([
    ['and is cancelled', false],
    ['and has ended', true],
  ])('goes to another when the host cancels that one before it has read it: %s', async (_how, hasEnded) => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const first = request(open)
    const second = request(open)
    const asked = open.ask(about('first?'), new AbortController().signal, nobody)
    const { id } = await parked(second.answered)
    if (hasEnded) second.end('second')
    await turn()
    second.cancel()
    const again = await parked(first.answered)
    expect(again.message).toBe('first?')
    expect(await retry(open, id, {})).toBeUndefined()
    await retryAndEnd(open, first, again, 'Grace')
    expect(await asked).toEqual(named('Grace'))
  })

  it('is withdrawn when the host cancels the only one before it has read it', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const only = request(open)
    const asked = open.ask(about('?'), new AbortController().signal, nobody)
    await parked(only.answered)
    only.cancel()
    await expect(asked).rejects.toThrow('is over')
  })

  it('outlives a signal of the request that it came with, once the retry is there', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const only = request(open)
    const asked = open.ask(about('?'), new AbortController().signal, nobody)
    const { id, key } = await parked(only.answered)
    const answered = retry(open, id, { [key]: named('Ada') })
    only.cancel()
    expect(await asked).toEqual(named('Ada'))
    only.end('done')
    expect(await answered).toMatchObject({ result: { text: 'done' } })
  })

  it('is over with everything', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const only = request(open)
    const asked = open.ask(about('?'), new AbortController().signal, nobody)
    await parked(only.answered)
    only.end('done')
    await turn()
    open.close()
    await expect(asked).rejects.toThrow('is over')
  })

  it('and taken back by the child is gone from the request that it was put with', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const first = request(open)
    const second = request(open)
    const takeBack = new AbortController()
    const asked = open.ask(about('first?'), takeBack.signal, nobody)
    const { id, key } = await parked(second.answered)
    second.end('second')
    await turn()
    takeBack.abort()
    await expect(asked).rejects.toThrow('taken back')
    expect(await retry(open, id, { [key]: named('Ada') })).toMatchObject({ result: { text: 'second' } })
    first.end('first')
    expect(await first.answered).toMatchObject({ result: { text: 'first' } })
  })
})

describe('a question that came while everybody was asked something already', () => {
  /** Two requests that are parked with a question each, and a third question, which is taken for the second one's. */
  async function crowd() {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const first = request(open)
    void open.ask(about('first?'), new AbortController().signal, nobody)
    const toFirst = await parked(first.answered)
    const second = request(open)
    void open.ask(about('second?'), new AbortController().signal, nobody)
    await parked(second.answered)
    const asked = open.ask(about('third?'), new AbortController().signal, nobody)
    await turn()
    return { open, first, second, toFirst, asked }
  }

  it('is put with the request that is taken up first', async () => {
    const { open, first, toFirst, asked } = await crowd()
    const again = await parked(retry(open, toFirst.id, { [toFirst.key]: named('Ada') }))
    expect(again.message).toBe('third?')
    await retryAndEnd(open, first, again, 'Grace')
    expect(await asked).toEqual(named('Grace'))
  })

  it('does not stay with a request that ends before it was put to anybody', async () => {
    const { open, first, second, toFirst, asked } = await crowd()
    second.end('second')
    await turn()
    const again = await parked(retry(open, toFirst.id, { [toFirst.key]: named('Ada') }))
    expect(again.message).toBe('third?')
    await retryAndEnd(open, first, again, 'Grace')
    expect(await asked).toEqual(named('Grace'))
  })
})

it('is not sent at all for a caller who has cancelled already', async () => {
  const send = vi.fn<() => { cancel: () => void }>(() => ({ cancel: () => undefined }))
  const open = new OpenRequests<Leg>(() => LONG_MS)
  expect(await open.run({ caller: modern, signal: AbortSignal.abort() }, send)).toEqual({ kind: 'cancelled' })
  expect([send.mock.calls, open.isEmpty]).toEqual([[], true])
})

it('does not reach a host where nobody hears the question, who could mask it (promise 3)', async () => {
  const open = new OpenRequests<Leg>(() => LONG_MS)
  const { answered, end } = request(open, { capabilities: { elicitation: {} } })
  await expect(open.ask(about('first?'), new AbortController().signal, nobody)).rejects.toThrow('nobody')
  end('first')
  expect(await answered).toEqual({ kind: 'result', result: { text: 'first' } })
})

describe('a question while somebody is asked', () => {
  const never = async (_question: ServerQuestion, signal: AbortSignal): Promise<never> =>
    new Promise((_, fail) => signal.addEventListener('abort', () => fail(new Error('withdrawn'))))

  it.each<[string, Caller]>([
    ['live', { capabilities: {}, ask: never }],
    ['before it is put', { capabilities: {}, prepare: never }],
  ])('is over when the host cancels the last request that it can be for: %s', async (_how, caller) => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const first = request(open, caller)
    const second = request(open, caller)
    const withdrawn = vi.fn<(error: unknown) => void>()
    const asked = open.ask(about('first?'), new AbortController().signal, nobody)
    asked.catch(withdrawn)
    second.cancel()
    expect(await second.answered).toEqual({ kind: 'cancelled' })
    await turn()
    expect(withdrawn).not.toHaveBeenCalled()
    first.cancel()
    await expect(asked).rejects.toThrow('withdrawn')
  })

  it('is over with the last request also while another’s, which has ended, is still asked', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const ended = request(open)
    const before = open.ask(about('before?'), new AbortController().signal, nobody)
    const { id, key } = await parked(ended.answered)
    ended.end('ended')
    await turn()
    const last = request(open, { capabilities: {}, prepare: never })
    const asked = open.ask(about('now?'), new AbortController().signal, nobody)
    last.cancel()
    await expect(asked).rejects.toThrow('withdrawn')
    expect(await retry(open, id, { [key]: named('Ada') })).toMatchObject({ result: { text: 'ended' } })
    expect(await before).toEqual(named('Ada'))
  })

  it('outlives a request that ends by itself', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const only = request(open, { capabilities: {}, ask: never })
    const takeBack = new AbortController()
    const withdrawn = vi.fn<(error: unknown) => void>()
    const asked = open.ask(about('later?'), takeBack.signal, nobody)
    asked.catch(withdrawn)
    only.end('done')
    await only.answered
    await turn()
    expect(withdrawn).not.toHaveBeenCalled()
    takeBack.abort()
    await expect(asked).rejects.toThrow('withdrawn')
  })
})

describe('requests that nobody comes back for', () => {
  it('are kept up to a number, the youngest of them, however fast a child ends and takes back (promise 7)', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const ids: string[] = []
    for (let n = 0; n < 80; n++) {
      const one = request(open)
      const takeBack = new AbortController()
      const asked = open.ask(about('?'), takeBack.signal, nobody)
      ids.push((await parked(one.answered)).id)
      one.end(`${n}`)
      takeBack.abort()
      await expect(asked).rejects.toThrow('taken back')
    }
    const replies = await Promise.all(ids.map(async (id) => retry(open, id, {})))
    expect(replies.slice(0, 16)).toEqual(Array(16).fill(undefined))
    expect(replies.slice(16)).toEqual(
      ids.slice(16).map((_, n) => ({ kind: 'result', result: { text: `${n + 16}` } })),
    )
  })
})

describe('a question that was not put to anybody yet', () => {
  it('goes to another request when its own ends in the same turn', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const first = request(open)
    const second = request(open)
    const asked = open.ask(about('first?'), new AbortController().signal, nobody)
    second.end('second')
    expect(await second.answered).toMatchObject({ result: { text: 'second' } })
    const { id, key } = await parked(first.answered)
    void retry(open, id, { [key]: named('Ada') })
    expect(await asked).toEqual(named('Ada'))
    first.end('first')
  })

  it('and taken back in the same turn leaves its request to end as it would', async () => {
    const open = new OpenRequests<Leg>(() => LONG_MS)
    const only = request(open)
    const takeBack = new AbortController()
    const asked = open.ask(about('?'), takeBack.signal, nobody)
    await Promise.resolve()
    takeBack.abort()
    await expect(asked).rejects.toThrow('taken back')
    await turn()
    only.end('done')
    expect(await only.answered).toMatchObject({ result: { text: 'done' } })
  })
})

async function retryAndEnd(
  open: OpenRequests<Leg>,
  one: ReturnType<typeof request>,
  { id, key }: { id: string; key: string },
  name: string,
): Promise<void> {
  const answered = retry(open, id, { [key]: named(name) })
  one.end('done')
  expect(await answered).toMatchObject({ result: { text: 'done' } })
}
