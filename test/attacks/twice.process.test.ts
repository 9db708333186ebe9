/**
 * Promises 4, 5 and 6 on the way there: a host may write a member twice, and readers of JSON don't agree which of them
 * counts. So what the rules judged, what the human was shown, what the log has and what the server receives is one and the
 * same value, and the server's line holds each member once. The server gives back its line to the byte.
 */
import { describe, expect, it } from 'vitest'
import { canonicalHash } from '../../src/json/canonical.ts'
import { parseJson } from '../../src/json/parse.ts'
import { ERAS, exactServer, LineHost } from '../e2e/exact-support.ts'
import { audit } from '../e2e/reload.ts'
import { elapse, shared, until } from '../e2e/support.ts'
import { memberOf, twiceIn, written } from './members.ts'

const SAFE = '/safe'
const EVIL = '/evil'
const FILL = 'x'.repeat(70_000)

/** Arguments in which `path`, or what holds it, stands more than once: the first with one value, the last with another. */
const FORMS: [string, (first: string, last: string) => string][] = [
  ['once after the other', (a, b) => `{"path":"${a}","path":"${b}"}`],
  ['the second with an escape', (a, b) => `{"path":"${a}","p\\u0061th":"${b}"}`],
  ['the first with an escape', (a, b) => `{"\\u0070ath":"${a}","path":"${b}"}`],
  [
    'both all in escapes',
    (a, b) => `{"\\u0070\\u0061\\u0074\\u0068":"${a}","\\u0070\\u0061\\u0074\\u0068":"${b}"}`,
  ],
  ['three times', (a, b) => `{"path":"${a}","path":"${a}","path":"${b}"}`],
  ['the last one again', (a, b) => `{"path":"${b}","path":"${a}","path":"${b}"}`],
  ['with others between', (a, b) => `{"path":"${a}","n":1,"list":[{"path":"${a}-not"}],"path":"${b}"}`],
  ['with 70 kB between', (a, b) => `{"path":"${a}","fill":"${FILL}","path":"${b}"}`],
  ['with other blanks', (a, b) => `{ "path"\t:"${a}" ,\r "path"  : "${b}"\t}`],
  ['the first a list', (a, b) => `{"path":["${a}"],"path":"${b}"}`],
  ['the first an object', (a, b) => `{"path":{"path":"${a}"},"path":"${b}"}`],
  ['the first null', (_a, b) => `{"path":null,"path":"${b}"}`],
  ['the slash with an escape', (a, b) => `{"path":"\\u002f${a.slice(1)}","path":"\\/${b.slice(1)}"}`],
  ['beside names that numbers sort', (a, b) => `{"2":1,"path":"${a}","1":2,"path":"${b}","2":3}`],
  ['beside __proto__', (a, b) => `{"__proto__":{"path":"${a}"},"path":"${b}"}`],
  ['beside __proto__ twice', (a, b) => `{"__proto__":1,"path":"${b}","__proto__":{"path":"${a}"}}`],
  [
    'beside constructor twice',
    (a, b) => `{"constructor":1,"path":"${b}","constructor":{"prototype":{"path":"${a}"}}}`,
  ],
]

/** In which no rule could read the path: what counts here is that one value arrives, is recorded and is shown. */
const NESTED: [string, (first: string, last: string) => string][] = [
  ['within an object', (a, b) => `{"in":{"path":"${a}","path":"${b}"}}`],
  ['the object twice', (a, b) => `{"in":{"path":"${a}","more":1},"in":{"path":"${b}"}}`],
  ['in a list', (a, b) => `{"in":[0,{"path":"${a}","path":"${b}"}]}`],
  ['deep down', (a, b) => `{"in":${'{"a":'.repeat(60)}{"path":"${a}","path":"${b}"}${'}'.repeat(60)}}`],
  ['__proto__ twice', (a, b) => `{"__proto__":{"path":"${a}"},"__proto__":{"path":"${b}"}}`],
  [
    '__proto__ written with an escape',
    (a, b) => `{"__proto__":{"path":"${a}"},"\\u005f_proto__":{"path":"${b}"}}`,
  ],
  ['a name of no characters', (a, b) => `{"":"${a}","":"${b}"}`],
  ['a name with a NUL', (a, b) => `{"p\\u0000":"${a}","p\\u0000":"${b}"}`],
  ['a number that no double keeps', (a, b) => `{"n":"${a}","n":9007199254740993,"path":"${b}"}`],
]

