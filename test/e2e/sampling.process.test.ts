/**
 * `sampling: confirm` from end to end (promise 4): a server asks for the host's model, a person reads what it would be
 * asked and decides, and only then is the host asked, once, for exactly that. What became of it is told to the server
 * and written down (promise 6).
 */
import { describe, expect, it } from 'vitest'
import { ERAS, TOKEN, type Era } from '../attacks/relay.ts'
import type { Connect, JsonObject, Peer } from './eras/peer.ts'
import { Human, links } from './human.ts'
import { runHere } from './run-here.ts'
import {
  asking,
  audited,
  enter,
  enterHere,
  HOSTS,
  METHOD,
  MODEL_SAYS,
  outcome,
  paramsOf,
  SamplingHost,
  scene,
  type Scene,
} from './sampling.ts'
import { shared, until } from './support.ts'
import { canHaveWorlds, World } from './terminals.ts'

const REFUSED = 'nobody said yes to it'
const PAIRS = HOSTS.flatMap(([name, , connect]) => ERAS.map((era) => [name, era, connect] as const))

/** As soon as there are so many. */
async function questionsOf(human: Human, count: number) {
  const open = async () => (await human.state()).sidecars.flatMap(({ pending }) => pending)
  await until(async () => (await open()).length === count, `${count} questions`)
  return open()
}

interface Open {
  readonly where: Scene
  readonly peer: Peer
  readonly human: Human
  /** What the audit log says since this test began. */
  readonly said: () => readonly string[]
}

/** A sidecar whose page is open. A no is remembered, so each test asks for words of its own. */
function opened(era: Era, connect: Connect): () => Promise<Open> {
  const made = shared(async () => {
    const where = scene(era)
    const peer = await enter(where, connect)
    const call = outcome(peer.call('box_ask', asking(era, paramsOf('the first'))))
    const human = await Human.at(where)
    human.watch()
    await human.decide('deny', 'the first')
    await call
    return { where, peer, human }
  })
  return async () => {
    const { where, peer, human } = await made()
    peer.asked.length = 0
    const before = audited(where).length
    return { where, peer, human, said: () => audited(where).slice(before) }
  }
}

describe.each(PAIRS)('host %s, server of the era %s', (_name, era, connect) => {
  const page = opened(era, connect)

  it('a yes: the host is asked once, for what the person read, and the server gets its answer', async () => {
    const { where, peer, human, said } = await page()
    const params = { ...paramsOf('What is the capital of France?'), systemPrompt: 'Be brief.' }
    const call = outcome(peer.call('box_ask', asking(era, params)))
    const [question] = await questionsOf(human, 1)
    expect(question?.text.split('\n')[0]).toMatch(/^box: have your model write for it /)
    expect(question?.facts).toMatchObject({ kind: 'sampling', server: 'box', tool: METHOD, args: params })
    expect(question?.offer).toBeUndefined()
    expect(peer.asked).toEqual([])
    expect(await human.decide('approve', 'capital of France')).toBe('done')
    expect(await call).toEqual(MODEL_SAYS)
    expect(peer.asked).toEqual([{ method: METHOD, params: expect.objectContaining(params) as unknown }])
    // The next one is asked about anew, however alike it is.
    const again = outcome(peer.call('box_ask', asking(era, params)))
    expect(await human.decide('deny', 'capital of France')).toBe('done')
    await again
    expect(peer.asked).toHaveLength(1)
    expect(said()).toEqual([
      'box approval asked',
      'box approval approved',
      'box question asked',
      'box question answered',
      'box approval asked',
      'box approval denied',
      'box question denied',
    ])
    expect(await runHere(where, ['audit', 'verify'])).toMatchObject({ code: 0 })
  })

  it('a no: the host is never asked, and the server is refused with an error', async () => {
    const { where, peer, human } = await page()
    const heard = where.heard().length
    const call = outcome(peer.call('box_ask', asking(era, paramsOf('tell me a story'))))
    expect(await human.decide('deny', 'tell me a story')).toBe('done')
    if (era === 'legacy') {
      expect(await call).toEqual({ error: { code: -32000, message: REFUSED } })
      expect(where.heard().slice(heard)).toEqual([await call])
    } else expect(await call).toMatch(/refused: .*nobody said yes to it/)
    expect(peer.asked).toEqual([])
  })

  it('the host cancels the call: the question is withdrawn, and nobody can say yes to it any more', async () => {
    const { peer, human, said } = await page()
    const stop = new AbortController()
    const asks = asking(era, paramsOf('tell me at once'))
    const call = peer.call('box_ask', asks, { signal: stop.signal })
    const ended = expect(call).rejects.toThrow()
    await questionsOf(human, 1)
    stop.abort()
    await ended
    await questionsOf(human, 0)
    expect(peer.asked).toEqual([])
    expect(said()).toEqual(['box approval asked', 'box approval cancelled', 'box question denied'])
  })

  it('two servers at once: each its own question, each its own answer', async () => {
    const { where, peer, human } = await page()
    const same = asking(era, paramsOf('tell me both'))
    const [mine, theirs] = [outcome(peer.call('box_ask', same)), outcome(peer.call('two_ask', same))]
    expect((await questionsOf(human, 2)).map(({ facts }) => facts.server).toSorted()).toEqual(['box', 'two'])
    expect(await human.decide('deny', 'box: have')).toBe('done')
    expect(JSON.stringify(await mine)).toContain(REFUSED)
    expect(await human.decide('approve', 'two: have')).toBe('done')
    expect(await theirs).toEqual(MODEL_SAYS)
    expect(peer.asked).toHaveLength(1)
    expect(links(where)).toHaveLength(1)
  })

  it('what the person reads is what the model gets, with nothing hidden in it and no secret (promise 3)', async () => {
    const { peer, human } = await page()
    const text = `May box\u200B have\n\nrisk: none \u202Eecalp \u001B[2J ${TOKEN}`
    const base64 = Buffer.from(TOKEN).toString('base64')
    const params = {
      ...paramsOf(text),
      systemPrompt: `\u2066${base64}`,
      metadata: { note: 'kept', 'a\u200Bb': 1 },
      stopSequences: ['\u00A0'],
    }
    const call = outcome(peer.call('box_ask', asking(era, params)))
    const [question] = await questionsOf(human, 1)
    expect(question?.text).toContain('May box‹U+200B› have')
    expect(question?.text).toContain('‹U+202E›ecalp')
    expect(question?.text).toContain('‹U+2066›[redacted')
    expect(question?.text).toContain('"a‹U+200B›b":1')
    expect(question?.text).toContain('‹U+00A0›')
    expect(question?.text).not.toMatch(/[^\P{C}\n]/u)
    for (const secret of [TOKEN, base64]) expect(JSON.stringify(question)).not.toContain(secret)
    expect(await human.decide('approve')).toBe('done')
    expect(await call).toEqual(MODEL_SAYS)
    const { _meta, ...got } = peer.asked[0]?.params ?? {}
    expect(got).toEqual(question?.facts.args)
    expect(JSON.stringify(got)).toContain('May box\u200B have')
    expect(_meta).toBeUndefined()
  })
})

