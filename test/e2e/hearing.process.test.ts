/**
 * What a command changes takes effect in all running sidecars at once, whether or not
 * events of the file system arrive: at the next call where a verdict depends on it, within seconds where a server starts again.
 */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runHere } from './run-here.ts'
import { host1, place, shared, textOf, until, yamlOf, type Host, type Place } from './support.ts'

const CHANGING = resolve(import.meta.dirname, '../servers/changing.mjs')
const DEAF = pathToFileURL(resolve(import.meta.dirname, '../servers/deaf.mjs')).href

/** Two servers: one whose definitions are accepted by commands, one whose secret is set by them. */
function scene(): Place {
  const entry = (id: string, env: Record<string, string> = {}): object => ({
    command: 'node',
    args: [CHANGING, `${id}.json`],
    start: 'eager',
    env,
  })
  const servers = { box: entry('box'), cup: entry('cup', { TOKEN: '${local:NAME}' }) }
  return place(yamlOf({ version: 1, secrets: { local: { type: 'local' } }, servers }))
}

function offer(where: Place, tools: readonly object[], id = 'box'): void {
  writeFileSync(join(where.dir, `${id}.json`), JSON.stringify({ tools }))
}

const tool = (name: string, description: string): object => ({
  name,
  description,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
})

async function command(where: Place, args: readonly string[], input?: string): Promise<void> {
  const { code, stderr } = await runHere(where, args, input)
  if (code !== 0) throw new Error(stderr)
}

describe('two sidecars, at one of which no event ever arrives,', () => {
  const two = shared(async () => {
    const where = scene()
    offer(where, [tool('get_it', 'as it was')])
    offer(where, [tool('get_$TOKEN', 'named after its secret')], 'cup')
    await command(where, ['secrets', 'set', 'NAME', '--backend', 'file'], 'alpha')
    await command(where, ['tools', '--config', where.config])
    offer(where, [tool('get_it', 'as it is')])
    const environments = [{}, { NODE_OPTIONS: `--import ${DEAF}` }]
    const hosts: Host[] = await Promise.all(environments.map((env) => host1(where, { env })))
    return { where, hosts }
  })

  it('hear pin --accept: the next call of each runs, and what is pinned otherwise asks again', async () => {
    const { where, hosts } = await two()
    const calls = (): Promise<boolean[]> =>
      Promise.all(hosts.map(async (host) => textOf(await host.call('box_get_it')) === 'ran get_it'))
    expect(await calls()).toEqual([false, false])
    await command(where, ['pin', 'box', '--accept', 'get_it', '--config', where.config])
    expect(await calls()).toEqual([true, true])
    // A human takes another definition for the good one, e.g. where a server was updated for one host.
    offer(where, [tool('get_it', 'as it will be')])
    await command(where, ['pin', 'box', '--all', '--config', where.config])
    expect(await calls()).toEqual([false, false])
  })

  it('hear secrets set: each starts the servers anew that use it', async () => {
    const { where, hosts } = await two()
    const names = async (): Promise<(string | undefined)[]> =>
      Promise.all(
        hosts.map(async (host) =>
          (await host.tools()).map(({ name }) => name).find((name) => name.startsWith('cup_')),
        ),
      )
    await until(async () => (await names()).every((name) => name === 'cup_get_alpha'), 'the first secret')
    await command(where, ['secrets', 'set', 'NAME', '--backend', 'file'], 'beta')
    await until(async () => (await names()).every((name) => name === 'cup_get_beta'), 'the second secret')
  })
})
