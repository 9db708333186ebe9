/** What a host learns of a line that is no message (JSON-RPC 2.0, Response object: `id` is null where it can't be told). */
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { HostTransport } from '../../src/downstream/transport.ts'

async function answers(
  line: string | Buffer,
): Promise<{ sent: readonly unknown[]; served: readonly unknown[] }> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const transport = new HostTransport(stdin, stdout)
  const served: unknown[] = []
  transport.onmessage = (message) => served.push(message)
  await transport.start()
  stdin.write(Buffer.concat([Buffer.from(line), Buffer.from('\n')]))
  await setImmediate()
  await setImmediate()
  await transport.close()
  const text = String(stdout.read() ?? '')
  return {
    sent: text
      .split('\n')
      .filter((one) => one !== '')
      .map((one) => JSON.parse(one) as unknown),
    served,
  }
}

const refused = (id: unknown, code: number): object => ({ jsonrpc: '2.0', id, error: { code } })

it.each<[string, string | Buffer, number]>([
  ['not JSON', 'hello', -32_700],
  ['half of it', '{"jsonrpc":"2.0"', -32_700],
  ['a header of LSP', 'Content-Length: 160', -32_700],
  ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), -32_700],
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
])('%s is refused without an id, and not served', async (_what, line, code) => {
  const { sent, served } = await answers(line)
  expect(sent).toMatchObject([refused(null, code)])
  expect(served).toEqual([])
})

it.each<[string, string, readonly object[]]>([
  ['a request without jsonrpc', '{"id":5,"method":"ping"}', [refused(5, -32_600)]],
  ['a request without a method', '{"jsonrpc":"2.0","id":"a"}', [refused('a', -32_600)]],
  [
    'a batch',
    '[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"}]',
    [refused(1, -32_600)],
  ],
  ['an empty line', '', []],
  ['a stray answer', '{"jsonrpc":"2.0","id":7,"result":{}}', []],
  ['a stray error without an id', '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}', []],
])('%s', async (_what, line, expected) => {
  const { sent, served } = await answers(line)
  expect(sent).toMatchObject(expected)
  expect(sent).toHaveLength(expected.length)
  expect(served).toEqual([])
})

it('a notification and a request are served', async () => {
  for (const message of [
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 0, method: 'ping' },
  ])
    expect((await answers(JSON.stringify(message))).served).toEqual([message])
})
