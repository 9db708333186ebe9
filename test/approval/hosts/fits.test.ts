import { describe, expect, it } from 'vitest'
import type { Answer, Asker, Channel } from '../../../src/approval/facts/channel.ts'
import { elicitationChannel } from '../../../src/approval/channels/elicitation.ts'
import { visibilityIn } from '../../../src/approval/hosts/fits.ts'
import { inOrder } from '../../../src/approval/hosts/channel-order.ts'
import type { ChannelName } from '../../../src/approval/facts/pending.ts'
import { questionText, type QuestionFacts } from '../../../src/approval/facts/question.ts'

const claude = { name: 'claude-code', version: '2.1.332' }
const codex = { name: 'codex-mcp-client', version: '0.171.0' }
const other = { name: 'some-host' }

const facts = (args: Record<string, unknown>, more: Partial<QuestionFacts> = {}): QuestionFacts => ({
  server: 'memory',
  tool: 'delete_entities',
  risk: 'destructive',
  why: 'risk: It is taken for destructive: it says "delete".',
  because: 'Its name says “delete”, so what it takes away may be gone for good.',
  args,
  changes: [],
  ...more,
})
const lines = (count: number): string => Array.from({ length: count }, (_, at) => `line ${at}`).join('\n')
const changed = { changes: [{ member: 'description', before: '"Reads."', after: `"${'x'.repeat(300)}"` }] }
const described = { description: 'x'.repeat(5000) }

const CASES: [string, QuestionFacts, string, string, string][] = [
  ['one short argument', facts({ entityNames: ['demo-project'] }), 'seen', 'seen', 'seen'],
  ['no arguments', facts({}), 'seen', 'seen', 'seen'],
  ['a long description of the server’s', facts({ id: 1 }, described), 'seen', 'seen', 'seen'],
  ['a statement of 150 characters', facts({ sql: 'x'.repeat(150) }), 'seen', 'seen', 'seen'],
  ['three lines of wide letters', facts({ text: '日本'.repeat(35) }), 'seen', 'seen', 'seen'],
  ['one that fills the field', facts({ sql: 'x'.repeat(420) }), 'hidden', 'hidden', 'seen'],
  ['one that fills more', facts({ sql: 'x'.repeat(900) }), 'hidden', 'hidden', 'seen'],
  ['an edit of 40 lines', facts({ path: 'a.ts', text: lines(40) }), 'hidden', 'hidden', 'seen'],
  ['an edit of 100 lines', facts({ path: 'a.ts', text: lines(100) }), 'hidden', 'hidden', 'seen'],
  [
    '30 arguments',
    facts(
      Object.fromEntries(
        lines(30)
          .split('\n')
          .map((one) => [one, one]),
      ),
    ),
    'hidden',
    'hidden',
    'long',
  ],
  ['10 kB', facts({ text: 'x'.repeat(10_000) }), 'hidden', 'hidden', 'long'],
  [
    '200 arguments',
    facts(
      Object.fromEntries(
        lines(200)
          .split('\n')
          .map((one) => [one, 1]),
      ),
    ),
    'hidden',
    'hidden',
    'long',
  ],
  [
    'a tool’s name that pushes the rest away',
    facts({ id: 1 }, { tool: `get ${'x'.repeat(250)}` }),
    'hidden',
    'seen',
    'seen',
  ],
  ['a definition that changed', facts({ id: 1 }, changed), 'hidden', 'hidden', 'seen'],
  ['wide letters', facts({ text: '日本'.repeat(200) }), 'hidden', 'hidden', 'seen'],
]

