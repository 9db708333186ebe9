/** Promise 4 against retries that are forged, repeated and mixed up, and questions that are put to the wrong call. */
import { describe, expect, it } from 'vitest'
import { elapse, shared, until } from '../e2e/support.ts'
import { report } from './stage.ts'
import {
  ACCEPT,
  answersTo,
  APPROVE,
  asking,
  asksOf,
  den,
  ERAS,
  form,
  newHost,
  RUN,
  SERVER_OF,
  stateOf,
  TOKEN,
  told,
  WIPE,
  type Den,
  type Era,
  type JsonObject,
  type NewHost,
} from './relay.ts'

const keyOf = (asked: Parameters<typeof asksOf>[0]): string => asksOf(asked)[0]?.[0] ?? ''

/** A wipe that a human said yes to, and that now asks. */
async function wiping(host: NewHost, era: Era, name = 'evil_wipe', steps = asking(era)) {
  const question = await host.run(steps, {}, name)
  elapse(host.raw.where)
  const approved = { requestState: stateOf(question), inputResponses: APPROVE }
  const asked = await host.run(steps, approved, name)
  expect(asksOf(asked)).toHaveLength(1)
  return { steps, approved, asked, retry: { requestState: stateOf(asked), inputResponses: answersTo(asked) } }
}

interface Scene {
  readonly where: Den
  readonly host: NewHost
}

/** Two servers of the era, with prompts too. */
function scene(era: Era): () => Promise<Scene> {
  return shared(async () => {
    const says = {
      capabilities: { tools: {}, prompts: {}, completions: {} },
      prompts: [{ ...WIPE }, { name: 'p' }],
    }
    const where = den({ era, two: era, says })
    return { where, host: await newHost(where) }
  })
}
const scenes: Readonly<Record<Era, () => Promise<Scene>>> = {
  legacy: scene('legacy'),
  modern: scene('modern'),
}

async function fresh(era: Era): Promise<Scene> {
  const made = await scenes[era]()
  made.where.forget()
  return made
}

/** How often the server was made to begin, and to go on. */
const begun = (where: Den, server = 'evil'): number =>
  where.calls('wipe', server).filter((params) => !('requestState' in params)).length
const resumed = (where: Den, server = 'evil'): number =>
  where.calls('wipe', server).filter((params) => 'requestState' in params).length +
  where.log(server).filter(({ heard }) => heard !== undefined && !('error' in heard)).length

describe.each(ERAS)('one yes, one execution (promise 4), server of the era %s', (era) => {
  it('ten identical retries at the same moment, and each again later', async () => {
    const { where, host } = await fresh(era)
    const { steps, approved, retry } = await wiping(host, era)
    const all = await Promise.all(Array.from({ length: 10 }, () => host.run(steps, retry, 'evil_wipe')))
    expect(all.filter(({ result }) => result !== undefined)).toHaveLength(1)
    for (const again of [retry, approved, { ...retry, inputResponses: {} }]) {
      const { error, result } = await host.run(steps, again, 'evil_wipe')
      expect(error?.code ?? result?.['resultType']).toBe(-32602)
    }
    expect([begun(where), resumed(where)]).toEqual([1, 1])
    report(`relay, retries of a confirmed call (${era})`, { retries: 13, executed: 1 })
  })

  it('retries that bring no answer, or a wrong one, are asked again, and it goes on once', async () => {
    const { where, host } = await fresh(era)
    const { steps, asked, retry } = await wiping(host, era)
    const key = keyOf(asked)
    const wrong = { [key]: { action: 'yes please' }, other: ACCEPT }
    if (era === 'legacy') {
      const next = await host.run(steps, { ...retry, inputResponses: {} }, 'evil_wipe')
      expect(asksOf(next)).toHaveLength(1)
      const last = await host.run(steps, { requestState: stateOf(next), inputResponses: wrong }, 'evil_wipe')
      expect(told(last).heard).toEqual([{ action: 'decline' }])
    } else {
      const next = await host.run(steps, { ...retry, inputResponses: wrong }, 'evil_wipe')
      expect(told(next).inputResponses).toEqual({ q: { action: 'decline' } })
      expect(told(next).requestState).toBe('its own')
    }
    expect([begun(where), resumed(where)]).toEqual([1, 1])
  })

  it.each<[string, (of: { retry: JsonObject; approved: JsonObject }) => JsonObject, string?, JsonObject?]>([
    ['cut', ({ retry }) => ({ ...retry, requestState: String(retry['requestState']).slice(0, -2) })],
    [
      'with one letter changed',
      ({ retry }) => ({
        ...retry,
        requestState: String(retry['requestState']).replace(/.$/, (l) => (l === 'A' ? 'B' : 'A')),
      }),
    ],
    [
      'of an approval, as that of a continuation',
      ({ approved }) => ({
        ...approved,
        requestState: String(approved['requestState']).replace('s1.', 'c1.'),
      }),
    ],
    [
      'of a continuation, as that of an approval',
      ({ retry }) => ({
        inputResponses: APPROVE,
        requestState: String(retry['requestState']).replace('c1.', 's1.'),
      }),
    ],
    ['that is empty', ({ retry }) => ({ ...retry, requestState: 'c1.' })],
    ['of 5 MB', ({ retry }) => ({ ...retry, requestState: `c1.${'A'.repeat(5e6)}` })],
    ['with other arguments', ({ retry }) => retry, 'evil_wipe', { more: 1 }],
    ['with another tool', ({ retry }) => retry, 'evil_get_run'],
    ['with another server', ({ retry }) => retry, 'two_wipe'],
  ])('a state %s is none', async (_what, forge, name = 'evil_wipe', more: JsonObject = {}) => {
    const { where, host } = await fresh(era)
    const { steps, retry, approved } = await wiping(host, era)
    const { error, result } = await host.request('tools/call', {
      name,
      arguments: { steps, ...more },
      ...forge({ retry, approved }),
    })
    expect(error?.code, JSON.stringify(result)).toBe(-32602)
    expect([
      begun(where),
      resumed(where),
      where.log('two').filter(({ method }) => method === 'tools/call').length,
    ]).toEqual([1, 0, 0])
    // The true one is still good.
    expect((await host.run(steps, retry, 'evil_wipe')).error).toBeUndefined()
  })

  it('a state of a tool is none of a prompt, and none in another run', async () => {
    const { where, host } = await fresh(era)
    const { steps, retry } = await wiping(host, era)
    const { error } = await host.request('prompts/get', { name: 'evil_wipe', arguments: { steps }, ...retry })
    expect(error?.code).toBe(-32602)
    const other = await newHost(where)
    expect((await other.run(steps, retry, 'evil_wipe')).error?.code).toBe(-32602)
    expect(resumed(where)).toBe(0)
  })

  it('answers that nobody asked for do not slip in beside a yes', async () => {
    const { where, host } = await fresh(era)
    const inputResponses = { q: { action: 'accept', content: { everything: true } } }
    const steps = [{}]
    const asked = await host.run(steps, { inputResponses }, 'evil_wipe')
    elapse(where)
    const done = await host.run(
      steps,
      { requestState: stateOf(asked), inputResponses: { ...APPROVE, ...inputResponses } },
      'evil_wipe',
    )
    expect(told(done).inputResponses).toBeUndefined()
    expect(begun(where)).toBe(1)
  })
})

