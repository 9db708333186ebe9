/** Promise 4: nothing destructive runs without a human's yes to exactly that. Counted by the child itself. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runHere } from './run-here.ts'
import { HOSTS_HERE, HereHost, host1Here } from './serve-here.ts'
import {
  APPROVE,
  RawHost,
  executions,
  place,
  elapse,
  shared,
  textOf,
  toolbox,
  type Answer,
  type Place,
  type RawMessage,
} from './support.ts'

/** A server, and on demand its twin under another name. */
function box(extra = '', server: Record<string, unknown> = {}, hasTwin = false): Place & { log: string } {
  const where = place('')
  const log = join(where.out, 'executions.jsonl')
  const twin = hasTwin ? `  twin: ${toolbox({ env: { TOOLBOX_LOG: log } })}\n` : ''
  const yaml = `version: 1\nservers:\n  box: ${toolbox({ ...server, env: { TOOLBOX_LOG: log } })}\n${twin}${extra}`
  return { ...place(yaml), log }
}

const ran = (where: { log: string }, name = 'delete_thing'): number =>
  executions(where.log).filter((one) => one.name === name).length

const ranWith = (where: { log: string }, id: string): number =>
  executions(where.log).filter(({ name, args }) => name === 'delete_thing' && args['id'] === id).length

describe.each(HOSTS_HERE)('%s', (_name, connect) => {
  const answering = shared(async () => {
    const where = box()
    const said: { answer: Answer; asked: string[] } = { answer: APPROVE, asked: [] }
    const host = await connect(where, {
      elicit: (message) => {
        said.asked.push(message)
        return said.answer
      },
    })
    return { where, said, host }
  })

  it('runs a destructive call once when the human accepts, and shows every argument', async () => {
    const { where, said, host } = await answering()
    Object.assign(said, { answer: APPROVE, asked: [] })
    const id = 'a\u202Eb'
    expect(textOf(await host.call('box_delete_thing', { id }))).toBe(`deleted ${id}`)
    expect(said.asked).toHaveLength(1)
    expect(said.asked[0]?.split('\n')[0]).toBe('box: delete_thing id="a‹U+202E›b"')
    expect(said.asked[0]).toContain('"id": "a‹U+202E›b"')
    expect(ranWith(where, id)).toBe(1)
  })

  it.each([
    ['decline', { action: 'decline' as const }],
    ['cancel', { action: 'cancel' as const }],
    ['accept without a choice', { action: 'accept' as const, content: {} }],
    ['accept with deny', { action: 'accept' as const, content: { decision: 'deny' } }],
  ])('0 executions on %s', async (what, answer) => {
    const { where, said, host } = await answering()
    said.answer = answer
    const result = await host
      .call('box_delete_thing', { id: what })
      .catch((error: unknown) => ({ isError: true, content: [{ text: String(error) }] }))
    expect(result['isError']).toBe(true)
    expect(ranWith(where, what)).toBe(0)
  })

  /** A host that can't ask. */
  const dumb = shared(async () => {
    const where = box()
    return { where, host: await connect(where) }
  })

  it('0 executions, why, and what to do, where the host declared no elicitation', async () => {
    const { where, host } = await dumb()
    const result = await host.call('box_delete_thing', { id: '1' })
    expect(result['isError']).toBe(true)
    expect(textOf(result)).toMatch(/declared no elicitation[^]*hint: tell the user/)
    expect(ran(where)).toBe(0)
  })

  it('lets a read pass without asking', async () => {
    const { host } = await dumb()
    expect(textOf(await host.call('box_echo', { text: 'hi' }))).toBe(':hi')
  })

  it('asks for a tool whose name contradicts its read-only claim, and for one without annotations', async () => {
    const { where, host } = await dumb()
    expect((await host.call('box_save_thing', { id: '1' }))['isError']).toBe(true)
    expect((await host.call('box_plain', { id: '1' }))['isError']).toBe(true)
    expect([ran(where, 'save_thing'), ran(where, 'plain')]).toEqual([0, 0])
  })
})

// Since 2026-07-28 nobody waits: the host asks, and calls again.
it('nobody answers: 0 executions after approvals.wait, and the result says so', async () => {
  const where = box('approvals: { wait: 300ms }\n')
  const host = await host1Here(where, { elicit: async () => new Promise(() => {}) })
  const result = await host.call('box_delete_thing', { id: '1' })
  expect(result['isError']).toBe(true)
  expect(textOf(result)).toContain('nobody answered within 0.3 s')
  expect(ran(where)).toBe(0)
})

const FORM = { elicitation: {} }

interface Asked {
  readonly requestState: string
  readonly key: string
}

async function ask(
  host: RawHost,
  name = 'box_delete_thing',
  args: Record<string, unknown> = { id: '1' },
): Promise<Asked> {
  const { result } = await host.modern('tools/call', { name, arguments: args }, FORM)
  expect(result?.['resultType']).toBe('input_required')
  elapse(host.where)
  return {
    requestState: String(result?.['requestState']),
    key: Object.keys(result?.['inputRequests'] as object)[0] ?? '',
  }
}