describe('what a person sees in the form of a host (promise 4)', () => {
  it.each(CASES)('%s', (_what, asked, inClaude, inCodex, elsewhere) => {
    expect([claude, codex, other].map((host) => visibilityIn(host, asked))).toEqual([
      inClaude,
      inCodex,
      elsewhere,
    ])
  })

  it.each(CASES)(
    '%s: where it is seen, every argument is in the rows that are not cut off',
    (_what, asked) => {
      if (visibilityIn(claude, asked) !== 'seen') return
      const rows = paramsOf(asked, claude).message.split('\n').slice(0, 3)
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(72)
      // What is broken off is set in by four spaces.
      const shown = rows.map((row, at) => (at === 0 ? row : row.slice(4))).join('')
      for (const value of Object.values(asked.args)) expect(shown).toContain(JSON.stringify(value))
    },
  )

  it('lines are left whole for a host that breaks them by itself', () => {
    const asked = facts({ sql: 'x'.repeat(150) })
    expect(paramsOf(asked, codex).message).toBe(questionText(asked))
  })

  it('the field has the call, and the first choice is no', () => {
    expect(formOf(facts({ entityNames: ['demo-project'] }))).toMatchObject({
      description: 'memory: delete_entities entityNames=["demo-project"] - once, or not at all',
      enum: ['deny', 'approve once'],
    })
    expect(formOf(facts({ sql: `DROP ${'x'.repeat(9000)} WHERE` })).description.length).toBeLessThan(520)
  })
})

describe('a form in which the call can not be seen', () => {
  const ask = async (
    host: Asker['host'],
    asked: QuestionFacts,
  ): Promise<{ sent: number; answer: Answer }> => {
    let sent = 0
    const elicit = async (): Promise<unknown> => {
      sent += 1
      return { action: 'decline' }
    }
    const channel = elicitationChannel(async () => undefined)
    const asker: Asker = { kind: 'live', mode: 'form', elicit, ...(host && { host }) }
    const answer =
      (await channel.reach?.(pendingOf(asked), asker)) ??
      (await channel.ask(pendingOf(asked), asker, new AbortController().signal))
    return { sent, answer }
  }

  it('is not shown at all, and why is said', async () => {
    expect(await ask(claude, facts({ text: 'x'.repeat(10_000) }))).toEqual({
      sent: 0,
      answer: { kind: 'unavailable', why: 'Claude Code shows 3 lines of a question, and this one is longer' },
    })
  })

  it('of a host of which nothing is known is shown, after the others', async () => {
    expect((await ask(other, facts({ text: 'x'.repeat(10_000) }))).sent).toBe(1)
  })
})

const NAMES: ChannelName[] = ['elicitation', 'page', 'terminal']
const channels: Channel[] = NAMES.map((name) => ({ name, ask: async () => ({ kind: 'shown' }) }))

it.each([
  ['nothing is known', [], false, 'elicitation page terminal'],
  ['the page worked', ['page'], false, 'page elicitation terminal'],
  ['both worked: as the config says', ['page', 'elicitation'], false, 'elicitation page terminal'],
  ['the terminal worked', ['terminal'], false, 'terminal elicitation page'],
  ['the form cuts it', [], true, 'page terminal elicitation'],
  ['the form worked, and cuts this one', ['elicitation'], true, 'page terminal elicitation'],
  ['the terminal worked, and the form cuts', ['terminal'], true, 'terminal page elicitation'],
] as const)('asks in this order, and leaves nobody out: %s', (_what, worked, cuts, order) => {
  const ordered = inOrder(channels, { worked: (name) => worked.some((one) => one === name), cuts })
  expect(ordered.map(({ name }) => name).join(' ')).toBe(order)
})

function pendingOf(asked: QuestionFacts) {
  const text = questionText(asked) ?? ''
  return {
    id: '1',
    facts: asked,
    text,
    askedAt: 0,
    expiresAt: 1,
    waiting: true,
    state: 'open' as const,
    offer: undefined,
  }
}

interface FormParams {
  readonly message: string
  readonly requestedSchema: { properties: { decision: { description: string; enum: string[] } } }
}

/** What is sent to a host that shows forms. */
function paramsOf(asked: QuestionFacts, host?: Asker['host']): FormParams {
  let sent: unknown
  const elicit = async (params: Record<string, unknown>): Promise<unknown> => {
    sent ??= params
    return { action: 'decline' }
  }
  void elicitationChannel(async () => undefined).ask(
    pendingOf(asked),
    { kind: 'live', mode: 'form', elicit, ...(host && { host }) },
    new AbortController().signal,
  )
  return sent as FormParams
}

function formOf(asked: QuestionFacts): { description: string; enum: string[] } {
  return paramsOf(asked).requestedSchema.properties.decision
}
