/** Promise 1 against servers that send as fast as they are read, five at once: nothing of the others is lost or late. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { place, RawHost, REPO, textOf, toolbox, until, yamlOf } from '../e2e/support.ts'

const KINDS = ['logs', 'progress', 'pings', 'changes', 'unknown']
const CALLS = 20

const flooding = (kind: string): object => ({
  command: 'node',
  args: [join(REPO, 'test/servers/flood.mjs')],
  env: { FLOOD: kind },
})

/** Its address; it ends with the test. */
async function remotelyFlooding(kind: string): Promise<object> {
  const server = spawn(process.execPath, [join(REPO, 'test/servers/remote/flood.mjs'), kind], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void server.stdin.end())
  const [port] = (await once(server.stdout, 'data')) as [Buffer]
  return { url: `http://127.0.0.1:${String(port).trim()}/mcp` }
}

async function flooded(
  kinds: readonly string[],
  server: (kind: string) => object | Promise<object> = flooding,
): Promise<RawHost> {
  const servers: Record<string, object> = {}
  for (const kind of kinds) servers[kind] = await server(kind)
  const host = new RawHost(
    place(
      yamlOf({
        version: 1,
        // The first list is whole, so that no other one comes later.
        defaults: { rateLimit: '100000/second', listWait: '50s' },
        approvals: { channels: ['elicitation'] },
        servers: { ...servers, quiet: JSON.parse(toolbox()) as object },
      }),
    ),
  )
  await host.initialize()
  await host.request('tools/list')
  for (const kind of kinds)
    host.start('tools/call', { name: `${kind}_wait`, arguments: {}, _meta: { progressToken: kind } })
  return host
}

const echo = async (host: RawHost, server: string, text: string): Promise<string> =>
  textOf((await host.request('tools/call', { name: `${server}_echo`, arguments: { text } })).result ?? {})

it('every call of another server is answered, the host hears a bounded part, and their own calls work', async () => {
  const host = await flooded(KINDS)
  const leftOut = (): readonly number[] =>
    host.received.flatMap(({ method, params }) => {
      const said =
        method === 'notifications/message' ? /^sidemux: (\d+) more log/.exec(String(params?.['data'])) : null
      return said === null ? [] : [Number(said[1])]
    })
  await until(() => leftOut().length > 0, 'the flood is on')
  // What was on its way here comes before an answer to what is asked now, so all of the rest was sent since.
  const began = performance.now()
  await echo(host, 'quiet', 'now')
  const before = host.received.length
  for (let n = 0; n < CALLS; n += 1) expect(await echo(host, 'quiet', `call ${n}`)).toBe(`:call ${n}`)
  const together = await Promise.all(Array.from({ length: CALLS }, (_, n) => echo(host, 'quiet', String(n))))
  expect(together).toEqual(Array.from({ length: CALLS }, (_, n) => `:${n}`))
  for (const kind of KINDS) expect(await echo(host, kind, kind)).toBe(kind)
  const seconds = Math.ceil((performance.now() - began) / 1000) + 1
  const heard = host.received.slice(before)
  const of = (name: string): number => heard.filter(({ method }) => method === name).length
  expect(of('notifications/message')).toBeLessThanOrEqual(seconds * 101)
  expect(of('notifications/progress')).toBeLessThanOrEqual(seconds * 20 + 20)
  expect(of('notifications/tools/list_changed')).toBe(0)
  // They were never quiet meanwhile.
  await until(() => leftOut().length > 1, 'the flood is on still')
  const progress = host.received
    .filter(({ method }) => method === 'notifications/progress')
    .map(({ params }) => Number(params?.['progress']))
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
})

it('what is too long, of nobody, asked, blank or beside the wire', async () => {
  const kinds = ['huge', 'stray', 'roots', 'blank', 'stderr']
  const host = await flooded(kinds)
  for (let n = 0; n < CALLS; n += 1) expect(await echo(host, 'quiet', `call ${n}`)).toBe(`:call ${n}`)
  for (const kind of kinds) expect(await echo(host, kind, kind)).toBe(kind)
})

it('remote servers that pour into their streams', async () => {
  const kinds = ['logs', 'pings', 'changes', 'unknown']
  const host = await flooded(kinds, remotelyFlooding)
  for (let n = 0; n < CALLS; n += 1) expect(await echo(host, 'quiet', `call ${n}`)).toBe(`:call ${n}`)
  for (const kind of kinds) expect(await echo(host, kind, kind)).toBe(kind)
})
