/**
 * Promise 3 against servers that split their secret over all that they may say, on the wire and in the files. Each row has
 * a server of its own, with another secret, behind one sidecar: what was said is remembered a server (src/redact/threads.ts).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HereHost } from '../e2e/serve-here.ts'
import { everythingIn, place, until, type RawHost } from '../e2e/support.ts'
import { inParts, longestLeft } from '../redact/strong.ts'
import { once } from './stage.ts'
import { tool, type Plan } from './support.ts'

const HOSTILE = resolve(import.meta.dirname, '../servers/hostile.mjs')
/** No stretch of it is one of hex digits alone, of which the log's hashes hold any by chance. */
const TOKEN = 'ghp_16Kx7hQ42Wz29Rm69Tv77Hp0Yg83Js47Ln1w'
const LETTERS = 'ghijklmnopqrstuvwxyz'

/** Each server's own, of the same form. */
const tokenOf = (row: number): string => {
  const other = (letter: string): string => LETTERS[(LETTERS.indexOf(letter) + row) % LETTERS.length] ?? ''
  return TOKEN.replaceAll(/[g-z]/g, other).replaceAll(/[G-Z]/g, (letter) =>
    other(letter.toLowerCase()).toUpperCase(),
  )
}
const text = (said: string): object => ({ type: 'text', text: said })
const progress = (message: string, n: number): object => ({
  method: 'notifications/progress',
  params: { progressToken: '$token', progress: n, message },
})
const log = (data: unknown): object => ({ method: 'notifications/message', params: { level: 'error', data } })

/** What the server does with the parts of its token, and what is asked of it in place of a call. */
interface Split {
  readonly plan: Partial<Plan>
  readonly asks?: readonly (readonly [method: string, params: Readonly<Record<string, unknown>>])[]
}
type Row = readonly [what: string, split: (parts: readonly string[], token: string, id: string) => Split]

const says = (of: (parts: readonly string[], token: string) => readonly object[]): Row[1] => {
  return (parts, token) => ({ plan: { says: { get_it: of(parts, token) } } })
}
const replies = (of: (parts: readonly string[]) => { result?: unknown; error?: unknown }): Row[1] => {
  return (parts) => ({ plan: { replies: { get_it: of(parts) } } })
}

const CALLS: readonly Row[] = [
  ['progress', says((parts) => parts.map((part, i) => progress(part, i)))],
  ['progress in words', says((parts) => parts.map((part, i) => progress(`chunk: ${part} (more)`, i)))],
  ['progress, each character', says((_, token) => Array.from(token, (part, i) => progress(part, i)))],
  ['log messages', says((parts) => parts.map((part) => log(part)))],
  ['log messages that are objects', says((parts) => parts.map((part, i) => log({ line: i, part })))],
  [
    'progress and log messages',
    says((parts) => parts.map((part, i) => (i % 2 === 0 ? progress(part, i) : log(part)))),
  ],
  ['lines of stderr', says((parts) => parts.map((part) => ({ stderr: `${part}\n` })))],
  [
    'lines of stderr with the time',
    says((parts) => parts.map((part, i) => ({ stderr: `12:00:0${i} got ${part}\n` }))),
  ],
  [
    'stderr and log messages',
    says((parts) => parts.map((part, i) => (i % 2 === 0 ? { stderr: `${part}\n` } : log(part)))),
  ],
  [
    'questions',
    says((parts) =>
      parts.map((part, id) => ({
        id: `q${id}`,
        method: 'elicitation/create',
        params: { message: `Is it ${part}`, requestedSchema: { type: 'object', properties: {} } },
      })),
    ),
  ],
  [
    'a request for the model',
    says((parts) => [
      {
        id: 'q',
        method: 'sampling/createMessage',
        params: { maxTokens: 5, messages: parts.map((part) => ({ role: 'user', content: text(part) })) },
      },
    ]),
  ],
  [
    'a question and its field',
    says(([first = '', second = '', third]) => [
      {
        id: 'q',
        method: 'elicitation/create',
        params: {
          message: `Is it ${first}${second}`,
          requestedSchema: { type: 'object', properties: { a: { type: 'string', title: third } } },
        },
      },
    ]),
  ],
  [
    'progress and the result',
    ([first = '', second = '', third = '']) => ({
      plan: {
        says: { get_it: [progress(first, 1), progress(second, 2)] },
        replies: { get_it: { result: { content: [text(`and ${third}`)] } } },
      },
    }),
  ],
]

