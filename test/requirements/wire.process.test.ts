/** What only shows on the wire: what the sidecar writes to a host without an SDK, and what it made of a request for the server. */
import { describe, expect, test } from 'vitest'
import { once } from '../attacks/stage.ts'
import { textOf } from '../e2e/eras/check.ts'
import { anew, CHILDREN, HOSTS, shared, throughOne, type Child } from '../e2e/eras/pairs.ts'
import { EVERYTHING, type JsonObject, type RawPeer } from '../e2e/eras/peer.ts'

const OURS = 'io.modelcontextprotocol/'
const RAW = CHILDREN.filter(({ of }) => of === 'no SDK')

/** One for all tests of a server. */
function connected(era: 'old' | 'new', child: Child): () => Promise<RawPeer> {
  const host = HOSTS.find((one) => one.era === era && one.raw !== undefined)
  if (host === undefined) throw new Error('there is no such host')
  const running = shared(() => throughOne(host, child, EVERYTHING))
  return async () => {
    const { raw } = anew((await running()).way)
    if (raw === undefined) throw new Error('the host has an SDK')
    return raw
  }
}

interface Seen {
  readonly came: RawPeer['came']
  /** How often it was asked something. */
  readonly asked: number
}

/** Lists, reads, calls, is asked and refused: all that came meanwhile. */
async function busy(peer: RawPeer): Promise<Seen> {
  const [came, asked] = [peer.came.length, peer.asked.length]
  for (const kind of ['tools', 'prompts', 'resources', 'templates'] as const) await peer.list(kind)
  for (const tool of ['show_plain', 'structured', 'fails', 'progress', 'ask-form', 'ask-both', 'ask-roots'])
    await peer.call(`kid_${tool}`, {}, { onProgress: () => {} })
  await peer.prompt('kid_asks')
  await peer.read('sidemux://kid/test://asks')
  await peer.call('kid_nobody').catch(() => undefined)
  await peer.read('sidemux://kid/test://nobody').catch(() => undefined)
  return { came: peer.came.slice(came), asked: peer.asked.length - asked }
}

const told = async (peer: RawPeer, meta: JsonObject): Promise<JsonObject> => {
  const answer = await peer.call('kid_told', {}, { meta, onProgress: () => {} })
  return (JSON.parse(textOf(answer)) as { meta: JsonObject }).meta
}

const resultsOf = ({ came }: Seen): JsonObject[] =>
  came.flatMap(({ result }) => (result === undefined ? [] : [result]))

