/** The thread that reads long lines: it gives back what the corridor would make of them, and its end costs its lines only. */
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { LargeReader } from '../../src/large/reader.ts'
import { writeJson } from '../../src/json/write.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import type { Frame } from '../../src/wire/framing.ts'
import { FinishedResult } from '../../src/upstream/link/large.ts'

const FACTS = { method: 'tools/call', modern: true }
const SERVER = { id: 'x', apps: false }

function reading(
  redactor = new Redactor(),
  options: ConstructorParameters<typeof LargeReader>[1] = {},
): { reader: LargeReader; redactor: Redactor } {
  const reader = new LargeReader(redactor, options)
  onTestFinished(() => reader.close())
  return { reader, redactor }
}

/** For tests that leave it as it was: a thread takes longer to start than to read a line. */
const shared = new LargeReader(new Redactor())
afterAll(() => shared.close())

/** In pieces, as the framer's. */
function line(result: string): Buffer[] {
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":7,"result":${result}}`)
  const size = 64 * 1024
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, at * size + size),
  )
}

function resultOf(frame: Frame): unknown {
  const result = frame.kind === 'message' ? frame.message['result'] : undefined
  return result instanceof FinishedResult && result.normalized.ok === true ? result.normalized.result : frame
}

const long = 'x'.repeat(100_000)

test('a result comes back as it was, its large members as JSON', async () => {
  const content = `[{"type":"text","text":"${long}"}]`
  const frame = await shared.read(line(`{"content":${content},"n":9007199254740993}`), FACTS, SERVER)
  expect(writeJson(resultOf(frame))).toBe(`{"content":${content},"n":9007199254740993}`)
  expect(frame).toMatchObject({ kind: 'message', message: { id: 7 } })
})

test.each([
  ['in the spelling of its server', `[ {"text" : "\\u00e9\\/ü ${long}", "type":"text"} ]`],
  ['without bytes of two', `[{"type":"text","text":"${long}"} ]`],
])('what nothing changes is handed on as it came, %s', async (_what, content) => {
  const frame = await shared.read(line(`{ "content":${content} , "isError":false}`), FACTS, SERVER)
  expect(writeJson(resultOf(frame))).toBe(`{"content":${content},"isError":false}`)
})

test.each([
  ['a member is given twice', `[{"type":"text","text":"${long}","x":1,"x":2}]`, '"x":2}]'],
  ['a number has its own spelling', `[{"type":"text","text":"${long}","x":1.50}]`, '"x":1.5}]'],
])('where %s it is printed anew, as it was judged', async (_what, content, end) => {
  const frame = await shared.read(line(`{"content":${content}}`), FACTS, SERVER)
  expect(writeJson(resultOf(frame))).toBe(`{"content":[{"type":"text","text":"${long}",${end}}`)
})

test('secrets are masked that came to be known before the line (promise 3)', async () => {
  const { reader, redactor } = reading()
  for (const value of ['first-secret-value', 'second-secret-value']) {
    redactor.add('x', [new Secret(value, value.slice(0, 5))])
    const frame = await reader.read(
      line(`{"content":[{"type":"text","text":"${value} ${long}"}]}`),
      FACTS,
      SERVER,
    )
    expect(writeJson(resultOf(frame))).toContain(`[redacted:${value.slice(0, 5)}]`)
    expect(redactor.maskJson(resultOf(frame)).hits).toBe(1)
  }
})

test.each([
  ['not-json', `{"content":[}`],
  ['too-deep', `{"content":[],"d":${'['.repeat(300)}${']'.repeat(300)}}`],
])('a line that is %s is one', async (why, result) => {
  expect(await shared.read(line(result), FACTS, SERVER)).toMatchObject({ kind: 'bad', why })
})

test('what is no result is read where it came from', async () => {
  const asks = `{"resultType":"input_required","inputRequests":{},"requestState":"${long}"}`
  const frame = await shared.read(line(asks), FACTS, SERVER)
  expect(frame).toMatchObject({ kind: 'message', message: { result: { requestState: long } } })
})

test('a thread that ends costs the lines that it had, and the next line gets another (promise 1)', async () => {
  const { reader } = reading()
  const lost = reader.read(line(`{"content":"${long}"}`), FACTS, SERVER)
  await reader.close()
  expect(await lost).toMatchObject({ kind: 'bad', why: 'unreadable' })
  const frame = await reader.read(line('{"content":[]}'), FACTS, SERVER)
  expect(resultOf(frame)).toEqual({ content: [] })
})

test('a line that takes too long is lost, and none that waits behind it (promise 1)', async () => {
  const { reader } = reading(new Redactor(), { lineMs: 1500 })
  const numbers = Array.from({ length: 1_700_000 }, () => '1e400').join()
  const slow = reader.read(line(`{"structuredContent":{"n":[${numbers}]}}`), FACTS, SERVER)
  const next = reader.read(line('{"content":[]}'), FACTS, { id: 'y', apps: false })
  expect(await slow).toMatchObject({ kind: 'bad', why: 'unreadable' })
  expect(resultOf(await next)).toEqual({ content: [] })
})

test('no thread reads a line before it knows of all secrets (promise 3)', async () => {
  const { reader, redactor } = reading()
  const secret = 'a-secret-of-the-server'
  const masked = (): Promise<Frame> =>
    reader.read(line(`{"content":[{"type":"text","text":"${secret} ${long}"}]}`), FACTS, SERVER)
  await reader.read(line('{"content":[]}'), FACTS, SERVER)
  redactor.add('x', [new Secret(secret, 'key')])
  // The secret goes with the next line, and this one can't go.
  const stuck = { ...FACTS, because: () => undefined }
  const lost = await reader.read(line('{"content":[]}'), stuck, SERVER)
  expect(lost).toMatchObject({ kind: 'bad', why: 'unreadable' })
  expect(writeJson(resultOf(await masked()))).toContain('[redacted:key]')
})
