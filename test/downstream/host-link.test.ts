/**
 * The pipe to the host: what a host learns of a line that is no message (JSON-RPC 2.0, Response object: `id` is null where
 * it can't be told), how much is read and written at once, and what happens when it doesn't read.
 */
import { Writable, PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { HostLink, type HostListener } from '../../src/downstream/host-link.ts'
import { faultLine, MAX_OUTGOING_BYTES, messageLine, resultLine } from '../../src/downstream/outgoing.ts'
import { RawJson } from '../../src/json/write.ts'
import { Talk, talk, type Message } from './talk.ts'

const refused = (id: unknown, code: number): object => ({ jsonrpc: '2.0', id, error: { code } })

it.each<[string, string | Buffer, number]>([
  ['not JSON', 'hello', -32_700],
  ['half of it', '{"jsonrpc":"2.0"', -32_700],
  ['a header of LSP', 'Content-Length: 160', -32_700],
  ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), -32_700],
  ['a number', '5', -32_600],
  ['null', 'null', -32_600],
  ['an empty batch', '[]', -32_600],
  ['nothing', '{}', -32_600],
  ['only a version', '{"jsonrpc":"2.0"}', -32_600],
  ['null as id', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32_600],
  ['true as id', '{"jsonrpc":"2.0","id":true,"method":"ping"}', -32_600],
  ['an object as id', '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32_600],
  ['a list as id', '{"jsonrpc":"2.0","id":[1],"method":"tools/call","params":{"name":"x"}}', -32_600],
  ['a method that is no text', '{"jsonrpc":"2.0","method":5}', -32_600],
  ['no method and null as id', '{"jsonrpc":"2.0","id":null}', -32_600],
])('%s is refused without an id', async (_what, line, code) => {
  const one = new Talk()
  await one.take([typeof line === 'string' ? line : ({ stdin }) => stdin.write(line)])
  expect(one.heard()).toMatchObject([refused(null, code)])
  expect(one.told.filter(([what]) => what !== 'error')).toEqual([])
  await one.served.close()
})

it.each<[string, string, readonly object[]]>([
  ['a request without jsonrpc', '{"id":5,"method":"ping"}', [refused(5, -32_600)]],
  ['a request without a method', '{"jsonrpc":"2.0","id":"a"}', [refused('a', -32_600)]],
  ['null as method', '{"jsonrpc":"2.0","id":5,"method":null}', [refused(5, -32_600)]],
  [
    'a batch',
    '[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},5,{"id":2,"result":{}},{"id":"b","method":"ping"}]',
    [refused(1, -32_600), refused('b', -32_600)],
  ],
  ['an empty line', '', []],
  ['a stray answer', '{"jsonrpc":"2.0","id":7,"result":{}}', []],
  ['a stray error without an id', '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}', []],
])('%s', async (_what, line, expected) => {
  const heard = await talk(line)
  expect(heard).toMatchObject(expected)
  expect(heard).toHaveLength(expected.length)
})

/** A link whose host reads as the test wants. */
class Pipe {
  readonly stdin = new PassThrough()
  readonly written: string[] = []
  readonly taken: unknown[] = []
  readonly turns: number[] = []
  isClosed = 0
  readonly link: HostLink
  #release: (() => void) | undefined
  #isReading = true