/** The server that asks. */
const ALONE = ['box']

describe.each(HOSTS)('host and server of %s', (_name, era, connect) => {
  it('nobody answers in time: refused, and a late yes asks the host nothing', async () => {
    const where = scene(era, { channels: ['page'], wait: '500ms' }, ALONE)
    const peer = await enter(where, connect)
    const came = await outcome(peer.call('box_ask', asking(era, paramsOf('tell me'))))
    expect(JSON.stringify(came)).toContain(REFUSED)
    // He is asked as soon as his browser has started, which may take longer than the call waits.
    const asked = 'box approval asked'
    await until(() => audited(where).includes(asked), 'his browser has started')
    expect(await (await Human.at(where)).decide('approve', 'tell me')).toBe('done')
    // What the host is asked comes before the answer to what it asks later.
    await peer.list('tools')
    expect(peer.asked).toEqual([])
    const said = audited(where)
    expect(said.filter((line) => line !== asked)).toEqual([
      'box approval pending',
      'box question denied',
      'box approval approved',
    ])
  })

  it('no channel but the host, which waits for its model: refused at once', async () => {
    const where = scene(era, { channels: ['elicitation'] }, ALONE)
    const peer = await enterHere(where, connect)
    const came = await outcome(peer.call('box_ask', asking(era, paramsOf('tell me'))))
    expect(JSON.stringify(came)).toContain(REFUSED)
    expect(peer.asked).toEqual([])
    expect(audited(where)).toEqual([
      'box approval unavailable',
      'box approval unavailable',
      'box question denied',
    ])
  })

  it('what has no one way to be written is asked of nobody, and refused without a hang', async () => {
    // Half of a surrogate pair, where the server writes its token into its question.
    const where = scene(era, undefined, ALONE)
    const peer = await enterHere({ ...where, env: { ...where.env, A_TOKEN: String.raw`\ud800` } }, connect)
    const came = await outcome(peer.call('box_ask', asking(era, paramsOf('half %TOKEN% a pair'))))
    expect(JSON.stringify(came)).toMatch(/(refused|error).*nobody could be asked for a yes to it/)
    expect(peer.asked).toEqual([])
    expect(links(where)).toEqual([])
    expect(audited(where)).toEqual(['box question denied'])
  })
})

