import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { writeJson } from '../../src/json/write.ts'
import {
  LineFramer,
  MAX_LINE_BYTES,
  MAX_NESTING,
  type Frame,
  type LargeLine,
} from '../../src/wire/framing.ts'

function frames(chunks: readonly (string | Buffer)[], maxLineBytes?: number): Frame[] {
  const framer = new LineFramer(maxLineBytes === undefined ? {} : { maxLineBytes })
  return chunks.flatMap((chunk) => [...framer.push(Buffer.from(chunk))])
}

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`
}

function lineOf(bytes: number): string {
  return `{"a":"${'x'.repeat(bytes - 8)}"}\n`
}

describe('each line is a message or costs itself only', () => {
  const cases: { title: string; line: string | Buffer; expected: Partial<Frame> | undefined }[] = [
    { title: 'a message', line: '{"a":1}', expected: { kind: 'message', message: { a: 1 } } },
    { title: 'CR before LF', line: '{"a":1}\r', expected: { kind: 'message', message: { a: 1 } } },
    { title: 'a byte order mark', line: '\uFEFF{"a":1}', expected: { kind: 'message', message: { a: 1 } } },
    { title: 'an empty line', line: '', expected: undefined },
    { title: 'a blank line', line: ' \t\r', expected: undefined },
    { title: 'a banner', line: 'Server listening on stdio', expected: { kind: 'bad', why: 'not-json' } },
    {
      title: 'half a message',
      line: '{"jsonrpc":"2.0","id":7,"result":',
      expected: { kind: 'bad', why: 'not-json', id: 7 },
    },
    {
      title: 'NaN',
      line: '{"result":{"v":NaN},"id":"x"}',
      expected: { kind: 'bad', why: 'not-json', id: 'x' },
    },
    { title: 'a batch', line: '[{"id":1}]', expected: { kind: 'bad', why: 'batch' } },
    { title: 'a number', line: '7', expected: { kind: 'bad', why: 'not-an-object' } },
    { title: 'null', line: 'null', expected: { kind: 'bad', why: 'not-an-object' } },
    {
      title: 'Latin-1',
      line: Buffer.from('{"id":3,"result":"é"}', 'latin1'),
      expected: { kind: 'bad', why: 'not-utf8', id: 3 },
    },
    {
      title: 'the deepest that is allowed',
      line: `{"a":${nested(MAX_NESTING - 1)}}`,
      expected: { kind: 'message' },
    },
    {
      title: 'one level deeper',
      line: `{"id":4,"a":${nested(MAX_NESTING)}}`,
      expected: { kind: 'bad', why: 'too-deep', id: 4 },
    },
    {
      title: 'depth 1e4',
      line: `{"a":${nested(1e4)},"id":5}`,
      expected: { kind: 'bad', why: 'too-deep', id: 5 },
    },
    { title: 'depth 1e6', line: nested(1e6), expected: { kind: 'bad', why: 'too-deep' } },
    {
      title: 'brackets in strings are no depth',
      line: JSON.stringify({ a: `${'["'.repeat(1000)}\\` }),
      expected: { kind: 'message' },
    },
  ]
  test.each(cases)('$title', ({ line, expected }) => {
    const [first, ...rest] = frames([line, '\n{"next":true}\n'])
    if (expected === undefined) expect([first, ...rest]).toMatchObject([{ message: { next: true } }])
    else expect([first, ...rest]).toMatchObject([expected, { message: { next: true } }])
  })

  const ids: { line: string; id: number | string | undefined }[] = [
    { line: '{"jsonrpc":"2.0","id":12,"result":{', id: 12 },
    { line: '{ "id" : -3 , "result":', id: -3 },
    { line: '{"id":"a b","result":', id: 'a b' },
    { line: '{"result":{"id":5},', id: undefined },
    { line: '{"result":{,"id":5}}', id: undefined },
    { line: '{"result":"\\"id\\":5","error"', id: undefined },
    { line: '{"result":{"text":"{\\"id\\":5}"}, oops', id: undefined },
    { line: '{"result":{,"id":6},"jsonrpc":"2.0","id":7}', id: 7 },
    { line: '{"id":1,"method":"sampling/createMessage",', id: undefined },
    { line: '{"method":"sampling/createMessage","id":1,', id: undefined },
    { line: '{"id":1.5,"result":', id: undefined },
    { line: 'the "id":9}', id: undefined },
    { line: '{"id":"', id: undefined },
  ]
  test.each(ids)('the id of $line is $id', ({ line, id }) => {
    expect(frames([`${line}\n`])).toMatchObject([{ kind: 'bad', why: 'not-json' }])
    expect((frames([`${line}\n`])[0] as { id?: unknown }).id).toBe(id)
  })

  const requests: { line: string; id: number | string | undefined }[] = [
    { line: '{"jsonrpc":"2.0","id":1,"method":"tools/call",', id: 1 },
    { line: '{"method":"tools/call","params":{,},"jsonrpc":"2.0","id":"b"}', id: 'b' },
    { line: '{"jsonrpc":"2.0","id":12,"result":{', id: undefined },
    { line: '{"method":"x","params":{"id":5},', id: undefined },
  ]
  test.each(requests)('the id of the request $line is $id', ({ line, id }) => {
    const [frame] = new LineFramer({ sought: 'request' }).push(Buffer.from(`${line}\n`))
    expect((frame as { id?: unknown }).id).toBe(id)
  })

  test('a key called __proto__, however it is spelled, is one like any other', () => {
    const [frame] = frames(['{"a":{"__proto__":{"x":1},"\\u005f_pro\\u0074o__":2,"b":3}}\n'])
    const a = frame?.kind === 'message' ? (frame.message['a'] as object) : {}
    expect(Object.getOwnPropertyNames(a)).toEqual(['__proto__', 'b'])
    expect(Object.getPrototypeOf(a)).toBe(Object.prototype)
  })

  test('numbers keep their digits', () => {
    const line = '{"a":[9007199254740993,1e400,-0,0.5]}'
    const [frame] = frames([`${line}\n`])
    expect(frame?.kind === 'message' && writeJson(frame.message)).toBe(line)
  })
})

describe('a line that is too long is skipped', () => {
  const long = 'x'.repeat(40_000)
  const cases = [
    { title: 'id first', line: `{"jsonrpc":"2.0","id":8,"result":"${long}"}`, id: 8 },
    { title: 'id last', line: `{"result":"${long}","jsonrpc":"2.0","id":"s"}`, id: 's' },
    { title: 'no id', line: long, id: undefined },
    { title: 'an id inside the result', line: `{"result":["${long}",{"id":1}]}`, id: undefined },
  ]
  test.each(cases)('$title, in chunks of any size', ({ line, id }) => {
    for (const size of [1, 7, 4096, 20_000, 100_000]) {
      const whole = `{"a":1}\n${line}\n{"b":2}\n`
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
        whole.slice(at * size, (at + 1) * size),
      )
      const [first, bad, last, ...rest] = frames(chunks, 20_000)
      expect([first, last, rest]).toMatchObject([{ message: { a: 1 } }, { message: { b: 2 } }, []])
      expect(bad).toEqual({
        kind: 'bad',
        why: 'too-long',
        bytes: line.length,
        ...(id !== undefined && { id }),
      })
    }
  })

  test('exactly 10 MiB pass, one byte more does not', () => {
    expect(frames([lineOf(MAX_LINE_BYTES)])).toMatchObject([{ kind: 'message' }])
    expect(frames([lineOf(MAX_LINE_BYTES + 1)])).toMatchObject([
      { kind: 'bad', why: 'too-long', bytes: MAX_LINE_BYTES + 1 },
    ])
  })

  test('an endless line takes no more memory than the longest allowed, and linear time', () => {
    const framer = new LineFramer()
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const before = process.memoryUsage.rss()
    for (let sent = 0; sent < 200 * 1024 * 1024; sent += chunk.length)
      expect([...framer.push(chunk)]).toEqual([])
    expect(process.memoryUsage.rss() - before).toBeLessThan(80 * 1024 * 1024)
    expect([...framer.push(Buffer.from('\n{"a":1}\n'))]).toMatchObject([
      { why: 'too-long' },
      { message: { a: 1 } },
    ])
  })

  test('many bytes one at a time are read, without copying what came before each time', () => {
    const framer = new LineFramer()
    const byte = Buffer.from('x')
    for (let at = 0; at < 600_000; at++) framer.push(byte).next()
    expect([...framer.push(Buffer.from('\n'))]).toMatchObject([{ why: 'not-json', bytes: 600_000 }])
  })
})

test('however the bytes are cut, the frames are the same', () => {
  const line = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.anyText().map((text) => text.replaceAll('\n', '')),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
    fc.constant('{"jsonrpc":"2.0","id":1,"result":{"text":"äöü€𝄞"}}'),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.array(fc.nat(200), { maxLength: 12 }), (lines, cuts) => {
      const whole = Buffer.concat(lines.flatMap((part) => [Buffer.from(part), Buffer.from('\n')]))
      const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length])].toSorted(
        (a, b) => a - b,
      )
      const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end))
      expect(frames(chunks, 120)).toEqual(frames([whole], 120))
    }),
    { numRuns: 100 },
  )
})

describe('a long line that is not read yet', () => {
  const line = lineOf(300_000)
  const framer = (): LineFramer<LargeLine> => new LineFramer<LargeLine>({ largeBytes: 100_000 })

  test('is all that came of it, in whatever chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 40 }), (sizes) => {
        const bytes = Buffer.from(`{"a":1}\n${line}{"b":2}\n`)
        const ends = sizes.map((_, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0))
        const chunks = [0, ...ends].map((from, at) => Buffer.from(bytes.subarray(from, ends[at])))
        const target = framer()
        const read = chunks.flatMap((chunk) => [...target.push(chunk)])
        expect(read.map(({ kind }) => kind)).toEqual(['message', 'large', 'message'])
        const [, large] = read
        if (large?.kind === 'large') expect(Buffer.concat(large.line).toString()).toBe(line.trim())
      }),
      { numRuns: 60 },
    )
  })

  test('is in few pieces also when it comes byte by byte', () => {
    const target = framer()
    const read = Array.from(line).flatMap((byte) => [...target.push(Buffer.from(byte))])
    expect(read).toHaveLength(1)
    expect(read[0]?.kind === 'large' && read[0].line.length).toBeLessThan(10)
  })

  test('stays what it is when others come', () => {
    const target = framer()
    const [first] = target.push(Buffer.from(line))
    const [second] = target.push(Buffer.from(line.replaceAll('x', 'y')))
    for (const [read, letter] of [[first, 'x'] as const, [second, 'y'] as const])
      expect(read?.kind === 'large' && Buffer.concat(read.line).toString()).toBe(
        line.trim().replaceAll('x', letter),
      )
  })
})
