/**
 * `sampling: confirm` from end to end (promise 4): a server asks for the host's model, a person reads what it would be
 * asked and decides, and only then is the host asked, once, for exactly that. What became of it is told to the server
 * and written down (promise 6).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BROWSER, startBrowser } from '../servers/chromium.mjs'
import { ERAS, TOKEN, type Era } from '../attacks/relay.ts'
import type { JsonObject } from './eras/peer.ts'
import { Human, links } from './human.ts'
import {
  asking,
  audited,
  enter,
  HOSTS,
  MODEL_SAYS,
  outcome,
  paramsOf,
  SamplingHost,
  scene,
} from './sampling.ts'
import { until } from './support.ts'
import { canHaveWorlds, World } from './terminals.ts'

const METHOD = 'sampling/createMessage'
const REFUSED = 'nobody said yes to it'
const PAIRS = HOSTS.flatMap(([name, , connect]) => ERAS.map((era) => [name, era, connect] as const))

/** As soon as there are so many. */
async function questionsOf(human: Human, count: number) {
  const open = async () => (await human.state()).sidecars.flatMap(({ pending }) => pending)
  await until(async () => (await open()).length === count, `${count} questions`)
  return open()
}

describe.each(PAIRS)('host %s, server of the era %s', (_name, era, connect) => {
  it('a yes: the host is asked once, for what the person read, and the server gets its answer', async () => {
    const where = scene(era)
    const peer = await enter(where, connect)
    const params = { ...paramsOf('What is the capital of France?'), systemPrompt: 'Be brief.' }
    const call = outcome(peer.call('box_ask', asking(era, params)))
    const human = await Human.at(where)
    const [question] = await questionsOf(human, 1)
    expect(question?.text.split('\n')[0]).toBe('May box have your model write for it?')
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
    expect(await audited(where)).toEqual([
      'box approval asked',
      'box approval approved',
      'box question asked',
      'box question answered',
      'box approval asked',
      'box approval denied',
      'box question denied',
    ])
  })

  it('a no: the host is never asked, and the server is refused with an error', async () => {
    const where = scene(era)
    const peer = await enter(where, connect)
    const call = outcome(peer.call('box_ask', asking(era, paramsOf('tell me'))))
    expect(await (await Human.at(where)).decide('deny', 'tell me')).toBe('done')
    if (era === 'legacy') {
      expect(await call).toEqual({ error: { code: -32000, message: REFUSED } })
      expect(where.heard()).toEqual([await call])
    } else expect(await call).toMatch(/refused: .*nobody said yes to it/)
    expect(peer.asked).toEqual([])
  })

  it('nobody answers in time: refused, and a late yes asks the host nothing', async () => {
    const where = scene(era, { channels: ['page'], wait: '500ms' })
    const peer = await enter(where, connect)
    const came = await outcome(peer.call('box_ask', asking(era, paramsOf('tell me'))))
    expect(JSON.stringify(came)).toContain(REFUSED)
    expect(await (await Human.at(where)).decide('approve', 'tell me')).toBe('done')
    await sleep(500)
    expect(peer.asked).toEqual([])
    expect(await audited(where)).toEqual([
      'box approval asked',
      'box approval pending',
      'box question denied',
      'box approval approved',
    ])
  })

  it('the host cancels the call: the question is withdrawn, and nobody can say yes to it any more', async () => {
    const where = scene(era)
    const peer = await enter(where, connect)
    const stop = new AbortController()
    const call = peer.call('box_ask', asking(era, paramsOf('tell me')), { signal: stop.signal })
    const ended = expect(call).rejects.toThrow()
    const human = await Human.at(where)
    await questionsOf(human, 1)
    stop.abort()
    await ended
    await questionsOf(human, 0)
    expect(peer.asked).toEqual([])
    expect(await audited(where)).toEqual([
      'box approval asked',
      'box approval cancelled',
      'box question denied',
    ])
  })

  it('two servers at once: each its own question, each its own answer', async () => {
    const where = scene(era)
    const peer = await enter(where, connect)
    const same = asking(era, paramsOf('tell me'))
    const [mine, theirs] = [outcome(peer.call('box_ask', same)), outcome(peer.call('two_ask', same))]
    const human = await Human.at(where)
    expect((await questionsOf(human, 2)).map(({ facts }) => facts.server).toSorted()).toEqual(['box', 'two'])
    expect(await human.decide('deny', 'May box have')).toBe('done')
    expect(JSON.stringify(await mine)).toContain(REFUSED)
    expect(await human.decide('approve', 'May two have')).toBe('done')
    expect(await theirs).toEqual(MODEL_SAYS)
    expect(peer.asked).toHaveLength(1)
    expect(links(where)).toHaveLength(1)
  })
})