/** The judged arguments are `/safe`, whichever of the others is taken. */
const AROUND: [string, string][] = [
  ['arguments twice', `{"name":"judged_line","arguments":{"path":"${EVIL}"},"arguments":{"path":"${SAFE}"}}`],
  [
    'arguments twice, one with escapes',
    `{"name":"judged_line","\\u0061rguments":{"path":"${EVIL}"},"arguments":{"path":"${SAFE}"}}`,
  ],
  ['the name twice', `{"name":"judged_error","name":"judged_line","arguments":{"path":"${SAFE}"}}`],
  [
    'params in __proto__',
    `{"__proto__":{"arguments":{"path":"${EVIL}"}},"name":"judged_line","arguments":{"path":"${SAFE}"}}`,
  ],
]

const SERVERS = [
  // Runs what is safe and refuses what is evil.
  `  judged: ${exactServer({}, { tools: { allow: ['*'], block: [{ tool: 'line', where: { path: { is: EVIL, optional: true } } }] } })}`,
  `  asked: ${exactServer({}, { tools: { confirm: ['*'] } })}`,
].join('\n')

/** The arguments in the line that the server got, as they stand there. */
function argumentsIn(line: string): string {
  const params = memberOf(written(line), 'params')
  const json = params && memberOf(params, 'arguments')
  if (json === undefined) throw new Error(`not a line with arguments: ${line.slice(0, 300)}`)
  return json.json
}

/** The last record of a call of this name in this phase. */
function recorded({ where }: LineHost, name: string, phase: 'intent' | 'outcome'): Record<string, unknown> {
  const records = audit(where)
  const intent = records.findLast((record) => record['phase'] === 'intent' && record['name'] === name)
  return records.find(({ id, phase: one }) => id === intent?.['id'] && one === phase) ?? {}
}

/** The server got `sent` as JSON.parse reads it, each member once, and the log has the same. */
function expectOne(host: LineHost, name: string, line: string, sent: string): string {
  const json = argumentsIn(line)
  expect(twiceIn(written(line))).toEqual([])
  expect(canonicalHash(parseJson(json))).toBe(canonicalHash(parseJson(sent)))
  const { args, arguments: kept, cut } = recorded(host, name, 'intent')
  expect(args).toBe(canonicalHash(parseJson(json)))
  if (cut === undefined) expect(canonicalHash(kept)).toBe(canonicalHash(JSON.parse(json)))
  return json
}

describe.each(ERAS)('a host of %s', (era) => {
  const scene = shared(() => LineHost.open(SERVERS, era))

  it.each(FORMS)('rules judge what the server gets, and the log has it: %s', async (_what, form) => {
    const host = await scene()
    const sent = form(EVIL, SAFE)
    expectOne(host, 'judged_line', await host.heard(sent, 'judged_line'), sent)
    expect(recorded(host, 'judged_line', 'outcome')).toMatchObject({ outcome: 'ok' })
    expect(await host.call('judged_line', form(SAFE, EVIL))).toContain(
      'a rule of servers.yaml blocks the call',
    )
    expect(recorded(host, 'judged_line', 'outcome')).toMatchObject({ outcome: 'blocked' })
  })

  it.each(NESTED)('one value arrives, and the log has it: %s', async (_what, form) => {
    const host = await scene()
    const sent = form('/first', '/last')
    const json = expectOne(host, 'judged_line', await host.heard(sent, 'judged_line'), sent)
    expect(json).toContain('/last')
    expect(json).not.toContain('/first')
  })

  it.each(AROUND)('around the arguments: %s', async (_what, params) => {
    const host = await scene()
    const line = await host.request('tools/call', params)
    expect(line).not.toContain(EVIL)
    expect(recorded(host, 'judged_line', 'intent')['args']).toBe(canonicalHash({ path: SAFE }))
  })
})

describe('a human', () => {
  const scene = shared(() => LineHost.open(SERVERS, '2025-06-18', '', {}, { elicitation: {} }))

  it.each([...FORMS, ...NESTED])('is shown what the server gets: %s', async (_what, form) => {
    const host = await scene()
    const sent = form('/first', '/last')
    const from = host.lines.length
    const answer = host.heard(sent, 'asked_line')
    const question = (): string | undefined =>
      host.lines.slice(from).find((line) => line.includes('elicitation/create'))
    await until(() => question() !== undefined, 'the question')
    const { id, params } = JSON.parse(question() ?? '{}') as { id: unknown; params: { message: string } }
    const value = JSON.stringify(parseJson(sent))
    for (const mark of ['/first', '/last']) expect(params.message.includes(mark)).toBe(value.includes(mark))
    elapse(host.where)
    host.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id,
        result: { action: 'accept', content: { decision: 'approve once' } },
      }),
    )
    expectOne(host, 'asked_line', await answer, sent)
  })
})