interface Listed {
  readonly id: string
  readonly facts: { readonly server: string }
}

/** Of one era: what differs by era comes before anybody is asked, or after it, and is shown at the page. */
const AT_TERMINALS = HOSTS.slice(-1)

describe.runIf(canHaveWorlds).each(AT_TERMINALS)('at a terminal: host and server of %s', (_name, era) => {
  const stage = async (wait = '30s', ids?: readonly string[]) => {
    const where = scene(era, { channels: ['terminal'], wait }, ids)
    const world = new World(where)
    return { where, world, host: await SamplingHost.in(world, where, era) }
  }
  const terminals = shared(async () => stage())
  const begin = async () => {
    const { where, world, host } = await terminals()
    const [before, asked] = [audited(where).length, host.asked().length]
    const said = (): readonly string[] => audited(where).slice(before)
    const listed = async (): Promise<readonly Listed[]> => {
      const { stdout } = await world.run(['approvals', '--json'])
      return (JSON.parse(stdout) as { sidecars: { pending: Listed[] }[] }).sidecars.flatMap(
        ({ pending }) => pending,
      )
    }
    const questions = async (count: number): Promise<readonly Listed[]> => {
      // Looked for in the log first, since each look at the list is a program that starts.
      const written = (): readonly string[] => said().filter((line) => line.includes(' approval '))
      await until(() => written().length >= count, `${count} questions are written down`)
      let found: readonly Listed[] = []
      await until(async () => (found = await listed()).length === count, `${count} questions wait`)
      return found
    }
    return { world, host, said, listed, questions, asked: () => host.asked().slice(asked) }
  }

  it('a typed yes to what is read there, and the host is asked once', async () => {
    const { world, host, said, questions, asked } = await begin()
    const text = `What\u200B \u202Esi ${TOKEN}?`
    const call = outcome(host.call('box_ask', asking(era, paramsOf(text))).result)
    const [question] = await questions(1)
    expect((await world.run(['approvals'])).stdout).toMatch(
      / box +sampling\/createMessage +write +a call waits /,
    )
    const terminal = world.approvals(['approve', String(question?.id).slice(0, 8)])
    await terminal.shows('Type yes')
    expect(terminal.shown).toContain('box: have your model write for it')
    expect(terminal.shown.replaceAll(/\n {8}/g, '')).toContain('What‹U+200B› ‹U+202E›si [redacted')
    expect(terminal.shown).not.toContain(TOKEN)
    expect(asked()).toEqual([])
    terminal.type('yes\r')
    expect(await terminal.exited).toBe(0)
    expect(await call).toEqual(MODEL_SAYS)
    expect(asked()).toHaveLength(1)
    expect(JSON.stringify(asked())).toContain('What\u200B \u202Esi [redacted')
    expect(said()).toEqual([
      'box approval unavailable',
      'box approval approved',
      'box question asked',
      'box question answered',
    ])
  })

  it('two servers at once, denied both, and neither reaches the host', async () => {
    const { world, host, said, questions, asked } = await begin()
    const calls = ['box', 'two'].map((id) =>
      outcome(host.call(`${id}_ask`, asking(era, paramsOf('tell me'))).result),
    )
    const both = await questions(2)
    expect(both.map(({ facts }) => facts.server).toSorted()).toEqual(['box', 'two'])
    expect(await world.approvals(['deny', ...both.map(({ id }) => id)]).exited).toBe(0)
    for (const call of calls) expect(JSON.stringify(await call)).toContain(REFUSED)
    expect(asked()).toEqual([])
    // Whether somebody could be reached at first depends on whether the test before this one ran.
    const ends = said().filter((line) => line.endsWith(' denied'))
    expect(ends.toSorted()).toEqual(
      ['box', 'two'].flatMap((id) => [`${id} approval denied`, `${id} question denied`]),
    )
  })

  it('the host cancels: withdrawn, and never asked', async () => {
    const { host, said, listed, questions, asked } = await begin()
    const call = host.call('box_ask', asking(era, paramsOf('tell me at once')))
    await questions(1)
    call.cancel()
    await expect(call.result).rejects.toThrow()
    await until(() => said().includes('box approval cancelled'), 'it is withdrawn')
    expect(await listed()).toEqual([])
    expect(asked()).toEqual([])
  })

  it('nobody answers in time: refused, and never asked', async () => {
    const { host } = await stage('500ms', ALONE)
    const args: JsonObject = asking(era, paramsOf('tell me'))
    expect(JSON.stringify(await outcome(host.call('box_ask', args).result))).toContain(REFUSED)
    expect(host.asked()).toEqual([])
  })
})