  constructor(onMessage?: HostListener['onMessage']) {
    const stdout = new Writable({
      highWaterMark: 1000,
      write: (chunk: Buffer, _encoding, done) => {
        this.written.push(chunk.toString())
        if (this.#isReading) done()
        else this.#release = done
      },
    })
    this.link = new HostLink(this.stdin, stdout)
    this.link.start({
      onMessage: (message) => {
        this.taken.push(message['n'])
        onMessage?.(message)
      },
      onBadLine: () => {},
      onClose: () => void (this.isClosed += 1),
    })
    onTestFinished(() => this.link.close())
  }

  stopReading(): void {
    this.#isReading = false
  }

  readAgain(): void {
    this.#isReading = true
    this.#release?.()
  }

  send(...numbers: readonly number[]): void {
    this.stdin.write(numbers.map((n) => `{"n":${n}}\n`).join(''))
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

it('all lines of a turn are handed on before anything of them is waited for, and written at once', async () => {
  const pipe = new Pipe(({ n }) => {
    pipe.turns.push(pipe.written.length)
    void Promise.resolve().then(() => pipe.link.send(`${String(n)}\n`))
  })
  pipe.send(...upTo(32))
  await setImmediate()
  expect(pipe.turns).toEqual(upTo(32).map(() => 0))
  expect(pipe.written).toEqual([
    upTo(32)
      .map((n) => `${n}\n`)
      .join(''),
  ])
})

it('a host that sends as fast as it is read leaves turns to everybody else', async () => {
  const pipe = new Pipe()
  const others: number[] = []
  pipe.send(...upTo(1000))
  while (pipe.taken.length < 1000) {
    await setImmediate()
    others.push(pipe.taken.length)
  }
  expect(others.length).toBeGreaterThan(10)
  expect(pipe.taken).toEqual(upTo(1000))
})

it('a host that does not read is not read, loses what is told and no answer', async () => {
  const pipe = new Pipe(({ n }) => pipe.link.send(`answer ${String(n)} ${'x'.repeat(2000)}\n`))
  pipe.stopReading()
  for (const n of upTo(50)) {
    pipe.send(n)
    await setImmediate()
  }
  expect(pipe.taken.length).toBeLessThan(50)
  pipe.link.send(`${'y'.repeat(1024 * 1024)}\n`)
  for (let n = 0; n < 100; n += 1) pipe.link.tell('told\n')
  pipe.readAgain()
  while (pipe.taken.length < 50 || !pipe.written.join('').includes('answer 49')) await setImmediate()
  expect(pipe.taken).toEqual(upTo(50))
  const lines = pipe.written.join('').split('\n')
  expect(lines.filter((line) => line.startsWith('answer')).length).toBe(50)
  expect(lines.filter((line) => line === 'told')).toEqual([])
})

it('what is told arrives while the host reads', async () => {
  const pipe = new Pipe()
  pipe.link.tell('told\n')
  pipe.link.tell(undefined)
  await setImmediate()
  expect(pipe.written).toEqual(['told\n'])
})

it('its end is said once, in the middle of a turn as well, and nothing is read or written after it', async () => {
  const pipe = new Pipe(({ n }) => {
    pipe.link.send(`${String(n)}\n`)
    if (n === 2) pipe.link.close()
  })
  pipe.send(...upTo(5))
  await setImmediate()
  pipe.link.send('late\n')
  pipe.stdin.end()
  await setImmediate()
  expect(pipe.taken).toEqual([0, 1, 2])
  expect(pipe.written.join('')).toBe('0\n1\n2\n')
  expect(pipe.isClosed).toBe(1)
})

it('what was answered is still written when the host closes its end', async () => {
  const one = new Talk()
  one.stdin.end('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
  await one.served.closed
  expect(one.heard()).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }])
})

const whole = (line: unknown): string =>
  (Array.isArray(line) ? (line as (string | Uint8Array)[]) : [line as string])
    .map((part) => Buffer.from(part as string).toString())
    .join('')
const idOf = (line: unknown): Message => JSON.parse(whole(line)) as Message

it.each<[string, Message]>([
  ['small', { text: 'é' }],
  ['long', { text: 'é'.repeat(20_000) }],
  ['of JSON that is ready', { content: new RawJson([Buffer.from('[1]')]), text: '\u2028' }],
])('an answer is one line around its result: %s', (_what, value) => {
  for (const id of [0, -1, 'a"b', '', Number.MAX_SAFE_INTEGER]) {
    const line = whole(resultLine(id, value))
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(JSON.parse(line)).toEqual({ jsonrpc: '2.0', id, result: JSON.parse(JSON.stringify(value)) })
  }
})

it('what hosts would not read becomes an error where they wait for it, and is not sent else', () => {
  // Three bytes each in UTF-8, so that characters alone don't tell.
  const [most, more] = [0, 1].map((extra) => '€'.repeat(Math.floor(MAX_OUTGOING_BYTES / 3) - 20 + extra * 20))
  expect(idOf(resultLine(7, { most }))).toEqual({ jsonrpc: '2.0', id: 7, result: { most } })
  const error = { code: -32_603, message: expect.stringContaining('10 MiB') as string }
  expect(idOf(resultLine(7, { more }))).toEqual({ jsonrpc: '2.0', id: 7, error })
  expect(idOf(faultLine('a', { code: 1, message: more ?? '' }))).toEqual({ jsonrpc: '2.0', id: 'a', error })
  expect(messageLine({ method: 'x', params: { more } })).toBeUndefined()
})
