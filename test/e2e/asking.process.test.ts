/**
 * Hosts as they are (facts about hosts: elicitation is declared and never shown, calls are cut at 60 s, some answer by
 * themselves) against a human at the page. Executions are counted by the child itself (promise 4).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catcherIn, Human, links, sendFromHere } from './human.ts'
import {
  APPROVE,
  HOSTS,
  RawHost,
  everythingIn,
  executions,
  place,
  run,
  shared,
  textOf,
  toolbox,
  until,
  type Answer,
  type Host,
  type Place,
} from './support.ts'

interface Asking extends Place {
  readonly log: string
}

function asking(approvals: string): Asking {
  const where = place('')
  const log = join(where.out, 'executions.jsonl')
  const yaml = `version: 1
servers:
  box: ${toolbox({ env: { TOOLBOX_LOG: log } })}
approvals: { browser: ${catcherIn(where.dir)}, ${approvals} }
`
  writeFileSync(where.config, yaml)
  return { ...where, log }
}

const ran = ({ log }: Asking): number => executions(log).length
const WIPE = 'box_delete_thing'

async function outcome(call: Promise<Record<string, unknown>>): Promise<string> {
  try {
    const result = await call
    return `${result['isError'] === true ? 'refused: ' : ''}${textOf(result)}`
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : 'unknown'}`
  }
}

/** Both hosts of the older eras write the same lines. */
const OF_EACH_ERA = HOSTS.filter(([name]) => name !== 'SDK 2.4, 2025-11-25')

describe.each(OF_EACH_ERA)('%s', (_name, connect) => {
  /** A host that can't ask, and a page that stays open. */
  const scene = shared(async () => {
    const where = asking('wait: 30s')
    const host = await connect(where)
    const call = outcome(host.call(WIPE, { id: 'the first' }))
    const human = await Human.at(where)
    human.watch()
    await human.decide('deny', 'the first')
    await call
    return { where, host, human }
  })

  it('that can not ask: the page asks, the waiting call runs once', async () => {
    const { where, host, human } = await scene()
    const before = ran(where)
    const call = outcome(host.call(WIPE, { id: 'one' }))
    expect(await human.decide('approve', 'one')).toBe('done')
    expect(await call).toBe('deleted one')
    expect(ran(where)).toBe(before + 1)
    expect(links(where)).toHaveLength(1)
  })

  it('that can not ask: the page denies, nothing runs', async () => {
    const { where, host, human } = await scene()
    const before = ran(where)
    const call = outcome(host.call(WIPE, { id: 'two' }))
    expect(await human.decide('deny', 'two')).toBe('done')
    expect(await call).toContain('refused: sidemux: not executed: the human said no')
    expect(ran(where)).toBe(before)
  })

  it('that cuts the call off before anybody answers: its question is withdrawn', async () => {
    const { where, host, human } = await scene()
    const before = ran(where)
    const pending = async (): Promise<number> =>
      (await human.state()).sidecars.flatMap((sidecar) => sidecar.pending).length
    const cut = new AbortController()
    const call = outcome(host.call(WIPE, { id: 'three' }, { signal: cut.signal }))
    await until(async () => (await pending()) === 1, 'the question is on the page')
    // As the host's own timeout does, which a busy machine may have before the question.
    cut.abort('timeout')
    expect(await call).toContain('failed')
    await until(async () => (await pending()) === 0, 'withdrawn')
    expect(ran(where)).toBe(before)
  })

  it('hears nothing of the page that could open it, nor does the log or the audit', async () => {
    const { where, host, human } = await scene()
    const call = outcome(host.call(WIPE, { id: 'four' }))
    await human.decide('deny', 'four')
    const secret = new URL(links(where)[0] ?? '').pathname.split('/').at(-1) ?? ''
    expect(secret).toHaveLength(43)
    const said = (await call) + host.stderr() + everythingIn(where.state)
    expect(said).not.toContain(secret)
    // The last one of this host.
    await host.close()
    expect(everythingIn(where.state)).not.toContain(secret)
  })
})

describe.each(OF_EACH_ERA)('%s', (_name, connect) => {
  it('whose call is given back first: a late yes runs nothing until the identical call comes, then once', async () => {
    const where = asking('wait: 300ms')
    const host = await connect(where)
    const first = await outcome(host.call(WIPE, { id: 'one' }))
    expect(first).toMatch(/refused: .*nobody answered within 0.3 s[^]*repeat the identical call/)
    expect(await (await Human.at(where)).decide('approve', 'one')).toBe('done')
    expect(ran(where)).toBe(0)
    expect(await outcome(host.call(WIPE, { id: 'other' }))).toContain('refused')
    expect(await outcome(host.call(WIPE, { id: 'one' }))).toBe('deleted one')
    expect(await outcome(host.call(WIPE, { id: 'one' }))).toContain('refused')
    expect(executions(where.log).map(({ args }) => args['id'])).toEqual(['one'])
  })

  it('that declares elicitation and never shows it: the page is opened after the lead', async () => {
    const where = asking('wait: 30s, lead: 200ms')
    const host = await connect(where, { elicit: () => new Promise(() => {}) })
    const call = outcome(host.call(WIPE, { id: 'one' }, { timeout: 50_000 }))
    const human = await Human.at(where)
    expect(await human.decide('approve', 'one')).toBe('done')
    // 2026-07-28: the call itself has ended with the question; only an identical one spends the yes.
    const again = _name.includes('2026') ? outcome(connectAgain(host, { id: 'one' })) : call
    expect(await again).toBe('deleted one')
    expect(ran(where)).toBe(1)
  })

  it('whose user declines: not executed, no page; that closes the form without an answer: the page asks', async () => {
    const where = asking('wait: 30s')
    const said: { answer: Answer } = { answer: { action: 'decline' } }
    const host = await connect(where, { elicit: () => said.answer })
    expect(await outcome(host.call(WIPE, { id: 'one' }))).toContain('the human said no')
    expect(ran(where)).toBe(0)
    expect(links(where)).toEqual([])
    said.answer = { action: 'cancel' }
    const call = outcome(host.call(WIPE, { id: 'two' }))
    expect(await (await Human.at(where)).decide('approve', 'two')).toBe('done')
    expect(await call).toBe('deleted two')
    expect(ran(where)).toBe(1)
  })
})

