/** Ids written back as text, or as 2.0, reach their call, over stdio and over HTTP (promise 7). */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Child } from '../../src/upstream/life/child.ts'
import type { Progress } from '../../src/upstream/link/request-end.ts'
import { speller } from '../servers/speller.mjs'
import { call, spec, startFleet, textOf } from './harness.ts'
import { remoteSpec } from './remote/support.ts'

const CALLER = { capabilities: { roots: {} }, ask: async () => ({ roots: [] }) }

const WAYS: readonly [string, string, 'all' | 'calls' | 'errors'][] = [
  ['text from the handshake on', '"{id}"', 'all'],
  ['text in answers of calls', '"{id}"', 'calls'],
  ['text in errors', '"{id}"', 'errors'],
  ['text with spaces', '" {id} "', 'all'],
  ['text with a point', '"{id}.0"', 'all'],
  ['a number with a point', '{id}.0', 'all'],
]

async function worksIn(child: Child): Promise<void> {
  for (const text of ['one', 'two']) expect(textOf(await call(child, 'echo', { text }))).toBe(text)
  expect(await call(child, 'fail')).toMatchObject({ kind: 'error', code: -32050, message: 'quota' })
  expect(String(textOf(await call(child, 'long'))).length).toBe(1_200_000)
  const many = Array.from({ length: 20 }, (_, n) => call(child, 'echo', { text: String(n) }))
  expect((await Promise.all(many)).map(textOf)).toEqual(many.map((_, n) => String(n)))
}

/** Answers each POST with the last of these lines. */
async function byHttp(answers: (line: string) => readonly string[]): Promise<Child> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const isPost = request.method === 'POST'
      const answer = isPost ? answers(body).at(-1) : undefined
      response.writeHead(answer === undefined ? (isPost ? 202 : 405) : 200, {
        'content-type': 'application/json',
      })
      response.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const { fleet, child } = startFleet([remoteSpec('s', `http://127.0.0.1:${port}/mcp`)])
  await fleet.settled()
  return child('s')
}

describe.each(WAYS)('a server that writes %s', (_what, spelling, where) => {
  it('works on stdio, its progress arrives, and its own ids come back as they were', async () => {
    const { fleet, child } = startFleet([spec('s', 'speller', { env: { SPELLING: spelling, WHERE: where } })])
    await fleet.settled()
    const told: Progress[] = []
    await call(
      child('s'),
      'echo',
      { text: 'x' },
      { onProgress: (progress) => told.push(progress), caller: CALLER },
    )
    expect(told).toEqual([{ progress: 1 }])
    // A call may be answered before the questions that came with it.
    const heard: Record<string, unknown> = {}
    await expect
      .poll(async () => {
        Object.assign(heard, JSON.parse(String(textOf(await call(child('s'), 'heard')))))
        return Object.keys(heard).length
      })
      .toBe(14)
    expect(heard).toEqual({
      ...Object.fromEntries(
        ['7', '"7"', '-1', '"a b"', '90071992547409931', '1.5', '""'].map((id) => [id, {}]),
      ),
      ...Object.fromEntries(['8', '"8"', '90071992547409932', '"r s"'].map((id) => [id, { roots: [] }])),
      9: -32601,
      10: -32602,
      11: -32600,
    })
    await worksIn(child('s'))
  })

  it('works by HTTP', async () => {
    await worksIn(await byHttp(speller({ spelling, where })))
  })
})

it.each<[string, string, object]>([
  [
    'its error names no request',
    '"id":null,"error":{"code":-32001,"message":"boom"}',
    { kind: 'error', message: 'boom' },
  ],
  ['its error is text and has no id', '"error":"boom"', { kind: 'error', message: 'boom' }],
  ['its result has no id', '"result":{"content":[{"type":"text","text":"ok"}]}', { kind: 'result' }],
  ['it answers another request', '"id":999,"result":{}', { kind: 'unavailable' }],
])(
  'by HTTP a call is the only one that an answer can be for, also where %s',
  async (_what, body, expected) => {
    const answers = speller({})
    const child = await byHttp((line) =>
      line.includes('tools/call') ? [`{"jsonrpc":"2.0",${body}}`] : answers(line),
    )
    const calls = [call(child, 'echo'), call(child, 'echo')]
    for (const reply of await Promise.all(calls)) expect(reply).toMatchObject(expected)
  },
)
