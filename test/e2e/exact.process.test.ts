/**
 * Promise 7 to the byte: what a server or a host sends arrives as it was sent, or fails clearly. Shown with a host and a
 * server that have no SDK, so that nobody rounds, drops or mends anything on the way but us.
 */
import { describe, expect, it } from 'vitest'
import { ERAS, exactServer, LineHost } from './exact-support.ts'
import { HOSTS_HERE } from './serve-here.ts'
import { place, shared, until } from './support.ts'

const nested = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`

const VALUES: [string, string][] = [
  ['integers beyond 2^53', '[9007199254740993,-9007199254740993,12345678901234567890,18446744073709551615]'],
  ['numbers beyond doubles', '[1e400,-1E+400,1e-400,1.7976931348623159e308]'],
  ['long decimals', '[0.1000000000000000055511151231257827,3.14159265358979323846264338327950288]'],
  ['minus zero', '[-0,-0.0,{"a":-0}]'],
  ['a member called __proto__', '{"__proto__":{"x":1e400},"b":{"__proto__":null,"constructor":1}}'],
  ['an empty name, and names that are numbers', '{"":1,"a b":{"10":2,"x\\u0000y":3}}'],
  ['100 levels', nested(100)],
  ['escapes and what looks like them', '"\\\\u0041 \\" \\\\ \\n \\u0000 \\u007f"'],
  ['every plane', '"é 漢 😀 \u2028\u2029 \u{10ffff}"'],
]
/** JSON.stringify writes these two shorter; nothing else is. */
const written = (json: string): string => json.replaceAll('\\u007f', '\u007f')

describe.each(ERAS)('a host of %s', (era) => {
  const open = async (): Promise<LineHost> => LineHost.open(`  x: ${exactServer()}`, era)
  const one = shared(open)

  it.each(VALUES)('gets and sends %s as they are', async (_title, json) => {
    const host = await one()
    const sent = written(json)

    const result = await host.told('result', `{"content":[],"structuredContent":{"v":${json}},"own":${json}}`)
    expect(result).toContain(`"structuredContent":{"v":${sent}}`)
    expect(result).toContain(`"own":${sent}`)

    const block = `{"type":"text","text":"t","own":${json},"_meta":{"example.com/k":${json}}}`
    expect(await host.told('result', `{"content":[${block}]}`)).toContain(written(block))

    expect(await host.told('error', json)).toContain(`"message":"m","data":${sent}`)
    expect(await host.heard(`{"v":${json}}`)).toContain(`"arguments":{"v":${sent}}`)
  })

  it('numbers that doubles keep may be written in the short form, and no other way', async () => {
    const host = await one()
    expect(await host.heard('{"v":[1.0,1e2,0.10,1E3]}')).toContain('"arguments":{"v":[1,100,0.1,1000]}')
  })

  it('halves of surrogate pairs pass in results, and are refused in arguments with a clear error', async () => {
    const host = await one()
    const json = '{"content":[{"type":"text","text":"a\\ud800b"}],"structuredContent":{"\\udfff":"\\ud83d"}}'
    const result = await host.told('result', json)
    expect(result).toContain('"text":"a\\ud800b"')
    expect(result).toContain('"structuredContent":{"\\udfff":"\\ud83d"}')
    expect(await host.heard('{"v":"\\ud800"}')).toMatch(/not well-formed JSON \(half a surrogate pair/)
  })

  it('an id that no double keeps is refused under that id', async () => {
    const host = await open()
    host.send('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}')
    await until(() => host.lines.some((line) => line.includes('"id":9007199254740993')), 'the refusal')
    expect(host.lines.find((line) => line.includes('9007199254740993'))).toContain('"code":-32600')
  })

  it('arguments beyond 256 levels are refused, with the id of the request', async () => {
    const host = await one()
    expect(await host.call('x_line', `{"v":${nested(400)}}`)).toContain('nested deeper than 256 levels')
    expect(await host.told('result', `{"content":[],"structuredContent":{"v":${nested(400)}}}`)).toContain(
      'nested deeper than 256 levels',
    )
  })

  it('a log message keeps its digits', async () => {
    const host = await open()
    const json = '{"a":9007199254740993,"__proto__":[-0]}'
    await host.told('notice', json)
    if (era === '2026-07-28') expect(host.lines.join('')).not.toContain('9007199254740993')
    else {
      await until(() => host.lines.some((line) => line.includes('notifications/message')), 'the message')
      expect(host.lines.find((line) => line.includes('notifications/message'))).toContain(`"data":${json}`)
    }
  })
})

describe.each(HOSTS_HERE)('%s', (_name, connect) => {
  it('gets a content block that it does not know as a text with its JSON, because it would lose the whole result', async () => {
    const host = await connect(place(`version: 1\nservers:\n  x: ${exactServer()}\n`))
    const json =
      '{"content":[{"type":"text","text":"a","more":1},{"type":"video","n":9007199254740993}],"own":{"a":1}}'
    expect(await host.call('x_result', { json })).toMatchObject({
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: '{"type":"video","n":9007199254740993}' },
      ],
      own: { a: 1 },
    })
  })
})