/** Each to a host of one era; whatever else hosts say by themselves, in either era: test/approval/queue.test.ts. */
it.each([
  ['2026-07-28', 'declines', { action: 'decline' }, 1],
  ['SDK 1.32', 'says yes', APPROVE, 3],
] as const)(
  'a host of %s that %s by itself: the page asks, and only its yes runs the call',
  async (era, _what, answer, times) => {
    const where = asking('wait: 30s')
    const [, connect] = OF_EACH_ERA.find(([name]) => name.includes(era)) ?? []
    let asked = 0
    const elicit = (): Answer => {
      asked += 1
      return answer
    }
    const host = await connect?.(where, { elicit, byItself: true })
    if (host === undefined) throw new Error('there is no such host')
    const call = outcome(host.call(WIPE, { id: 'one' }))
    const human = await Human.at(where)
    expect([asked, ran(where)]).toEqual([times, 0])
    expect(await human.decide('approve', 'one')).toBe('done')
    expect(await call).toBe('deleted one')
    expect(ran(where)).toBe(1)
  },
)

/** A host whose user is not asked repeats the call; its own form is never answered. */
async function connectAgain(host: Host, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  return host.call(WIPE, args, { timeout: 50_000 })
}

describe('a host without an SDK, beside an open page', () => {
  const scene = shared(async () => {
    const where = asking('wait: 30s')
    const host = new RawHost(where)
    await host.initialize()
    const call = host.request('tools/call', { name: WIPE, arguments: { id: 'the first' } })
    const human = await Human.at(where)
    human.watch()
    await human.decide('deny', 'the first')
    await call
    return { where, host, human }
  })

  it('that gives up without a word: its question stays, its late answer is not missed, nothing runs twice', async () => {
    const { where, host, human } = await scene()
    const before = ran(where)
    const first = host.start('tools/call', { name: WIPE, arguments: { id: 'one' } })
    // The host has forgotten the call and sends it again while the first one still waits.
    const second = host.start('tools/call', { name: WIPE, arguments: { id: 'one' } })
    await until(async () => (await human.state()).sidecars[0]?.pending.length === 2, 'two questions')
    await human.decide('approve', 'one')
    await until(() => [first, second].some(({ id }) => host.answers.has(id)), 'one of them runs')
    expect(ran(where)).toBe(before + 1)
    await human.decide('deny', 'one')
    const results = [(await first.answer).result, (await second.answer).result]
    expect(results.filter((result) => result?.['isError'] === true)).toHaveLength(1)
    expect(ran(where)).toBe(before + 1)
  })

  it('is told by progress that the call still waits, which leaves room for the progress of the server', async () => {
    const { host, human } = await scene()
    const call = host.start('tools/call', {
      name: WIPE,
      arguments: { id: 'two' },
      _meta: { progressToken: 'p' },
    })
    const progress = (): number[] =>
      host.received.flatMap(({ method, params }) =>
        method === 'notifications/progress' ? [Number(params?.['progress'])] : [],
      )
    await until(() => progress().length > 1, 'two notifications')
    expect(progress()).toEqual(progress().toSorted((a, b) => a - b))
    expect(progress().every((value) => value < 0.001)).toBe(true)
    await human.decide('deny', 'two')
    await call.answer
  })

  it('which is not asked for in vain: sidemux approvals page says where it is', async () => {
    const { where, human } = await scene()
    await until(async () => (await human.state()).sidecars[0]?.pageOpen === true, 'the page is open')
    const { code, stdout, stderr } = await run(where, ['approvals', 'page'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^the page is open in your browser already: [^\n]+\n$/)
    expect(links(where)).toHaveLength(1)
  })
})

it('a host that only opens pages is sent to one that holds no secret; its button opens the real one', async () => {
  const where = asking('wait: 30s, lead: 60s')
  const host = new RawHost(where)
  let asked: Record<string, unknown> = {}
  host.onRequest = ({ id, method, params }) => {
    if (method !== 'elicitation/create' || id === undefined) return
    asked = params ?? {}
    host.send({ id, result: { action: 'accept' } })
  }
  await host.initialize({ elicitation: { url: {} } }, '2025-11-25')
  const call = host.request('tools/call', { name: WIPE, arguments: { id: 'one' } })
  await until(() => asked['mode'] === 'url', 'the host is asked to open a page')
  const door = new URL(String(asked['url']))
  expect(door.hostname).toBe('127.0.0.1')
  const shown = await sendFromHere({ method: 'GET', url: door, headers: {} })
  expect(shown.status).toBe(200)
  expect(shown.headers['set-cookie']).toBeUndefined()
  expect(shown.body).not.toContain('delete_thing')
  expect(links(where)).toEqual([])
  await sendFromHere({
    method: 'POST',
    url: new URL('/reopen', door),
    headers: { Origin: door.origin, 'Content-Type': 'application/x-www-form-urlencoded' },
  })
  expect(await (await Human.at(where)).decide('approve', 'one')).toBe('done')
  expect(textOf((await call).result ?? {})).toBe('deleted one')
  expect(ran(where)).toBe(1)
})
