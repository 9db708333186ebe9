/** `approvals.host: true`: the host is told which tools ask, as grants come and go, and its own yes is none here. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { catcherIn, Human } from './human.ts'
import { HOSTS, executions, place, RawHost, textOf, toolbox, until, type Host } from './support.ts'

const MARK = 'anthropic/requiresUserInteraction'

async function marked(host: Host): Promise<string[]> {
  const tools = await host.tools()
  return tools
    .filter(({ _meta: meta }) => (meta as Record<string, unknown> | undefined)?.[MARK] === true)
    .map(({ name }) => name)
}

// Of each SDK, and in each era.
it.each(HOSTS.filter(([name]) => !name.includes('2025-11-25')))(
  '%s: tools that ask are marked until they are granted',
  async (_name, connect) => {
    const where = place('')
    const log = join(where.out, 'executions.jsonl')
    const server = toolbox({ env: { TOOLBOX_LOG: log } })
    const approvals = (more: string): string =>
      `version: 1\nservers:\n  box: ${server}\napprovals: { browser: ${catcherIn(where.dir)}, wait: 30s${more} }\n`
    writeFileSync(where.config, approvals(''))
    const host = await connect(where)
    expect(await marked(host)).toEqual([])
    writeFileSync(where.config, approvals(', host: true'))
    await until(async () => (await marked(host)).includes('box_delete_thing'), 'the tool is marked')
    expect(await marked(host)).not.toContain('box_echo')
    // Whatever the host made of the mark, sidemux asks.
    const call = host.call('box_delete_thing', { id: 'one' })
    const human = await Human.at(where)
    expect(executions(log)).toEqual([])
    const grant = { fixed: ['id'], uses: 2, ms: 3_600_000 }
    expect(await human.decide('approve', 'one', grant)).toBe('done')
    expect(textOf(await call)).toBe('deleted one')
    await until(async () => !(await marked(host)).includes('box_delete_thing'), 'the mark is gone')
  },
)

it('tells the host that the marks are others, also where nothing else of its tools is', async () => {
  const server = toolbox()
  const config = (mode: string): string =>
    `version: 1\nservers: { box: ${server} }\napprovals: { host: true, mode: ${mode} }\n`
  const where = place(config('shadow'))
  const host = new RawHost(where)
  const list = async (): Promise<string> => JSON.stringify((await host.request('tools/list')).result)
  await host.initialize()
  await until(async () => (await list()).includes('box_delete_thing'), 'the tools are there')
  expect(await list()).not.toContain(MARK)
  host.received.length = 0
  writeFileSync(where.config, config('ask'))
  await until(
    () => host.received.some(({ method }) => method === 'notifications/tools/list_changed'),
    'the host hears of it',
  )
  expect(await list()).toContain(MARK)
})
