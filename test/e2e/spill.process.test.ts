/** `maxResult`: of a long result the host gets both ends, and reads the whole in parts (promises 3, 6, 7 and 8). */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HereHost } from './serve-here.ts'
import { everythingIn, place, shared, textOf, toolbox, until } from './support.ts'

const SECRET = 'value-of-the-secret-0123456789'
const READ = 'sidemux_read_result'
const LONG = `begin ${'words '.repeat(4000)}needle ${'words '.repeat(4000)}end`

const kept = (state: string): readonly string[] => readdirSync(join(state, 'results'))

describe('a long result', () => {
  const scene = shared(async () => {
    const box = toolbox({ env: { TOOLBOX_NAME: 'box', TOOLBOX_SECRET: '${local:TOKEN}' }, maxResult: '16k' })
    const plain = toolbox({ env: { TOOLBOX_NAME: 'plain' } })
    const where = place(
      `version: 1\nsecrets: { local: { type: dotenv, path: .env } }\nservers:\n  box: ${box}\n  plain: ${plain}\n`,
      { '.env': `TOKEN=${SECRET}\n` },
    )
    const host = new HereHost(where)
    await host.initialize()
    const call = async (name: string, args: object): Promise<Record<string, unknown>> =>
      (await host.request('tools/call', { name, arguments: args })).result ?? {}
    return { where, host, call }
  })

  it('comes with both ends, is read in parts, by search and as a resource, and is written down whole', async () => {
    const { where, host, call } = await scene()
    const result = await call('box_echo', { text: `${LONG} ${SECRET}` })
    const [head, said, tail] = result['content'] as { text: string }[]
    expect(head?.text.startsWith('box:begin words')).toBe(true)
    expect(tail?.text.endsWith('end [redacted:box.TOOLBOX_SECRET]')).toBe(true)
    const id = /"id": "([0-9a-f]+)"/.exec(said?.text ?? '')?.[1]
    expect(textOf(await call(READ, { id, search: 'needle' }))).toMatch(/found 1 times[^]*needle words/)
    expect(textOf(await call(READ, { id, from: 4, length: 5 }))).toMatch(/\nbegin$/)
    const { result: read } = await host.request('resources/read', {
      uri: `sidemux://sidemux/results/${id}?search=needle`,
    })
    expect(JSON.stringify(read)).toContain('needle words')
    const { result: templates } = await host.request('resources/templates/list')
    expect(JSON.stringify(templates)).toContain('sidemux://sidemux/results/{id}')
    expect(kept(where.state)).toHaveLength(2)
    for (const name of kept(where.state))
      expect(statSync(join(where.state, 'results', name)).mode & 0o777).toBe(0o600)
    expect(everythingIn(join(where.state, 'results'))).not.toContain(SECRET)
    await until(() => everythingIn(join(where.state, 'audit')).includes('"whole":'), 'its size is written')
  })

  it('is whole where nothing is said, and a short one as it is', async () => {
    const { call } = await scene()
    expect(textOf(await call('plain_echo', { text: LONG }))).toBe(`plain:${LONG}`)
    expect(textOf(await call('box_echo', { text: 'short' }))).toBe('box:short')
  })

  it('of another session is not there', async () => {
    const { where, call } = await scene()
    await call('box_echo', { text: LONG })
    const id = kept(where.state)
      .find((name) => name.endsWith('.txt'))
      ?.split('.')[1]
    const other = new HereHost(where)
    await other.initialize()
    const { result = {} } = await other.request('tools/call', { name: READ, arguments: { id } })
    expect(result['isError']).toBe(true)
    expect(textOf(result)).toContain('no such result is kept')
    other.process.stdin?.end()
    await other.exited()
    expect(textOf(await call(READ, { id, length: 9 }))).toContain('box:begin')
  })

  it('is gone with its session (promise 8)', async () => {
    const { where, host } = await scene()
    host.process.stdin?.end()
    await host.exited()
    expect(kept(where.state)).toEqual([])
  })
})
