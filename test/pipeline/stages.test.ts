/** Each stage alone, with the outcome that it must give. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { GENESIS, onLine, seal, type AuditRecord } from '../../src/audit/chain/chain.ts'
import type { RecordFacts } from '../../src/audit/chain/record-text.ts'
import { NotWritten } from '../../src/audit/not-written.ts'
import { canonicalHash } from '../../src/json/canonical.ts'
import type { Target } from '../../src/catalog/target.ts'
import type { Call, Outcome, Stage } from '../../src/pipeline/call.ts'
import { confirm, type ConfirmDeps } from '../../src/pipeline/stages/confirm.ts'
import { contain } from '../../src/pipeline/stages/contain.ts'
import { learn } from '../../src/pipeline/stages/learn.ts'
import { limit, Limits, type ServerLimits } from '../../src/pipeline/stages/limit.ts'
import { record, type RecordDeps } from '../../src/pipeline/stages/record.ts'
import { resolve } from '../../src/pipeline/stages/resolve.ts'
import { scrub, type ScrubDeps } from '../../src/pipeline/stages/scrub.ts'
import { Refusals, turnAway } from '../../src/pipeline/stages/turn-away.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'

const target: Target = {
  kind: 'tool',
  server: 'box',
  name: 'delete_x',
  definition: { name: 'delete_x' },
  emitted: 'box_delete_x',
  verdict: { kind: 'confirm', risk: 'destructive', rule: 'risk', reason: 'named delete' },
  hash: 't',
  launchHash: 'l',
  changes: [],
}
const call: Call = {
  id: '1',
  name: 'box_delete_x',
  args: { id: 'x' },
  signal: new AbortController().signal,
  asker: { kind: 'none', why: 'none' },
  caller: { capabilities: {} },
  kind: 'tool',
  target,
}
const ok: Outcome = { kind: 'result', result: { content: [{ type: 'text', text: 'done' }] } }

const noPages = {
  apps: () => false,
  whyUnlisted: async () => undefined,
  findForPage: () => undefined,
  pageShown: () => undefined,
}

function counting(outcome: Outcome = ok) {
  const seen: Call[] = []
  return {
    seen,
    next: async (given: Call): Promise<Outcome> => {
      seen.push(given)
      return outcome
    },
  }
}

describe('learn (promise 3)', () => {
  it('lets nothing happen before the values are known, and costs no turn then', async () => {
    let known: Promise<void> | undefined
    let read = (): void => expect.unreachable()
    known = new Promise((resolve) => {
      read = resolve
    })
    const stage = learn({ known: () => known })
    const { seen, next } = counting()
    const first = stage(call, next)
    await new Promise(setImmediate)
    expect(seen).toEqual([])
    read()
    expect([await first, seen.length]).toEqual([ok, 1])
    known = undefined
    expect(stage(call, () => ok)).toBe(ok)
  })
})

/** The facts as a record has them. */
function asWritten(facts: RecordFacts): Record<string, unknown> {
  const record = onLine(seal('call', '', facts, GENESIS).line) as AuditRecord
  const isOfAll = (name: string): boolean => ['seq', 'time', 'type', 'prev', 'hash'].includes(name)
  return Object.fromEntries(Object.entries(record).filter(([name]) => !isOfAll(name)))
}

