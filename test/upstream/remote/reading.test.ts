/** Messages are read out of bodies and streams as they came, within the bounds of a child's lines. */
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { EventReader } from '../../../src/upstream/remote/http/event-stream.ts'
import { readBodyAnswer, readEvents, type Arrived } from '../../../src/upstream/remote/http/reading.ts'

const MESSAGE = '{"jsonrpc":"2.0","id":7,"result":{"n":9007199254740993}}'
const MIB = 1024 * 1024

function body(...chunks: readonly (string | Buffer)[]): Readable {
  return Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: false },
  )
}

/** What is handed on of a stream, and the events that were told before each. */
async function eventsOf(...chunks: readonly string[]): Promise<[readonly string[], Arrived][]> {
  const taken: [string[], Arrived][] = []
  let told: string[] = []
  await readEvents(body(...chunks), new EventReader(), {
    onEvent: ({ id, retryMs }) => void told.push(`${id} ${retryMs}`),
    take: async (messages) => {
      for (const message of messages) {
        taken.push([told, message])
        told = []
      }
    },
  })
  return taken
}

describe('a body is the answer to its request', () => {
  const number = expect.objectContaining({ id: 7 })
  const cases: [name: string, chunks: string[], frame: object][] = [
    ['whole', [MESSAGE], { kind: 'message', message: number }],
    ['in pieces', [MESSAGE.slice(0, 9), MESSAGE.slice(9)], { kind: 'message', message: number }],
    ['in lines', ['{"jsonrpc":"2.0",\r\n"id":7,\n\n"result":{}}\n'], { kind: 'message', message: number }],
    ['without an id', ['{"jsonrpc":"2.0","result":{}}'], { kind: 'message', message: { id: 'own' } }],
    ['with null for its id', ['{"id":null,"error":{}}'], { kind: 'message', message: { id: 'own' } }],
    ['a notification', ['{"method":"x"}'], { kind: 'message', message: { method: 'x' } }],
    ['nothing', [], { kind: 'bad', why: 'not-json', id: 'own' }],
    ['blank', [' \n\r\n\t'], { kind: 'bad', why: 'not-json', id: 'own' }],
    ['no JSON', ['<p>hello'], { kind: 'bad', why: 'not-json', id: 'own' }],
    ['two messages', [`${MESSAGE}\n${MESSAGE}`], { kind: 'bad', why: 'not-json' }],
    ['a batch', ['[]'], { kind: 'bad', why: 'batch', id: 'own' }],
    ['a text', ['"x"'], { kind: 'bad', why: 'not-an-object', id: 'own' }],
    ['deep', [`{"a":${'['.repeat(300)}${']'.repeat(300)}}`], { kind: 'bad', why: 'too-deep', id: 'own' }],
  ]
  it.each(cases)('%s', async (_name, chunks, frame) => {
    expect(await readBodyAnswer(body(...chunks), 'own')).toMatchObject(frame)
  })

  it('long, and of several lines, as one line that is not parsed', async () => {
    const long = `{\n"id":7,\r\n"result":"${'x'.repeat(MIB)}"\n}`
    const arrived = await readBodyAnswer(body(long), 'own')
    expect(arrived).toMatchObject({ kind: 'large', id: 7 })
    expect(arrived.kind === 'large' && String(arrived.line)).toBe(long.replaceAll(/[\r\n]/g, ' '))
  })

  it('endless, and read no further than its bound', async () => {
    let read = 0
    const chunk = Buffer.alloc(MIB, 'x')
    const endless = new Readable({
      read() {
        read += 1
        this.push(chunk)
      },
    })
    expect(await readBodyAnswer(endless, 'own')).toMatchObject({ kind: 'bad', why: 'too-long', id: 'own' })
    expect(endless.destroyed).toBe(true)
    expect(read).toBeLessThan(14)
  })

  it.each([
    [
      'breaks off',
      (from: Readable) => from.destroy(Object.assign(new Error('x'), { code: 'EPIPE' })),
      'EPIPE',
    ],
    ['is closed', (from: Readable) => from.destroy(), 'ECONNRESET'],
  ])('that %s is none', async (_name, end, code) => {
    const half = new Readable({ read: () => undefined })
    half.push('{"jsonrpc"')
    setTimeout(() => end(half), 5)
    await expect(readBodyAnswer(half, 'own')).rejects.toMatchObject({ code })
  })
})

describe('a stream of events', () => {
  it('brings messages in order, each behind what its event says of the stream', async () => {
    const taken = await eventsOf(
      `id: 1\ndata: ${MESSAGE}\n\nretry: 50\n\n`,
      `event: other\ndata: {}\n\ndata: {"met`,
      `hod":"x"}\nid: 2\n\n`,
    )
    expect(taken).toMatchObject([
      [['1 undefined'], { kind: 'message', message: { id: 7 } }],
      [['undefined 50', 'undefined undefined', '2 undefined'], { kind: 'message', message: { method: 'x' } }],
    ])
  })

  it('is read on when what it has brought was handed on, and its end is no error', async () => {
    const source = new Readable({ read: () => undefined })
    source.push(`data: ${MESSAGE}\n\n`)
    let handOn = (): void => undefined
    const taken: Arrived[] = []
    const over = readEvents(source, new EventReader(), {
      onEvent: () => undefined,
      take: async (messages) => {
        taken.push(...messages)
        await new Promise<void>((resolve) => (handOn = resolve))
      },
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    source.push(`data: ${MESSAGE}\n\n`)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(taken).toHaveLength(1)
    handOn()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(taken).toHaveLength(2)
    handOn()
    source.destroy(new Error('broke'))
    await over
  })
})
