/**
 * Nothing of a server runs before a human has agreed to its launch (promise 5). Each server here leaves a trace as soon
 * as it starts, so what didn't start has left none.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catcherIn, Human, links } from './human.ts'
import { audit } from './reload.ts'
import { runHere } from './run-here.ts'
import { HereHost, host1Here } from './serve-here.ts'
import {
  CLI,
  elapse,
  place,
  RawHost,
  shared,
  SIDEMUX,
  textOf,
  TOOLBOX,
  until,
  yamlOf,
  type Answer,
  type Place,
  type RawMessage,
} from './support.ts'
import { atTerminal, canHaveWorlds, World } from './terminals.ts'

/** As a person's own machine is, where nobody said that all is trusted. */
function untrusted(servers: Record<string, unknown>, rest: Record<string, unknown> = {}): Place {
  const where = place('')
  const { SIDEMUX_TRUST: _off, ...env } = where.env
  writeFileSync(where.config, yamlOf({ version: 1, ...rest, servers }))
  return { ...where, env }
}

/** A toolbox that leaves a line in `started` of its place when it starts. */
function traced({ dir }: Pick<Place, 'dir'>, id: string, entry: Record<string, unknown> = {}) {
  const script = `echo ${id} >> '${join(dir, 'started')}'; exec node '${TOOLBOX}'`
  return { command: 'sh', args: ['-c', script], sandbox: 'off', ...entry }
}

