/** Several sidecars at once: one page shows all of them, and each decides only its own (promise 4). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { catcherIn, Human, links, sendFrom } from './human.ts'
import { CLI, executions, place, textOf, toolbox, until } from './support.ts'
import { canHaveWorlds, World } from './terminals.ts'

it.runIf(canHaveWorlds).each([
  ['earlier', [0, 1]],
  ['later', [1, 0]],
] as const)(
  'one page decides for the sidecars of two hosts, and only one is opened, also when the %s one asks first',
  async (_what, [a, b]) => {
    const where = place('')
    const log = join(where.out, 'executions.jsonl')
    const yaml = `version: 1
servers:
  box: ${toolbox({ env: { TOOLBOX_LOG: log } })}
approvals: { browser: ${catcherIn(where.dir)}, channels: [page], wait: 40s }
`
    writeFileSync(where.config, yaml)
    const world = new World(where)
    const names = ['first-host', 'second-host']
    const hosts = [await world.host(names[0], [CLI]), await world.host(names[1], [CLI])]
    const [first, second] = [hosts[a], hosts[b]]
    if (first === undefined || second === undefined) throw new Error('no hosts')
    const one = first.call('box_delete_thing', { id: 'one' })
    const human = await Human.at(where, sendFrom(world))
    human.watch()
    await until(async () => (await human.state()).sidecars[0]?.pageOpen === true, 'the page is open')
    const two = second.call('box_delete_thing', { id: 'two' })
    await until(async () => (await human.state()).sidecars.length === 2, 'the page shows both')
    // The page is that of the one that started first, whoever asks.
    expect((await human.state()).sidecars.map(({ sidecar }) => sidecar.host)).toEqual(names)
    expect(await human.decide('approve', '"two"')).toBe('done')
    expect(textOf(await two)).toBe('deleted two')
    expect(await human.decide('deny', '"one"')).toBe('done')
    expect((await one)['isError']).toBe(true)
    expect(executions(log).map(({ args }) => args)).toEqual([{ id: 'two' }])
    expect(links(where)).toHaveLength(1)
  },
)
