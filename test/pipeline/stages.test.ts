/** Each stage alone, with the outcome that it must give. */
import { describe, expect, it } from 'vitest'
import type { Target } from '../../src/catalog/target.ts'
import type { Call, Outcome } from '../../src/pipeline/call.ts'
import { confirm, type ConfirmDeps } from '../../src/pipeline/stages/confirm.ts'
import { contain } from '../../src/pipeline/stages/contain.ts'
import { limit } from '../../src/pipeline/stages/limit.ts'
import { record, type RecordDeps } from '../../src/pipeline/stages/record.ts'
import { resolve } from '../../src/pipeline/stages/resolve.ts'
import { scrub, type ScrubDeps } from '../../src/pipeline/stages/scrub.ts'
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

const noPages = { apps: () => false, findForPage: () => undefined, pageRead: () => undefined }

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

describe('record (promises 1 and 6)', () => {
  const deps = (fail: (phase: unknown) => boolean, required = true) => {
    const written: Record<string, unknown>[] = []
    const made: RecordDeps = {
      required,
      append: async (_type, facts) => {
        if (fail(facts['phase'])) throw new Error('ENOSPC')
        written.push(facts)
      },
      mask: (names) => JSON.parse(JSON.stringify(names).replaceAll('s3cret-key', '***')),
      now: () => 0,
      warn: () => {},
    }
    return { made, written }
  }

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

  it('makes it where the config says that the log may be lost', async () => {
    const { next, seen } = counting()
    expect(await record(deps(() => true, false).made)(call, next)).toBe(ok)
    expect(seen).toHaveLength(1)
  })

  it('gives the result of a call that was made even when its outcome can not be written', async () => {
    const { next } = counting()
    expect(await record(deps((phase) => phase === 'outcome').made)(call, next)).toBe(ok)
  })

  it('writes shapes and hashes, never a value, and masks the names of arguments', async () => {
    const { made, written } = deps(() => false)
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
    const stage = limit({
      limits: () => ({ server: '3/hour', tools: { 'delete_*': '1/hour' } }),
      now: () => now,
    })
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

describe('contain (promise 2)', () => {
  it('stops another server’s secret, lets its own pass', async () => {
    const stage = contain({
      foreignSecrets: (_value, server) => (server === 'box' ? ['other.TOKEN'] : []),
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
})

describe('confirm (promise 4)', () => {
  const deps = (change: Partial<ConfirmDeps> = {}): ConfirmDeps => ({
    ruleHash: () => 'r',
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

  it.each<[string, ConfirmDeps['current']]>([
    ['another definition', () => ({ ...target, hash: 'u' })],
    ['another launch command', () => ({ ...target, launchHash: 'm' })],
    ['no tool at all', () => undefined],
  ])('0 executions when the catalog has %s by the time of the yes', async (_what, current) => {
    const { next, seen } = counting()
    expect(await confirm(deps({ current }))(call, next)).toMatchObject({ kind: 'blocked', by: 'human' })
    expect(seen).toEqual([])
  })

  it('0 executions when the decision can not be written down (promise 1)', async () => {
    const { next, seen } = counting()
    const decide: ConfirmDeps['decide'] = async () => Promise.reject(new Error('ENOSPC: hunter2'))
    const outcome = await confirm(deps({ decide }))(call, next)
    expect(outcome).toMatchObject({ kind: 'blocked', by: 'audit', hint: expect.stringMatching(/^make room/) })
    expect([JSON.stringify(outcome).includes('hunter2'), seen.length]).toEqual([false, 0])
  })

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