async function answer(
  host: RawHost,
  asked: Asked,
  change: Record<string, unknown> = {},
  response: unknown = APPROVE,
): Promise<RawMessage> {
  const params = {
    name: 'box_delete_thing',
    arguments: { id: '1' },
    requestState: asked.requestState,
    inputResponses: { [asked.key]: response },
    ...change,
  }
  return host.modern('tools/call', params, FORM)
}

describe('requestState (2026-07-28)', () => {
  const spent = shared(async () => {
    const where = box()
    return { where, host: new HereHost(where) }
  })

  it('runs once, and a replay runs nothing', async () => {
    const { where, host } = await spent()
    const once = { arguments: { id: 'once' } }
    const asked = await ask(host, 'box_delete_thing', once.arguments)
    expect((await answer(host, asked, once)).result).toMatchObject({ content: [{ text: 'deleted once' }] })
    expect((await answer(host, asked, once)).error).toMatchObject({ code: -32602 })
    expect(ranWith(where, 'once')).toBe(1)
  })

  it('twenty replays at the same moment run one', async () => {
    const { where, host } = await spent()
    const twenty = { arguments: { id: 'twenty' } }
    const asked = await ask(host, 'box_delete_thing', twenty.arguments)
    const answers = await Promise.all(Array.from({ length: 20 }, async () => answer(host, asked, twenty)))
    expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(1)
    expect(ranWith(where, 'twenty')).toBe(1)
  })

  const unspent = shared(async () => {
    // What a yes is bound to has to hold also where no schema stops the call before.
    const where = box('', { validate: false }, true)
    return { where, host: new HereHost(where) }
  })
  it.each([
    ['changed arguments', { arguments: { id: '2' } }],
    ['added arguments', { arguments: { id: '1', force: true } }],
    ['a number for a string', { arguments: { id: 1 } }],
    ['another server with the same tool', { name: 'twin_delete_thing' }],
    ['another tool', { name: 'box_plain' }],
    ['forged state', { requestState: 's1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  ])('0 executions with %s', async (_what, change) => {
    const { where, host } = await unspent()
    const asked = await ask(host)
    expect((await answer(host, asked, change)).error).toMatchObject({ code: -32602 })
    expect(executions(where.log)).toEqual([])
  })

  it('0 executions with the state of another sidecar', async () => {
    const { where, host } = await spent()
    const other = new HereHost(where)
    const theirs = { arguments: { id: 'theirs' } }
    const asked = await ask(host, 'box_delete_thing', theirs.arguments)
    await ask(other, 'box_delete_thing', theirs.arguments)
    expect((await answer(other, asked, theirs)).error).toMatchObject({ code: -32602 })
    expect(ranWith(where, 'theirs')).toBe(0)
  })

  it('0 executions when it has expired', async () => {
    const where = box('approvals: { expire: 600ms }\n')
    const host = new HereHost(where)
    const asked = await ask(host)
    await new Promise((resolve) => {
      setTimeout(resolve, 650)
    })
    expect((await answer(host, asked)).error).toMatchObject({ code: -32602 })
    expect(ran(where)).toBe(0)
  })

  it.each([
    ['declined', { action: 'decline' }],
    ['cancelled', { action: 'cancel' }],
    ['wrapped', { method: 'elicitation/create', result: APPROVE }],
  ])('0 executions when %s', async (what, response) => {
    const { where, host } = await unspent()
    // A no is remembered.
    const change = { arguments: { id: what } }
    await answer(host, await ask(host, 'box_delete_thing', change.arguments), change, response)
    expect(executions(where.log)).toEqual([])
  })
})

it('0 executions by a forged reply to a live question', async () => {
  const where = box('approvals: { wait: 400ms }\n')
  const host = new HereHost(where)
  await host.initialize(FORM)
  host.onRequest = ({ id }) => {
    // Ids that look like the question's, but are not its own.
    for (const forged of [`${String(id)}0`, -1, 999, 'elicitation'])
      host.send({ id: forged, result: { ...APPROVE } })
  }
  const { result } = await host.request('tools/call', { name: 'box_delete_thing', arguments: { id: '1' } })
  expect(result?.['isError']).toBe(true)
  expect(ran(where)).toBe(0)
})

describe('sidemux call', () => {
  it('declines a destructive call without a terminal: exit 3, and nothing happened', async () => {
    const where = box()
    const { code, stderr } = await runHere(
      where,
      ['call', 'box', 'delete_thing', '--args', '{"id":"1"}', '--config', where.config],
      'yes\n',
    )
    expect(code).toBe(3)
    expect(stderr).toMatch(/no terminal to ask at[^]*\nhint: run it in a terminal window of your own/)
    expect(ran(where)).toBe(0)
  })

  it('makes a read call: exit 0 and its text', async () => {
    const where = box()
    const { code, stdout } = await runHere(where, [
      'call',
      'box',
      'echo',
      '--args',
      '{"text":"hi"}',
      '--config',
      where.config,
    ])
    expect([code, stdout]).toEqual([0, ':hi\n'])
  })
})
