/** A host's first message is answered before the house is loaded, and everything behind it as ever (promise 9). */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HereHost } from './serve-here.ts'
import { place, RawHost, toolbox, until, type Place, type RawMessage } from './support.ts'

const YAML = `version: 1\nservers:\n  box: ${toolbox()}\nprofiles:\n  few: { servers: [] }\n`

/** A place where a host has been greeted already. */
async function greeted(yaml = YAML): Promise<Place> {
  const where = place(yaml)
  const host = new HereHost(where)
  await host.initialize()
  await host.request('tools/list')
  host.process.stdin?.end()
  await host.exited()
  return where
}

/** Nothing can be written down, so the rooms can't be opened: what is answered all the same was answered before. */
function lockOut(where: Place): () => void {
  const audit = join(where.state, 'audit')
  renameSync(audit, `${audit}.away`)
  writeFileSync(audit, '')
  return () => {
    rmSync(audit)
    renameSync(`${audit}.away`, audit)
  }
}

const CHANGING = join(import.meta.dirname, '../servers/changing.mjs')
/** Sent at once with the greeting: what comes a moment later may find the rooms there already. */
async function listedEarly(host: RawHost): Promise<unknown[]> {
  const [, list] = await Promise.all([host.initialize(), host.request('tools/list')])
  return namesOf(list)
}
const namesOf = ({ result = {} }: RawMessage): unknown[] =>
  (result['tools'] as { readonly name: string }[]).map(({ name }) => name)
const instructionsOf = ({ result = {} }: { readonly result?: Record<string, unknown> }): unknown =>
  result['instructions']

describe('the greeting', () => {
  test('comes before the rooms are there, and what needs them ends with the reason on stderr; none is given of what was edited since, nor to another profile', async () => {
    const where = await greeted()
    const letIn = lockOut(where)
    for (const method of ['initialize', 'server/discover'] as const) {
      const host = new RawHost(where)
      const answer = method === 'initialize' ? await host.initialize() : await host.modern(method)
      expect(answer.result).toBeDefined()
      expect(await host.exited()).toMatchObject({ code: 1 })
      expect(host.stderr()).toContain('audit')
    }
    const answers = async (args: readonly string[] = []): Promise<number> => {
      const host = new RawHost(where, ['serve', '--config', where.config, ...args])
      void host.initialize().catch(() => undefined)
      await host.exited()
      return host.received.filter(({ result }) => result !== undefined).length
    }
    expect(await answers(['--profile', 'few'])).toBe(0)
    writeFileSync(where.config, `${YAML}# edited\n`)
    expect(await answers()).toBe(0)
    letIn()
    const host = new RawHost(where)
    expect((await host.initialize()).result).toBeDefined()
  })

  test('is followed by the lists that this host was told, and by news where they are others by now', async () => {
    const file = join(place('').dir, 'lists.json')
    const offer = (...names: readonly string[]): void =>
      writeFileSync(
        file,
        JSON.stringify({ tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) }),
      )
    offer('get_one')
    const lister = JSON.stringify({ command: 'node', args: [CHANGING, file], start: 'eager' })
    const where = await greeted(`version: 1\nservers:\n  box: ${lister}\n`)
    const letIn = lockOut(where)
    const host = new RawHost(where)
    expect(await listedEarly(host)).toEqual(['box_get_one'])
    await host.exited()
    letIn()
    offer('get_one', 'get_two')
    const later = new RawHost(where)
    expect(await listedEarly(later)).toEqual(['box_get_one'])
    await until(
      () => later.received.some(({ method }) => method === 'notifications/tools/list_changed'),
      'the news',
    )
    expect(namesOf(await later.request('tools/list'))).toEqual(['box_get_one', 'box_get_two'])
  })

  test('tells what is wrong with the file as it is now', async () => {
    const where = await greeted('version: 1\nservers: 7\n')
    const host = new RawHost(where)
    expect(instructionsOf(await host.initialize())).toMatch(/servers\.yaml:2:/)
    writeFileSync(where.config, YAML)
    const mended = new RawHost(where)
    expect(instructionsOf(await mended.initialize())).not.toMatch(/servers\.yaml:2:/)
  })
})

test('what was sent at once with the greeting is answered in order, once, and a host that went meanwhile starts nothing', async () => {
  const where = await greeted()
  const host = new RawHost(where)
  const answers = [
    host.initialize(),
    host.request('tools/list'),
    host.request('ping'),
    host.request('prompts/list'),
  ]
  await Promise.all(answers)
  expect([...host.answers.values()]).toEqual([1, 1, 1, 1])
  const hasty = new RawHost(where)
  await hasty.initialize()
  hasty.process.stdin?.end()
  expect(await hasty.exited()).toMatchObject({ code: 0 })
})