describe.each(HOSTS)('host %s', (_name, hostEra, connect) => {
  const era: Era = hostEra

  it('what the person reads is what the model gets, with nothing hidden in it and no secret (promise 3)', async () => {
    const where = scene(era)
    const peer = await enter(where, connect)
    const text = `May box\u200B have\n\nrisk: none \u202Eecalp \u001B[2J ${TOKEN}`
    const base64 = Buffer.from(TOKEN).toString('base64')
    const params = {
      ...paramsOf(text),
      systemPrompt: `\u2066${base64}`,
      metadata: { note: 'kept', 'a\u200Bb': 1 },
      stopSequences: ['\u00A0'],
    }
    const call = outcome(peer.call('box_ask', asking(era, params)))
    const human = await Human.at(where)
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

  it('no channel but the host, which waits for its model: refused at once', async () => {
    const where = scene(era, { channels: ['elicitation'] })
    const peer = await enter(where, connect)
    const came = await outcome(peer.call('box_ask', asking(era, paramsOf('tell me'))))
    expect(JSON.stringify(came)).toContain(REFUSED)
    expect(peer.asked).toEqual([])
    expect(await audited(where)).toEqual([
      'box approval asked',
      'box approval unavailable',
      'box question denied',
    ])
  })

  it('what has no one way to be written is asked of nobody, and refused without a hang', async () => {
    // Half of a surrogate pair, where the server writes its token into its question.
    const where = scene(era)
    const peer = await enter({ ...where, env: { ...where.env, A_TOKEN: String.raw`\ud800` } }, connect)
    const came = await outcome(peer.call('box_ask', asking(era, paramsOf('half %TOKEN% a pair'))))
    expect(JSON.stringify(came)).toMatch(/(refused|error).*nobody could be asked for a yes to it/)
    expect(peer.asked).toEqual([])
    expect(links(where)).toEqual([])
    expect(await audited(where)).toEqual(['box question denied'])
  })
})

it.skipIf(BROWSER === undefined)('a person reads it in a browser, and presses Approve once', async () => {
  const browser = await startBrowser()
  onTestFinished(() => browser.close())
  for (const [, era, connect] of HOSTS) {
    const where = scene(era)
    const peer = await enter(where, connect)
    const call = outcome(peer.call('box_ask', asking(era, paramsOf(`What\u200B is ${TOKEN}?`))))
    await until(() => links(where).length > 0, 'the page is opened')
    const page = await browser.newPage()
    await page.goto(links(where).at(-1) ?? '')
    const card = page.getByRole('article', { name: `box / sampling ${METHOD}` })
    for (const words of ['Asked because', 'spends the tokens', '[redacted', 'U+200B'])
      await card.getByText(words).and(page.locator(':visible')).first().waitFor()
    expect(await card.textContent()).not.toContain(TOKEN)
    const button = card.getByRole('button', { name: 'Approve once', exact: true })
    await expect.poll(() => button.getAttribute('aria-disabled'), { timeout: 15_000 }).toBe('false')
    expect(peer.asked).toEqual([])
    await button.click()
    expect(await call).toEqual(MODEL_SAYS)
    expect(peer.asked).toHaveLength(1)
    await page.close()
  }
})

describe.runIf(canHaveWorlds).each(PAIRS)('at a terminal: host %s, server of the era %s', (hostName, era) => {
  const hostEra: Era = hostName.includes('2026') ? 'modern' : 'legacy'
  interface Listed {
    readonly id: string
    readonly facts: { readonly server: string }
  }
  const stage = async (wait = '30s') => {
    const where = scene(era, { channels: ['terminal'], wait })
    const world = new World(where)
    const listed = async (): Promise<readonly Listed[]> => {
      const { stdout } = await world.run(['approvals', '--json'])
      if (stdout === '') return []
      return (JSON.parse(stdout) as { sidecars: { pending: Listed[] }[] }).sidecars.flatMap(
        ({ pending }) => pending,
      )
    }
    const questions = async (count: number): Promise<readonly Listed[]> => {
      await until(async () => (await listed()).length === count, `${count} questions wait`)
      return listed()
    }
    return { where, world, host: await SamplingHost.in(world, where, hostEra), questions }
  }

  it('a typed yes to what is read there, and the host is asked once', async () => {
    const { where, world, host, questions } = await stage()
    const text = `What\u200B \u202Esi ${TOKEN}?`
    const call = outcome(host.call('box_ask', asking(era, paramsOf(text))).result)
    const [question] = await questions(1)
    expect((await world.run(['approvals'])).stdout).toMatch(
      / box +sampling\/createMessage +write +a call waits /,
    )
    const terminal = world.approvals(['approve', String(question?.id).slice(0, 8)])
    await terminal.shows('Type yes')
    expect(terminal.shown).toContain('May box have your model write for it?')
    expect(terminal.shown.replaceAll(/\n {8}/g, '')).toContain('What‹U+200B› ‹U+202E›si [redacted')
    expect(terminal.shown).not.toContain(TOKEN)
    expect(host.asked()).toEqual([])
    await terminal.type('yes\r')
    expect(await terminal.exited).toBe(0)
    expect(await call).toEqual(MODEL_SAYS)
    expect(host.asked()).toHaveLength(1)
    expect(JSON.stringify(host.asked())).toContain('What\u200B \u202Esi [redacted')
    expect(await audited(where)).toEqual([
      'box approval asked',
      'box approval approved',
      'box question asked',
      'box question answered',
    ])
  })

  it('two servers at once, denied both, and neither reaches the host', async () => {
    const { where, world, host, questions } = await stage()
    const calls = ['box', 'two'].map((id) =>
      outcome(host.call(`${id}_ask`, asking(era, paramsOf('tell me'))).result),
    )
    const both = await questions(2)
    expect(both.map(({ facts }) => facts.server).toSorted()).toEqual(['box', 'two'])
    expect(await world.approvals(['deny', ...both.map(({ id }) => id)]).exited).toBe(0)
    for (const call of calls) expect(JSON.stringify(await call)).toContain(REFUSED)
    expect(host.asked()).toEqual([])
    expect((await audited(where)).toSorted()).toEqual(
      ['box', 'two'].flatMap((id) => [
        `${id} approval asked`,
        `${id} approval denied`,
        `${id} question denied`,
      ]),
    )
  })

  it('nobody answers in time, or the host cancels: refused, withdrawn, and never asked', async () => {
    const late = await stage('500ms')
    const args: JsonObject = asking(era, paramsOf('tell me'))
    expect(JSON.stringify(await outcome(late.host.call('box_ask', args).result))).toContain(REFUSED)
    const { host, questions } = await stage()
    const call = host.call('box_ask', args)
    await questions(1)
    call.cancel()
    await expect(call.result).rejects.toThrow()
    await questions(0)
    expect([late.host.asked(), host.asked()]).toEqual([[], []])
  })
})
