/** Nothing crosses to another request: 200 calls at once, each answer and each progress has the marker of its own call. */
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { HOSTS, place, textOf, until } from './support.ts'

const MARKED = resolve(import.meta.dirname, '../servers/marked.mjs')
const MODERN = resolve(import.meta.dirname, '../servers/modern.mjs')

const CALLS = 200
/** Two of three are answered with marks. */
const MARKED_CALLS = 134

const server = (program: string, env: Record<string, string>): string =>
  JSON.stringify({ command: 'node', args: [program], env, tools: { allow: ['*'] } })

it.each(HOSTS)('%s', async (_name, connect) => {
  const host = await connect(
    place(
      [
        'version: 1',
        'servers:',
        `  one: ${server(MARKED, { KIND: 'first' })}`,
        `  two: ${server(MARKED, { KIND: 'second' })}`,
        `  new: ${server(MODERN, {})}`,
        'defaults: { rateLimit: 100000/second }',
      ].join('\n'),
    ),
  )
  await host.tools()
  let told = 0
  await Promise.all(
    Array.from({ length: CALLS }, async (_, n) => {
      const marker = `marker-${n}-${Math.random()}`
      if (n % 3 === 2) {
        const said = await host.call('new_echo', { text: marker })
        return expect(textOf(said)).toBe(marker)
      }
      const [id, kind] = n % 3 === 0 ? ['one', 'first'] : ['two', 'second']
      const heard: unknown[] = []
      const size = n % 20 === 0 ? 600_000 : 10
      const onProgress = (progress: unknown): void => {
        heard.push((progress as { message?: string }).message)
        told += 1
      }
      const result = host.call(`${id}_get_mark`, { marker, size }, { onProgress })
      // The SDK of a host drops progress that arrives together with the result, and sidemux what comes while a host
      // hasn't read large ones. So those come when all was heard.
      await until(() => told === MARKED_CALLS, 'all progress')
      expect(textOf(await host.call(`${id}_get_on`, { marker }))).toBe(`${kind} ${marker} goes on`)
      expect(textOf(await result)).toBe(`${kind} ${marker} ${'x'.repeat(size)}`)
      expect(heard).toEqual([`${kind} ${marker}`])
    }),
  )
})