const ANSWERS: readonly Row[] = [
  [
    'text and structured content',
    replies(([first = '', second = '', third]) => ({
      result: { content: [text(first + second)], structuredContent: { rest: third } },
    })),
  ],
  [
    'large members',
    replies(([first = '', second = '', third]) => ({
      result: {
        content: [text(`${'filler '.repeat(100_000)}${first}${second}`)],
        structuredContent: { rest: third },
      },
    })),
  ],
  [
    'an error and its data',
    replies(([first = '', second, third]) => ({
      error: { code: -5, message: `no ${first}`, data: { SECOND: second, THIRD: third } },
    })),
  ],
  [
    'messages of a prompt',
    (parts, _token, id) => ({
      plan: {
        answers: {
          'prompts/list': { prompts: [{ name: 'p' }] },
          'prompts/get': { messages: parts.map((part) => ({ role: 'user', content: text(part) })) },
        },
      },
      asks: [
        ['prompts/list', {}],
        ['prompts/get', { name: `${id}_p` }],
      ],
    }),
  ],
  [
    'contents of a resource',
    (parts, _token, id) => ({
      plan: {
        answers: {
          'resources/list': { resources: [{ uri: 'file:///x', name: 'x' }] },
          'resources/read': {
            contents: parts.map((part, i) => ({
              uri: `file:///${i}`,
              blob: Buffer.from(part).toString('base64'),
            })),
          },
        },
      },
      asks: [
        ['resources/list', {}],
        ['resources/read', { uri: `sidemux://${id}/file:///x` }],
      ],
    }),
  ],
  [
    'names of its tools, of their arguments, and their descriptions',
    ([first, second, third = ''], token) => ({
      plan: {
        tools: [
          tool('get_it', { description: `Uses ${first}` }),
          tool('get_more', {
            description: `and ${second}`,
            inputSchema: { type: 'object', properties: { [third]: {} } },
          }),
          tool(`get_${token.slice(0, 14)}`),
        ],
      },
    }),
  ],
]

const ROWS = [...CALLS, ...ANSWERS]
const idOf = (row: number): string => `split${row}`

/** Hostile servers with these plans, each with the token of its row. */
function behindOne(plans: readonly Partial<Plan>[]) {
  const where = place('')
  const servers = plans.map((plan, row) => {
    const [planFile, logFile] = ['plan.json', 'calls.jsonl'].map((name) =>
      join(where.out, `${idOf(row)}-${name}`),
    )
    writeFileSync(planFile ?? '', JSON.stringify({ tools: [tool('get_it')], ...plan }))
    const env = { PLAN: planFile, LOG: logFile, EVIL_TOKEN: `\${env:TOKEN_${row}}` }
    const entry = { command: 'node', args: [HOSTILE], sandbox: 'off', sampling: 'allow', env }
    return `  ${idOf(row)}: ${JSON.stringify(entry)}\n`
  })
  const rest = 'approvals: { channels: [elicitation] }\ndefaults: { listWait: 50s }\n'
  writeFileSync(where.config, `version: 1\nservers:\n${servers.join('')}${rest}`)
  Object.assign(where.env, Object.fromEntries(plans.map((_, row) => [`TOKEN_${row}`, tokenOf(row)])))
  const calls = (row: number): string[] => {
    const file = join(where.out, `${idOf(row)}-calls.jsonl`)
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line.includes('"name"'))
      : []
  }
  return { where, calls }
}

/** One after the other; then everything that left the sidecar. */
const said = once(async () => {
  const splits = ROWS.map(([, split], row) => split(inParts(tokenOf(row), 3), tokenOf(row), idOf(row)))
  const { where } = behindOne(splits.map(({ plan }) => plan))
  const host = new HereHost(where, undefined, { SIDEMUX_LOG: 'trace' })
  host.onRequest = ({ id = 0 }) => host.send({ id, error: { code: -1, message: 'no' } })
  await host.initialize({ elicitation: {}, sampling: {} })
  await host.request('tools/list')
  const call = async (of: RawHost, id: string): Promise<unknown> =>
    of.request('tools/call', { name: `${id}_get_it`, arguments: {}, _meta: { progressToken: id } })
  for (const [row, { asks }] of splits.entries()) {
    if (asks === undefined) await call(host, idOf(row))
    for (const [method, params] of asks ?? []) await host.request(method, params)
  }
  host.process.stdin?.end()
  await host.exited()
  const messages = host.received.map((message) => JSON.stringify(message))
  return [...messages, ...`${host.stderr()}\n${everythingIn(where.state)}`.split('\n')]
})

/** The longest piece of the token of this server in any one message to the host, line on stderr, and line of a file. */
async function shown(row: number): Promise<number> {
  const all = await said()
  expect(all.some((line) => line.includes(`[redacted:${idOf(row)}.EVIL_TOKEN]`))).toBe(true)
  return Math.max(...all.map((line) => longestLeft(tokenOf(row), line)))
}

describe('split over what it says during a call', () => {
  it.each(CALLS.map(([what], row) => [what, row] as const))('%s', async (_what, row) => {
    expect(await shown(row)).toBeLessThan(8)
  })
})

describe('split over one answer', () => {
  it.each(ANSWERS.map(([what], at) => [what, CALLS.length + at] as const))('%s', async (_what, row) => {
    expect(await shown(row)).toBeLessThan(8)
  })
})

it('no other server is given it in pieces (promise 2)', async () => {
  const { where, calls } = behindOne([{}, {}])
  const host = new HereHost(where)
  await host.initialize()
  await host.request('tools/list')
  await until(() => existsSync(join(where.out, `${idOf(0)}-calls.jsonl`)), 'the server with the secret')
  const parts = inParts(tokenOf(0), 3)
  const [first = '', second = '', third = ''] = parts
  for (const args of [
    { a: first, b: second, c: third },
    { list: parts.map((part, i) => ({ i, part: `piece ${part}` })) },
    { text: Array.from(tokenOf(0)).join(' ') },
    { text: tokenOf(0).toUpperCase() },
    { [first + second]: third },
  ]) {
    const { result } = await host.request('tools/call', { name: `${idOf(1)}_get_it`, arguments: args })
    expect(JSON.stringify(result), JSON.stringify(args)).toContain('a secret of another server')
  }
  expect(calls(1)).toEqual([])
})