function started({ dir }: Place): readonly string[] {
  const file = join(dir, 'started')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

function write(where: Place, servers: Record<string, unknown>, rest: Record<string, unknown> = {}): void {
  writeFileSync(where.config, yamlOf({ version: 1, ...rest, servers }))
}

/** A place with a page that only a test opens. */
function withPage(make: (where: Place) => Record<string, unknown>): { where: Place; approvals: object } {
  const where = untrusted({})
  const approvals = { channels: ['page'], browser: JSON.parse(catcherIn(where.dir)) as string[] }
  write(where, make(where), { approvals })
  return { where, approvals }
}

/** Of the sidemux whose page it is; a neighbour's with the same question stands below it. */
async function decideOwn(
  where: Place,
  human: Human,
  answer: 'approve' | 'deny',
  about = '',
): Promise<string> {
  let found: { sidecar: string; id: string } | undefined
  await until(async () => {
    const { sidecars, now, decidesFrom } = await human.state()
    const [own] = sidecars
    const one = own?.pending.find(({ text }) => text.includes(about))
    found = own && one && { sidecar: own.sidecar.id, id: one.id }
    if (now < decidesFrom) elapse(where, decidesFrom - now)
    return found !== undefined && now >= decidesFrom
  }, `a question about ${about}`)
  return human.answer(found ?? { sidecar: '', id: '' }, answer)
}

const instructionsOf = ({ result }: RawMessage): string =>
  (result?.['instructions'] as string | undefined) ?? ''
const namesOf = async (host: RawHost): Promise<string[]> => {
  const { result } = await host.request('tools/list')
  const tools = (result?.['tools'] ?? []) as { name: string }[]
  return tools.map(({ name }) => name)
}
const has = async (host: RawHost, id: string): Promise<boolean> =>
  (await namesOf(host)).some((name) => name.startsWith(`${id}_`))

describe('servers that are new', () => {
  const scene = shared(async () => {
    const { where, approvals } = withPage((at) => ({ one: traced(at, 'one'), two: traced(at, 'two') }))
    const host = new RawHost(where)
    const beside = new RawHost(where)
    const [greeting] = await Promise.all([host.initialize(), beside.initialize()])
    // A link is good for one page, which stays open.
    const human = await Human.at(where)
    human.watch()
    return { where, approvals, host, beside, greeting, human }
  })

  it('do not start, and the host and its model are told so', async () => {
    const { where, host, greeting } = await scene()
    expect(instructionsOf(greeting)).toMatch(/wait for the user's yes before they start: one, two\./)
    expect(await namesOf(host)).toEqual([])
    const { error } = await host.request('tools/call', { name: 'one_echo', arguments: { text: 'x' } })
    const { result } = await host.request('tools/call', { name: 'one_echo', arguments: { text: 'x' } })
    expect(JSON.stringify(error ?? result)).toMatch(/waits for the user's yes to its launch/)
    expect(started(where)).toEqual([])
  })

  it('start with one yes on the page, in every sidemux of the file, and a later run asks nobody', async () => {
    const { where, host, beside, human } = await scene()
    const [asked] = (await human.state()).sidecars.flatMap(({ pending }) => pending)
    expect(asked?.text).toContain('one\n    runs: sh -c')
    expect(await decideOwn(where, human, 'approve')).toBe('done')
    for (const one of [host, beside]) {
      await until(async () => has(one, 'one'), 'one starts')
      await until(async () => has(one, 'two'), 'two starts')
    }
    expect((await human.state()).sidecars.flatMap(({ pending }) => pending)).toEqual([])
    const before = links(where).length
    const later = new HereHost(where)
    expect(instructionsOf(await later.initialize())).not.toContain('yes before they start')
    await until(async () => has(later, 'two'), 'two starts in the next run')
    expect(links(where)).toHaveLength(before)
    const agreed = audit(where).filter(({ type, phase }) => type === 'trust' && phase === 'agreed')
    expect(agreed[0]?.['servers']).toEqual([
      { server: 'one', new: true, changed: [] },
      { server: 'two', new: true, changed: [] },
    ])
  })

  it('go on as they were when an edit wants more, under the new rules, until somebody agrees', async () => {
    const { where, approvals, host, human } = await scene()
    const before = started(where).length
    const more = { ...traced(where, 'more'), tools: { allow: ['echo'], block: ['count'] } }
    write(where, { one: more, two: traced(where, 'two') }, { approvals })
    await until(async () => !(await namesOf(host)).includes('one_count'), 'the new rule applies')
    const { result } = await host.request('tools/call', {
      name: 'one_echo',
      arguments: { text: 'still here' },
    })
    expect(textOf(result ?? {})).toBe(':still here')
    expect(started(where)).toHaveLength(before)
    expect(await decideOwn(where, human, 'approve', 'changed since you agreed to it')).toBe('done')
    await until(() => started(where).includes('more'), 'the edited one starts')
  })
})

it('a no is kept: it stays down, also in the next run, and is not asked again', async () => {
  const { where } = withPage((at) => ({ one: traced(at, 'one') }))
  const host = new HereHost(where)
  await host.initialize()
  const human = await Human.at(where)
  expect(await human.decide('deny', 'start one')).toBe('done')
  await until(
    () =>
      audit(where).some(
        ({ type, phase, servers }) => type === 'trust' && phase === 'denied' && servers !== undefined,
      ),
    'the no is written down',
  )
  host.process.stdin?.end()
  await host.exited()
  const links1 = links(where).length
  const later = new HereHost(where)
  expect(instructionsOf(await later.initialize())).toContain('the user said no to starting one')
  expect(await namesOf(later)).toEqual([])
  expect([started(where), links(where).length]).toEqual([[], links1])
})

it('nothing is told any more of what is revoked: while it runs, nor at the next start before anything is loaded', async () => {
  const where = untrusted({})
  const servers = { one: traced(where, 'one'), two: traced(where, 'two') }
  write(where, servers, { trust: 'first-use', approvals: { channels: ['terminal'] } })
  const revoke = async (id: string) => runHere(where, ['trust', id, '--revoke', '--config', where.config])
  const host = new HereHost(where)
  await host.initialize()
  await until(async () => (await has(host, 'one')) && (await has(host, 'two')), 'both start')
  expect((await revoke('two')).code).toBe(0)
  await until(async () => !(await has(host, 'two')), 'its tools go')
  host.process.stdin?.end()
  await host.exited()
  expect((await revoke('one')).code).toBe(0)
  const before = started(where)
  const later = new HereHost(where)
  const instructions = instructionsOf(await later.initialize())
  expect(instructions).toMatch(/wait for the user's yes before they start: one, two\./)
  expect(instructions).not.toContain('one: ')
  expect(await namesOf(later)).toEqual([])
  expect(started(where)).toEqual(before)
})

describe('a host that asks its user', () => {
  const YES: Answer = { action: 'accept', content: { decision: 'trust and start' } }
  const WRONG: Answer = { action: 'accept', content: { decision: 'approve once' } }

  it('asks about the launch, shows it whole, and its yes starts it', async () => {
    const where = untrusted({}, {})
    write(where, { one: traced(where, 'one') }, { approvals: { channels: ['elicitation'] } })
    const asked: string[] = []
    const host = await host1Here(where, {
      elicit: (message) => {
        asked.push(message)
        return YES
      },
    })
    await until(async () => (await host.tools()).length > 0, 'it starts')
    expect(asked[0]).toContain(`runs: sh -c "echo one >> '${join(where.dir, 'started')}'`)
  })

  it.each<[string, Answer, boolean]>([
    ['a yes to something else', WRONG, false],
    ['a yes that came too quickly', YES, true],
  ])('starts nothing by %s', async (_what, answer, byItself) => {
    const where = untrusted({})
    write(where, { one: traced(where, 'one') }, { approvals: { channels: ['elicitation'] } })
    await host1Here(where, { elicit: () => answer, ...(byItself && { byItself: true as const }) })
    await until(
      () => audit(where).some(({ type, phase }) => type === 'trust' && phase === 'unavailable'),
      'the question is over',
    )
    expect(started(where)).toEqual([])
  })
})

describe('a servers.yaml that lies where sidemux is started', () => {
  it('starts nothing by what it says of itself, and runs no program of its own to ask or to resolve', async () => {
    const where = untrusted({})
    const ran = join(where.dir, 'ran')
    const program = ['sh', '-c', `echo x >> '${ran}'`]
    write(
      where,
      { one: traced(where, 'one', { env: { T: '${own:a}' } }) },
      {
        trust: 'off',
        secrets: { own: { type: 'exec', command: [...program, '{path}'] } },
        approvals: { mode: 'shadow', channels: ['page'], browser: program },
      },
    )
    const env = { ...where.env, SIDEMUX_CONFIG: '', HOME: join(where.dir, 'home'), BROWSER: '/bin/false' }
    mkdirSync(env.HOME)
    const { code, stderr } = await runHere({ ...where, env }, ['tools'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/"one" waits for the user's yes to its launch, since it is new/)
    // As a host in that folder starts it.
    const host = new HereHost({ ...where, env }, ['serve', '--config', 'servers.yaml'])
    await host.initialize()
    expect(await namesOf(host)).toEqual([])
    const secrets = await runHere({ ...where, env }, ['secrets', 'check'])
    expect([secrets.code, secrets.stderr]).toEqual([3, expect.stringContaining('"sidemux trust one"')])
    expect([started(where), existsSync(ran)]).toEqual([[], false])
  })

  it('is believed where it is named by its whole path', async () => {
    const where = untrusted({})
    write(where, { one: traced(where, 'one') }, { trust: 'off' })
    const { code } = await runHere(where, ['tools', '--config', where.config])
    expect([code, started(where)]).toEqual([0, ['one']])
  })
})

it('the first use is taken where that is said, all profiles included, and what comes later waits', async () => {
  const where = untrusted({})
  const profiles = { small: { servers: ['one'] } }
  const servers = { one: traced(where, 'one'), two: traced(where, 'two') }
  write(where, servers, { profiles })
  const env = { ...where.env, SIDEMUX_TRUST: 'first-use' }
  const tools = async (...args: string[]) =>
    runHere({ ...where, env }, ['tools', '--config', where.config, ...args])
  expect((await tools('--profile', 'small')).code).toBe(0)
  expect((await tools()).code).toBe(0)
  expect(started(where).toSorted()).toEqual(['one', 'one', 'two'])
  write(where, { ...servers, three: traced(where, 'three') }, { profiles })
  const { code, stderr } = await tools()
  expect([code, stderr.includes('"three" waits')]).toEqual([1, true])
  expect(started(where)).not.toContain('three')
})

describe.runIf(canHaveWorlds)('at a terminal', () => {
  const argv = (...args: string[]) => atTerminal([process.execPath, ...SIDEMUX, ...args])

  it('"sidemux trust" shows all of it, takes the word yes, and a sidemux that runs starts it; revoked it ends', async () => {
    const where = untrusted({})
    const approvals = { channels: ['terminal'] }
    write(where, { one: traced(where, 'one', { env: { A: 'b\u202ec' } }) }, { approvals })
    const world = new World(where)
    const host = await world.host()
    const trust = world.start(argv('trust', '--config', where.config))
    await trust.shows('gives it: A = "b‹U+202E›c"')
    await trust.shows('Type yes to trust and start: ')
    expect(started(where)).toEqual([])
    trust.type('yes\r')
    expect(await trust.exited).toBe(0)
    await until(() => started(where).length === 1, 'the running sidemux starts it')
    const { content } = await host.call('one_echo', { text: 'x' })
    expect(content).toEqual([{ type: 'text', text: ':x' }])
    expect((await world.run(['trust', 'one', '--revoke', '--config', where.config])).code).toBe(0)
    await until(
      () =>
        audit(where).some(
          ({ type, phase, server }) => type === 'server' && phase === 'exited' && server === 'one',
        ),
      'it ends',
    )
  })

  it('"sidemux tools" asks before anything starts, and goes on without what is not agreed to', async () => {
    const where = untrusted({})
    write(where, { one: traced(where, 'one') })
    const world = new World(where)
    const tools = world.start(argv('tools', '--config', where.config))
    await tools.shows('Type yes to trust and start: ')
    tools.type('no\r')
    expect(await tools.exited).toBe(1)
    expect([tools.shown.includes('one is not running'), started(where)]).toEqual([true, []])
  })

  it('neither a program nor a terminal that the host makes can agree from within the host', async () => {
    const where = untrusted({})
    write(where, { one: traced(where, 'one') }, { approvals: { channels: ['terminal'] } })
    const host = await new World(where).host()
    const argvs = [
      [process.execPath, CLI, 'trust'],
      ['script', '-qec', `'${process.execPath}' '${CLI}' trust`, '/dev/null'],
    ]
    for (const program of argvs) {
      const { output } = await host.spawn(program)
      expect(output).toMatch(/only a person at a terminal|started by the application that runs sidemux/)
    }
    expect(started(where)).toEqual([])
  })
})