describe('record (promises 1 and 6)', () => {
  const deps = (
    fail: (phase: unknown) => boolean,
    required = true,
    kept: RecordDeps['arguments'] = 'masked',
  ) => {
    const written: Record<string, unknown>[] = []
    const made: RecordDeps = {
      required,
      arguments: kept,
      append: (_type, given, _tense, told) => {
        const facts = asWritten(given)
        if (fail(facts['phase'])) return told(new NotWritten('ENOSPC'))
        written.push(facts)
        told()
      },
      mask: (names) => JSON.parse(JSON.stringify(names).replaceAll('s3cret-key', '***')),
      look: (about) => ({ value: made.mask(about), bareOf: undefined }),
      now: () => 0,
      warn: () => {},
    }
    return { made, written }
  }

  it.each([
    ['masked', { path: '/w/notes/***' }],
    ['hash', { path: 'string(19)' }],
  ] as const)('says what servers.yaml put into a call, too (%s)', async (kept, set) => {
    const { made, written } = deps(() => false, true, kept)
    const about = { server: 'a', kind: 'tool', name: 'b', verdict: 'allow', rule: 'risk' } as const
    const next = async (): Promise<Outcome> => ({
      ...ok,
      about: { ...about, set: { path: '/w/notes/s3cret-key' } },
    })
    await record(made)(call, next)
    expect(written[1]).toMatchObject({ phase: 'outcome', set })
  })

  it('does not make a call whose intent can not be written', async () => {
    const { next, seen } = counting()
    const outcome = await record(deps(() => true).made)(call, next)
    expect(outcome).toMatchObject({
      kind: 'blocked',
      by: 'audit',
      hint: expect.stringContaining('sidemux audit verify'),
    })
    expect(seen).toEqual([])
  })

  it('does not blame the audit log for a defect of ours, and makes no call then either', async () => {
    const { next, seen } = counting()
    const warned: string[] = []
    const mask = (): never => {
      throw new RangeError('token hunter2')
    }
    const broken = {
      ...deps(() => false).made,
      look: mask,
      warn: (message: string) => void warned.push(message),
    }
    expect(await record(broken)(call, next)).toMatchObject({ kind: 'failed', hint: 'run: sidemux logs' })
    expect([warned, seen]).toEqual([['a call failed inside sidemux (RangeError)'], []])
  })

  it('makes it where the config says that the log may be lost', async () => {
    const { next, seen } = counting()
    expect(await record(deps(() => true, false).made)(call, next)).toEqual(ok)
    expect(seen).toHaveLength(1)
  })

  it('gives the result of a call that was made even when its outcome can not be written', async () => {
    const { next } = counting()
    expect(await record(deps((phase) => phase === 'outcome').made)(call, next)).toEqual(ok)
  })

  it('writes the arguments masked, and who called', async () => {
    const { made, written } = deps(() => false)
    const host = { name: 'claude-code', version: '2.1.332' }
    const args = { 's3cret-key': 'my s3cret-key', path: '/etc/passwd' }
    await record(made)({ ...call, args, asker: { ...call.asker, host } }, counting().next)
    expect(written[0]).toEqual({
      id: '1',
      phase: 'intent',
      host,
      name: 'box_delete_x',
      args: canonicalHash(args),
      arguments: { '***': 'my ***', path: '/etc/passwd' },
    })
  })

  it('masks before it cuts, so that no half of a secret is left at a cut', async () => {
    const redactor = new Redactor()
    const secret = 'Zq7_'.repeat(400)
    redactor.add('box', [new Secret(secret, 'KEY')])
    const { made, written } = deps(() => false)
    const look: RecordDeps['look'] = (value) => redactor.look(value)
    // One behind the other they lie wherever a text of this length can be cut.
    for (const before of [0, 1600, 3400, 5000]) {
      const text = `${'.'.repeat(before)}${secret}${'.'.repeat(5000 - before)}`
      const parts = { half: secret.slice(0, 800), [secret.slice(800)]: '.'.repeat(5000) }
      await record({ ...made, look })({ ...call, name: text, args: { text, parts } }, counting().next)
    }
    expect(JSON.stringify(written)).not.toMatch(/Zq7_Zq7/)
  })

  it('writes hashes and shapes alone where the config says so, never a value, and masks the names', async () => {
    const { made, written } = deps(() => false, true, 'hash')
    await record(made)({ ...call, args: { 's3cret-key': 'hunter2', path: '/etc/passwd' } }, counting().next)
    expect(JSON.stringify(written)).not.toMatch(/hunter2|passwd|s3cret/)
    expect(written).toMatchObject([
      { id: '1', phase: 'intent', name: 'box_delete_x', args: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { id: '1', phase: 'outcome', outcome: 'ok' },
    ])
  })

  it('turns a throw into an outcome of our own words, and records it', async () => {
    const { made, written } = deps(() => false)
    const warned: string[] = []
    const warn = (message: string): void => void warned.push(message)
    const thrown = new TypeError('token hunter2')
    const outcome = await record({ ...made, warn })(call, async () => Promise.reject(thrown))
    // The hint sends people there.
    expect(warned).toEqual(['a call failed inside sidemux (TypeError)'])
    expect(outcome).toMatchObject({ kind: 'failed' })
    expect(JSON.stringify([outcome, written])).not.toContain('hunter2')
    expect(written[1]).toMatchObject({ phase: 'outcome', outcome: 'failed' })
  })
})

describe('resolve', () => {
  const listed = async (): Promise<undefined> => undefined

  it.each([
    ['half a surrogate pair', { a: '\uD800' }],
    ['half a surrogate pair in a key', { '\uDC00': 1 }],
    ['300 levels', JSON.parse(`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`) as Record<string, unknown>],
  ])('refuses arguments with %s, which no yes could be bound to', async (_what, args) => {
    const { next, seen } = counting()
    const outcome = await resolve({
      find: () => ({ target, listed: {}, edits: [], notes: [] }),
      listed,
      ...noPages,
    })({ ...call, args }, next)
    expect(outcome).toMatchObject({ kind: 'blocked', by: 'arguments' })
    expect(seen).toEqual([])
  })

  it('waits for a server that has not listed yet, and says why when it never does', async () => {
    let known = false
    const find = (): { target: Target; listed: object; edits: []; notes: [] } | undefined =>
      known ? { target, listed: {}, edits: [], notes: [] } : undefined
    const late = resolve({
      find: find as Parameters<typeof resolve>[0]['find'],
      listed: async () => {
        known = true
        return undefined
      },
      ...noPages,
    })
    expect(await late(call, counting().next)).toEqual({
      ...ok,
      about: { server: 'box', kind: 'tool', name: 'delete_x', verdict: 'confirm', rule: 'risk' },
    })
    const down = resolve({
      find: () => undefined,
      listed: async () => ({ reason: 'box is down', hint: 'fix it' }),
      ...noPages,
    })
    expect(await down(call, counting().next)).toEqual({
      kind: 'failed',
      reason: 'box is down',
      hint: 'fix it',
    })
  })

  it('says what it put in that servers.yaml fixes', async () => {
    const entry = { target, edits: [], notes: [], listed: { name: 'x' }, fixed: new Map([['owner', 'acme']]) }
    const { next, seen } = counting()
    const outcome = await resolve({ find: () => entry, listed, ...noPages })(call, next)
    expect(outcome.about).toMatchObject({ name: target.name, set: { owner: 'acme' } })
    expect(seen).toMatchObject([{ args: { owner: 'acme' } }])
  })

  it('knows nothing of a tool that was left out', async () => {
    const outcome = await resolve({ find: () => ({ target, edits: [], notes: [] }), listed, ...noPages })(
      call,
      counting().next,
    )
    expect(outcome).toMatchObject({ kind: 'blocked', by: 'unknown' })
  })
})

describe('limit', () => {
  it('gives each server, and each named tool, a bucket of its own', async () => {
    let now = 0
    const stage = limit(
      new Limits({
        limits: () => ({ server: '3/hour', tools: { 'delete_*': '1/hour' } }),
        now: () => now,
      }),
    )
    const run = async (tool: string): Promise<string> =>
      (await stage({ ...call, target: { ...target, name: tool } }, counting().next)).kind
    expect([await run('delete_x'), await run('delete_x'), await run('delete_y')]).toEqual([
      'result',
      'blocked',
      'result',
    ])
    expect(await run('get')).toBe('blocked')
    now = 3_600_000
    expect(await run('get')).toBe('result')
  })
})

describe('calls at sight (limits)', () => {
  it.each<[string, string, ServerLimits, number]>([
    ['of a tool', 'get', { server: '9/hour', tools: { get: '3/hour' } }, 3],
    ['of a server, whatever is called', 'any', { server: '5/hour', tools: { get: '3/hour' } }, 5],
  ])('%s that come at once pass only as many as can be taken', (_what, tool, of, most) => {
    let now = 0
    const limits = new Limits({ limits: () => of, now: () => now })
    const names = Array.from({ length: 30 }, (_, n) => (tool === 'any' ? `tool_${n}` : tool))
    const passing = (): number => names.filter((name) => !limits.isOver({ ...target, name })).length
    expect([passing(), passing()]).toEqual([most, 0])
    // Who passed and never came to take anything is forgotten.
    now = 101
    expect(passing()).toBe(most)
    for (const name of names.slice(0, most)) expect(limits.take({ ...target, name })).toBeUndefined()
    expect(passing()).toBe(0)
    expect(limits.take({ ...target, name: names[0] ?? '' })).toMatchObject({ kind: 'blocked', by: 'limit' })
  })

  it('of which many end before they take anything hold up no others', () => {
    let now = 0
    const limits = new Limits({ limits: () => ({ server: '20/hour', tools: {} }), now: () => now })
    for (; now < 10_000; now += 10) expect(limits.isOver(target)).toBe(false)
  })

  it('one after the other pass while there is something to take', () => {
    const limits = new Limits({ limits: () => ({ server: '100/hour', tools: {} }), now: () => 0 })
    for (let n = 0; n < 100; n += 1)
      expect([limits.isOver(target), limits.take(target)]).toEqual([false, undefined])
    expect(limits.isOver(target)).toBe(true)
  })
})

describe('limits that are edited', () => {
  it.each<[string, ServerLimits, ServerLimits]>([
    ['the rate', { server: '3/hour', tools: {} }, { server: '3/minute', tools: {} }],
    [
      'the rate of a tool',
      { server: '9/hour', tools: { get: '3/hour' } },
      { server: '9/hour', tools: { get: '3/day' } },
    ],
    [
      'its glob',
      { server: '9/hour', tools: { get: '3/hour' } },
      { server: '9/hour', tools: { 'g*': '3/hour' } },
    ],
    [
      'a glob before it',
      { server: '9/hour', tools: { get: '3/hour' } },
      { server: '9/hour', tools: { '*': '8/hour', get: '3/hour' } },
    ],
    [
      'their order',
      { server: '9/hour', tools: { get: '3/hour', '*': '8/hour' } },
      { server: '9/hour', tools: { '*': '8/hour', get: '3/hour' } },
    ],
    [
      'two rates in place of one',
      { server: '9/hour', tools: { get: '3/hour' } },
      { server: '9/hour', tools: { get: '3/day', '*': '3/minute' } },
    ],
  ])('by %s give nothing anew', async (_what, before, after) => {
    const buckets = new Map()
    const under = (limits: ServerLimits): Stage =>
      limit(new Limits({ limits: () => limits, now: () => 0, buckets }))
    const kinds: string[] = []
    for (const limits of [before, before, before, after, before])
      kinds.push((await under(limits)({ ...call, target: { ...target, name: 'get' } }, counting().next)).kind)
    expect(kinds).toEqual(['result', 'result', 'result', 'blocked', 'blocked'])
  })
})

describe('turnAway (promise 6)', () => {
  it('lets through of calls that are refused at sight so many a minute, and writes how many more there were', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const written: object[] = []
    const refusals = new Refusals({
      append: async (_type, facts) => void written.push(facts),
      warn: () => undefined,
    })
    let now = 0
    const stage = turnAway({
      look: ({ name }) => ({ isRefused: name.startsWith('no_') }),
      now: () => now,
      refusals,
    })
    const { next, seen } = counting()
    const many = async (name: string, times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) await stage({ ...call, name: `${name}${time}` }, next)
    }
    await many('no_such', 300)
    await many('there', 200)
    expect(seen).toHaveLength(320)
    expect(await stage({ ...call, name: 'no_more' }, next)).toMatchObject({ kind: 'blocked', by: 'limit' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(written).toEqual([expect.objectContaining({ outcome: 'blocked', by: 'limit', calls: 181 })])
    now = 60_000
    await many('no_such', 120)
    expect(seen).toHaveLength(440)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(written).toHaveLength(1)
    await many('no_such', 3)
    await refusals.tell()
    expect(written).toEqual([expect.anything(), expect.objectContaining({ calls: 3 })])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(written).toHaveLength(2)
  })
})

describe('contain (promise 2)', () => {
  it('stops another server’s secret, lets its own pass', async () => {
    const stage = contain({
      foreignSecrets: (_value, server) => (server === 'box' ? ['other.TOKEN'] : []),
      secretsKnown: () => 1,
      isWeak: () => false,
    })
    const { next, seen } = counting()
    expect(await stage(call, next)).toMatchObject({
      kind: 'blocked',
      by: 'secret',
      reason: expect.stringContaining('other.TOKEN'),
    })
    expect(seen).toEqual([])
    expect(await stage({ ...call, target: { ...target, server: 'other' } }, next)).toBe(ok)
  })

  const seen = { args: call.args, hash: 'a'.repeat(64), bareOf: 1 }
  it.each<[string, Call, boolean]>([
    ['the very arguments', { ...call, seen }, false],
    ['no look', call, true],
    ['other arguments', { ...call, args: { ...call.args }, seen }, true],
    ['fewer secrets', { ...call, seen: { ...seen, bareOf: 0 } }, true],
    ['another name', { ...call, name: 'box_short', seen }, true],
    ['no _meta', { ...call, meta: { trace: 'x' }, seen }, true],
    ['no answers', { ...call, retried: { inputResponses: {} }, seen }, true],
    ['a URI', { ...call, kind: 'resource', seen }, true],
  ])(
    'looks again unless record has looked through all of it: it has seen %s',
    async (_seen, given, again) => {
      let looks = 0
      const deps = { secretsKnown: () => 1, isWeak: () => false }
      const stage = contain({ ...deps, foreignSecrets: () => ((looks += 1), []) })
      await stage(given, counting().next)
      expect(looks).toBe(again ? 1 : 0)
    },
  )
})

describe('confirm (promise 4)', () => {
  const deps = (change: Partial<ConfirmDeps> = {}): ConfirmDeps => ({
    ruleHash: () => 'r',
    group: () => undefined,
    isShadow: false,
    accept: () => {},
    decide: async () => ({ kind: 'approved', id: '1' }),
    current: () => target,
    mask: (value) => value,
    configHash: 'c',
    session: 's',
    ...change,
  })

  it('passes on a yes', async () => {
    const { next, seen } = counting()
    expect(await confirm(deps())(call, next)).toBe(ok)
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['a human’s yes to a new tool accepts it', { isNew: true }, {}, 1],
    ['nobody’s yes does not', { isNew: true }, { unasked: true }, 0],
    ['nor a yes to one that is known', {}, {}, 0],
  ] as const)('%s (promise 5)', async (_what, standing, decision, times) => {
    const accept = vi.fn()
    const { next } = counting()
    const stage = confirm(
      deps({
        accept,
        current: () => ({ ...target, ...standing }),
        decide: async () => ({ kind: 'approved', id: '1', ...decision }),
      }),
    )
    expect(await stage(call, next)).toBe(ok)
    expect(accept).toHaveBeenCalledTimes(times)
  })

  it.each<[string, ConfirmDeps['current']]>([
    ['another definition', () => ({ ...target, hash: 'u' })],
    ['another launch command', () => ({ ...target, launchHash: 'm' })],
    ['no tool at all', () => undefined],
  ])('0 executions when the catalog has %s by the time of the yes', async (_what, current) => {
    const { next, seen } = counting()
    expect(await confirm(deps({ current }))(call, next)).toMatchObject({ kind: 'blocked', by: 'approval' })
    expect(seen).toEqual([])
  })

  it('0 executions when the decision can not be written down (promise 1)', async () => {
    const { next, seen } = counting()
    const decide: ConfirmDeps['decide'] = async () => Promise.reject(new NotWritten('ENOSPC: hunter2'))
    const outcome = await confirm(deps({ decide }))(call, next)
    expect(outcome).toMatchObject({ kind: 'blocked', by: 'audit', hint: expect.stringMatching(/^make room/) })
    expect([JSON.stringify(outcome).includes('hunter2'), seen.length]).toEqual([false, 0])
  })

  it('0 executions when asking breaks, and the audit log gets no blame for that', async () => {
    const { next, seen } = counting()
    const decide: ConfirmDeps['decide'] = async () => Promise.reject(new TypeError('no such member'))
    await expect(confirm(deps({ decide }))(call, next)).rejects.toThrow(TypeError)
    expect(seen).toEqual([])
  })

  it.each([
    ['denied', 'human'],
    ['pending', 'approval'],
    ['unanswered', 'approval'],
    ['unavailable', 'approval'],
    ['cancelled', 'approval'],
    ['busy', 'approval'],
  ] as const)(
    'the log calls %s a no of %s, so none of a human who was never asked (promise 6)',
    async (why, by) => {
      const decide: ConfirmDeps['decide'] = async () => ({ kind: 'refused', id: '1', why, detail: 'x' })
      const { next, seen } = counting()
      expect(await confirm(deps({ decide }))(call, next)).toMatchObject({ kind: 'blocked', by })
      expect(seen).toEqual([])
    },
  )

  it.each(['unanswered', 'cancelled'] as const)(
    'does not say that a question which is over waits (%s)',
    async (why) => {
      const decide: ConfirmDeps['decide'] = async () => ({
        kind: 'refused',
        id: '1',
        why,
        detail: 'it is over',
      })
      expect(await confirm(deps({ decide }))(call, counting().next)).toMatchObject({
        hint: 'tell the user that nobody decided; repeating the identical call asks again',
      })
    },
  )

  it('0 executions when the call was cancelled while it was asked', async () => {
    const { next, seen } = counting()
    const controller = new AbortController()
    const decide: ConfirmDeps['decide'] = async () => {
      controller.abort()
      return { kind: 'approved', id: '1' }
    }
    expect(await confirm(deps({ decide }))({ ...call, signal: controller.signal }, next)).toEqual({
      kind: 'cancelled',
    })
    expect(seen).toEqual([])
  })

  it('0 executions, and no question, when the arguments could not be shown in full', async () => {
    const { next, seen } = counting()
    let asked = false
    const decide: ConfirmDeps['decide'] = async () => {
      asked = true
      return { kind: 'approved', id: '1' }
    }
    const outcome = await confirm(deps({ decide }))({ ...call, args: { id: 'x'.repeat(1_000_000) } }, next)
    expect(outcome).toMatchObject({ kind: 'blocked', by: 'arguments' })
    expect([asked, seen.length]).toEqual([false, 0])
  })
})

describe('scrub (promise 3)', () => {
  const redactor = new Redactor()
  redactor.add('box', [new Secret('hunter2-hunter2', 'box.TOKEN')])
  const deps = (): ScrubDeps => {
    const thread = redactor.thread()
    return { maskJson: (value) => redactor.maskJson(value), thread: () => thread }
  }
  const run = async (outcome: Outcome): Promise<Outcome> => scrub(deps())(call, async () => outcome)

  it.each<[string, Outcome]>([
    [
      'a result',
      {
        kind: 'result',
        result: {
          content: [{ type: 'text', text: 'x hunter2-hunter2' }],
          structuredContent: { 'hunter2-hunter2': 1 },
          _meta: { a: 'hunter2-hunter2' },
        },
      },
    ],
    [
      'a split result',
      {
        kind: 'result',
        result: {
          content: [
            { type: 'text', text: 'hunter2-' },
            { type: 'text', text: 'hunter2' },
          ],
        },
      },
    ],
    ['an error', { kind: 'error', code: -1, message: 'hunter2-hunter2', data: { a: ['hunter2-hunter2'] } }],
    ['a reason', { kind: 'failed', reason: 'hunter2-hunter2', hint: 'hunter2-hunter2' }],
    ['a block', { kind: 'blocked', by: 'policy', reason: 'hunter2-hunter2', hint: 'hunter2-hunter2' }],
  ])('masks %s', async (_what, outcome) => {
    const text = JSON.stringify(await run(outcome))
    expect(text).not.toContain('hunter2-hunter2')
    expect(text.replaceAll(/"\},\{"type":"text","text":"/g, '')).not.toContain('hunter2-hunter2')
    expect(text).toContain('[redacted:box.TOKEN]')
  })

  it('masks progress on its way', async () => {
    const seen: unknown[] = []
    await scrub(deps())({ ...call, onProgress: (progress) => seen.push(progress) }, async (given) => {
      given.onProgress?.({ progress: 1, message: 'at hunter2-hunter2' })
      return ok
    })
    expect(seen).toEqual([{ progress: 1, message: 'at [redacted:box.TOKEN]' }])
  })

  it('masks what is split over progress, log messages and the answer', async () => {
    const heard: unknown[] = []
    const hear = (news: unknown): unknown => heard.push(news)
    const outcome = await scrub(deps())({ ...call, onProgress: hear, onLog: hear }, async (given) => {
      given.onProgress?.({ progress: 1, message: 'hunter2' })
      given.onLog?.({ level: 'info', data: 'hun' })
      return { kind: 'result', result: { content: [{ type: 'text', text: 'ter2' }] } }
    })
    expect(JSON.stringify([heard, outcome])).not.toMatch(/hunter2.*ter2/)
    expect(JSON.stringify(outcome)).toContain('[redacted:box.TOKEN]')
  })

  it('gives back what has no secret as it is', async () => {
    expect(((await run(ok)) as { result: unknown }).result).toBe((ok as { result: unknown }).result)
  })
})