it('goes no further when the definition has changed meanwhile, in either era', async () => {
  const where = den({ two: 'modern', says: { capabilities: { tools: { listChanged: true }, logging: {} } } })
  const host = await newHost(where)
  const wiped = await Promise.all(
    ERAS.map(async (era) => {
      const name = SERVER_OF[era]
      return { name, ...(await wiping(host, era, `${name}_wipe`)) }
    }),
  )
  // What changed isn't told to hosts, and what is new is, by its name.
  const fresh = { name: 'get_fresh', inputSchema: { type: 'object' } }
  where.says({ tools: [RUN, { ...WIPE, description: 'harmless' }, fresh] })
  const changed = { send: { method: 'notifications/tools/list_changed' } }
  for (const { name } of wiped) await host.run([changed], {}, `${name}_get_run`)
  await until(async () => {
    const listed = JSON.stringify((await host.request('tools/list')).result)
    return wiped.every(({ name }) => listed.includes(`${name}_get_fresh`))
  }, 'the change is seen')
  for (const { name, steps, retry } of wiped) {
    expect((await host.run(steps, retry, `${name}_wipe`)).error?.code).toBe(-32602)
    expect([begun(where, name), resumed(where, name)]).toEqual([1, 0])
  }
})

describe('a question of another call', () => {
  it('reaches its server though the youngest call, which it was put to, ends first; nobody is asked twice', async () => {
    const { host } = await fresh('legacy')
    const first = host.start('tools/call', {
      name: 'evil_get_run',
      arguments: { steps: [{ wait: 300 }, { ask: form('of the first') }] },
    })
    const steps = [{ wait: 600 }, { result: { content: [] } }]
    const asked = await host.run(steps)
    expect(asksOf(asked)).toHaveLength(1)
    // The second ends at its server, and then the retry that the host owes it brings the answer of the first.
    await host.run([{ wait: 600 }])
    const retry = { requestState: stateOf(asked), inputResponses: answersTo(asked) }
    expect((await host.run(steps, retry)).result?.['content']).toEqual([])
    expect(told(await first.answer).heard).toEqual([ACCEPT])
  })

  it('is not answered by the retry of another server, nor withdrawn by it', async () => {
    const { where, host } = await fresh('legacy')
    const steps = asking('legacy')
    const mine = await host.run(steps)
    const theirs = await host.run(steps, {}, 'two_get_run')
    const [myKey, theirKey] = [keyOf(mine), keyOf(theirs)]
    const both = { [myKey]: ACCEPT, [theirKey]: ACCEPT }
    for (const state of [stateOf(mine), stateOf(theirs)])
      expect(
        (
          await host.run(
            steps,
            { requestState: state, inputResponses: both },
            state === stateOf(mine) ? 'two_get_run' : 'evil_get_run',
          )
        ).error?.code,
      ).toBe(-32602)
    expect(where.log('two').filter(({ heard }) => heard)).toEqual([])
    expect(told(await host.run(steps, { requestState: stateOf(mine), inputResponses: both })).heard).toEqual([
      ACCEPT,
    ])
    expect(where.log('two').filter(({ heard }) => heard)).toEqual([])
  })

  it('is not put to a completion, which can have none', async () => {
    const { host } = await fresh('legacy')
    const slow = host.start('tools/call', {
      name: 'evil_get_run',
      arguments: { steps: [{ wait: 100 }, { ask: form('?') }] },
    })
    const ref = { type: 'ref/prompt', name: 'evil_p' }
    const { result } = await host.request('completion/complete', { ref, argument: { name: 'a', value: '' } })
    expect(result).toHaveProperty('completion')
    expect(asksOf(await slow.answer)).toHaveLength(1)
  })
})