describe.each(RAW)('a server without an SDK, $era era', (child) => {
  const hosts = { old: connected('old', child), new: connected('new', child) }
  const seen = once(async () => busy(await hosts.new()))

  test('every line to the host is one message of JSON-RPC 2.0', async () => {
    const { came } = await seen()
    expect(came.length).toBeGreaterThan(15)
    for (const message of came) {
      expect(message.jsonrpc).toBe('2.0')
      const kinds = [message.method, message.result, message.error].filter((part) => part !== undefined)
      expect(kinds).toHaveLength(1)
    }
  })

  test('no request is written to a host of 2026-07-28, and no answer twice', async () => {
    const { came, asked } = await seen()
    expect(asked).toBeGreaterThanOrEqual(6)
    expect(came.filter(({ id, method }) => id !== undefined && method !== undefined)).toEqual([])
    const answered = came.filter(({ method }) => method === undefined).map(({ id }) => id)
    expect(new Set(answered).size).toBe(answered.length)
  })

  test('every result of 2026-07-28 says its type and that it is ours', async () => {
    for (const result of resultsOf(await seen())) {
      expect(['complete', 'input_required']).toContain(result['resultType'])
      const { [`${OURS}serverInfo`]: info } = (result['_meta'] ?? {}) as JsonObject
      expect(info).toMatchObject({ name: 'sidemux' })
    }
  })

  test('cache hints stand on complete results only, and what asks has something to ask', async () => {
    const asking = resultsOf(await seen()).filter(({ resultType }) => resultType === 'input_required')
    expect(asking.length).toBeGreaterThanOrEqual(5)
    for (const result of asking) {
      expect(result).not.toHaveProperty('ttlMs')
      expect(result).not.toHaveProperty('cacheScope')
      expect(result['inputRequests'] ?? result['requestState']).toBeDefined()
    }
  })

  test('no error code is one that 2026-07-28 took back', async () => {
    const { came } = await seen()
    const codes = came.flatMap(({ error }) => (error === undefined ? [] : [error.code]))
    expect(codes).toEqual([-32_602, -32_602])
  })

  test.each(['old', 'new'] as const)(
    'a request of a host of the %s era is told in our words',
    async (era) => {
      const peer = await hosts[era]()
      const meta = await told(peer, { traceparent: '00-01-02-01', [`${OURS}own`]: 1 })
      expect(meta).toMatchObject({ traceparent: '00-01-02-01' })
      expect(meta['progressToken']).toBeDefined()
      expect(meta['progressToken']).not.toBe('progress-1')
      expect(meta).not.toHaveProperty(`${OURS}own`)
      if (child.era === 'new') {
        expect(meta[`${OURS}clientInfo`]).toMatchObject({ name: 'sidemux' })
        expect(meta[`${OURS}protocolVersion`]).toBe('2026-07-28')
      }
    },
  )

  describe('a requestState', () => {
    const ask = { name: 'kid_ask-form', arguments: {} }
    const accept = { action: 'accept', content: { name: 'Ada' } }
    const retried = async (peer: RawPeer): Promise<{ retry: JsonObject; state: string }> => {
      const asking = await peer.once('tools/call', ask)
      const keys = Object.keys(asking['inputRequests'] as JsonObject)
      const inputResponses = Object.fromEntries(keys.map((key) => [key, accept]))
      const state = String(asking['requestState'])
      return { retry: { ...ask, inputResponses, requestState: state }, state }
    }

    test('leads the answers to the server', async () => {
      const peer = await hosts.new()
      const { retry } = await retried(peer)
      expect(textOf(await peer.once('tools/call', retry))).toBe(JSON.stringify(accept))
    })

    test('that was changed, is of another call or of another tool, is refused', async () => {
      const peer = await hosts.new()
      const { retry, state } = await retried(peer)
      const at = Math.floor(state.length / 2)
      const changed = state.slice(0, at) + (state[at] === 'A' ? 'B' : 'A') + state.slice(at + 1)
      const refused = [
        { ...retry, requestState: changed },
        { ...retry, requestState: `${state}A` },
        { ...retry, requestState: '' },
        { ...retry, arguments: { other: true } },
        { ...retry, name: 'kid_ask-roots' },
      ]
      const codes: unknown[] = []
      for (const wrong of refused)
        codes.push(
          await peer.once('tools/call', wrong).then(
            ({ resultType }) => resultType,
            ({ code }: { code: number }) => code,
          ),
        )
      // One that is empty is none: the call is a new one, which asks.
      expect(codes).toEqual([-32_602, -32_602, 'input_required', -32_602, -32_602])
    })

    test('without answers to all that was asked is asked again', async () => {
      const peer = await hosts.new()
      const { retry } = await retried(peer)
      const again = await peer.once('tools/call', { ...retry, inputResponses: {} })
      expect(again['resultType']).toBe('input_required')
      const [key] = Object.keys(again['inputRequests'] as JsonObject)
      const inputResponses = { [key ?? '']: accept, nobody: accept }
      const last = { ...ask, inputResponses, requestState: again['requestState'] }
      expect(textOf(await peer.once('tools/call', last))).toBe(JSON.stringify(accept))
    })

    test('says nothing that a server gave', async () => {
      const peer = await hosts.new()
      const asking = await peer.once('tools/call', { name: 'kid_ask-both', arguments: {} })
      const state = String(asking['requestState'])
      for (const part of [
        state,
        ...state.split(/[.:]/).map((one) => Buffer.from(one, 'base64url').toString('latin1')),
      ])
        expect(part).not.toMatch(/both|kid|ask-/)
    })
  })
})