it('a call whose server went away while it was parked is not made again (promise 4)', async () => {
  const { where, host } = await fresh('legacy')
  const { steps, retry } = await wiping(host, 'legacy')
  await host.run([{ die: true }])
  await until(async () => (await host.run([])).result?.['isError'] !== true, 'it is back')
  const { result } = await host.run(steps, retry, 'evil_wipe')
  expect(result?.['isError']).toBe(true)
  expect((await host.run(steps, retry, 'evil_wipe')).error?.code).toBe(-32602)
  expect(begun(where)).toBe(1)
})

it('a long state of the server comes back to it byte by byte, and its question is masked all the same', async () => {
  const { where, host } = await fresh('modern')
  const requestState = `${'\u0000é"\\'.repeat(100_000)}%TOKEN%`
  const steps = [{ needs: { inputRequests: { q: form('may I %TOKEN%') }, requestState } }, {}]
  const asked = await host.run(steps)
  expect(JSON.stringify(asksOf(asked))).toContain('evil asks: may I [redacted')
  await host.run(steps, { requestState: stateOf(asked), inputResponses: answersTo(asked) })
  const [, second] = where.calls()
  expect(second?.['requestState']).toBe(requestState.replace('%TOKEN%', TOKEN))
})

describe('questions without end', () => {
  it('100,000 at once are none', async () => {
    const { host } = await fresh('modern')
    const needs = {
      inputRequests: Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`q${n}`, form('?')])),
    }
    const { result } = await host.run([{ needs }])
    expect(result?.['isError']).toBe(true)
  })

  it('a state of the server too long to come back ends the call', async () => {
    const { host } = await fresh('modern')
    const { result } = await host.run([
      { needs: { inputRequests: { q: form('?') }, requestState: 'x'.repeat(5e6) } },
    ])
    expect(result?.['isError']).toBe(true)
  })

  it('nobody comes back: 100 parked calls, the host leaves, and all ends (promise 8)', async () => {
    const where = den()
    const host = await newHost(where)
    let parked = 0
    const call = async (n: number): Promise<void> => {
      if (asksOf(await host.run([{ ask: form(`${n}?`) }])).length > 0) parked += 1
    }
    for (let n = 0; n < 100; n += 1) void call(n)
    // A server may ask so many questions at once; its other calls wait for it.
    await until(() => parked === 64, '64 are parked')
    const started = performance.now()
    host.raw.process.stdin?.end()
    await host.raw.exited()
    report('relay, parked calls nobody comes back for', {
      parked,
      'end ms': Math.round(performance.now() - started),
    })
  })

  it('what nobody comes back for is cancelled at the server when the question expires', async () => {
    const where = den({ approvals: '{ channels: [elicitation], expire: 1s }' })
    const host = await newHost(where)
    const steps = asking('legacy')
    const asked = await host.run(steps)
    await until(
      () => where.log().some(({ method }) => method === 'notifications/cancelled'),
      'the server is told',
    )
    expect(
      (await host.run(steps, { requestState: stateOf(asked), inputResponses: answersTo(asked) })).error?.code,
    ).toBe(-32602)
  })

  it('progress of a parked call is told to nobody', async () => {
    const { host } = await fresh('legacy')
    const steps = [
      { ask: form('?'), later: true },
      { wait: 300 },
      { send: { method: 'notifications/progress', params: { progressToken: '%PT%', progress: 7 } } },
      { wait: 300 },
    ]
    const meta = { progressToken: 'of the parked call' }
    await host.request('tools/call', { name: 'evil_get_run', arguments: { steps } }, meta)
    await until(async () => (await host.run([{ wait: 800 }])).result !== undefined, 'some time')
    const told = host.raw.received.filter(({ params }) => params?.['progressToken'] === meta.progressToken)
    expect(told).toEqual([])
  })
})
