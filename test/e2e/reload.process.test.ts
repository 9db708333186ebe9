/** servers.yaml is edited while people work: nobody's call is lost, and only what changed is restarted. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startVault } from '../servers/vault.mjs'
import { audit, configs, edit, figures, hashOf, starts, steady, WRITES, yaml, type Entry } from './reload.ts'
import { HOSTS_HERE, HereHost } from './serve-here.ts'
import {
  APPROVE,
  everythingIn,
  place,
  RawHost,
  shared,
  textOf,
  until,
  type Place,
  type RawMessage,
} from './support.ts'

/** Each turn from one variant to the next, in each way of writing. */
const EDITS = 12
const WORKERS = 10
/** Under what each edit means, at least. */
const CALLS_EACH = 50

/** Two servers: one that no edit restarts, and one that LABEL restarts. */
function pair(where: { out: string }, label: string, rules: Entry = {}): string {
  const env = (id: string, more: string) => ({
    env: { LABEL: more, STARTS: join(where.out, `${id}.starts`) },
  })
  return yaml(
    { stays: steady({ ...env('stays', 'stays'), ...rules }), turns: steady(env('turns', label)) },
    { defaults: { rateLimit: '1000000/second' } },
  )
}

function opened(first: (where: Place) => string): Place {
  const where = place('version: 1\nservers: {}\n')
  writeFileSync(where.config, first(where))
  return where
}

function textOr(message: RawMessage): string {
  return message.result === undefined ? '' : textOf(message.result)
}

const call = (host: RawHost, name: string, args: Record<string, unknown> = {}): Promise<RawMessage> =>
  host.request('tools/call', { name, arguments: args })

/** A call waits for the next process only for a moment (edit-wait.ts), and a busy machine may take longer to start one. */
async function answers(host: RawHost, name: string, expected: RegExp): Promise<string> {
  let text = ''
  await until(
    async () => expected.test((text = textOr(await call(host, name)))),
    `${name} says ${expected.source}`,
  )
  return text
}

describe('under load', () => {
  it(`${EDITS} edits between 4 variants: no call is lost, each is answered once, under the rules when it began`, async () => {
    const where = opened((at) => pair(at, 'a'))
    const blocked = { tools: { block: ['check'] } }
    const variants = [
      pair(where, 'a'),
      pair(where, 'b'),
      pair(where, 'b', blocked),
      pair(where, 'a', { ...blocked, timeout: '90s', description: 'another' }),
    ]
    const host = new HereHost(where)
    await host.initialize()
    await host.request('tools/list')
    const load = { running: true, calls: 0 }
    const lost: RawMessage[] = []
    const kinds: readonly (readonly [string, Record<string, unknown>])[] = [
      ['wait', { ms: 400 }],
      ['check', {}],
      ['who', {}],
      ['who', {}],
      ['who', {}],
    ]
    const worker = async (index: number): Promise<void> => {
      for (let at = index; load.running; at += 1) {
        const server = at % 2 === 0 ? 'stays' : 'turns'
        const [name, args] = kinds[at % kinds.length] ?? ['who', {}]
        load.calls += 1
        // As many calls as there may be would only take the machine from the other tests.
        await pause(15)
        const answer = await call(host, `${server}_${name}`, args)
        const isJudged = server === 'stays' && name === 'check'
        const ran = /^\d+ (?:a|b|stays)$/.test(textOr(answer))
        // On a fast machine it is refused so often that it isn't looked at any more.
        const isRefused = answer.error !== undefined || /too many calls were refused/.test(textOr(answer))
        if (!ran && !(isJudged && isRefused)) lost.push(answer)
      }
    }
    const workers = Array.from({ length: WORKERS }, (_, index) => worker(index))
    const took: number[] = []
    let restarts = 0
    let now = 0
    const ways = Object.values(WRITES)
    for (let round = 1; round <= EDITS; round += 1) {
      const next = (now + 1 + (round % 3)) % variants.length
      if ((now === 0 || now === 3) !== (next === 0 || next === 3)) restarts += 1
      took.push(await edit(where, variants[next] ?? '', ways[round % ways.length]))
      // One that hasn't begun when the next edit comes never does.
      const begun = restarts + 1
      await until(() => starts(join(where.out, 'turns.starts')).length === begun, 'its process begins')
      const enough = load.calls + CALLS_EACH
      await until(() => load.calls >= enough, 'there are calls')
      now = next
    }
    load.running = false
    await Promise.all(workers)
    process.stdout.write(
      `${EDITS} edits under ${WORKERS} parallel calls, ${load.calls} calls, ${lost.length} lost, ${restarts} restarts of one server; from edit to effect: ${figures(took)}\n`,
    )
    expect(lost).toEqual([])
    expect(new Set(host.answers.values())).toEqual(new Set([1]))
    expect(starts(join(where.out, 'stays.starts'))).toHaveLength(1)
    expect(starts(join(where.out, 'turns.starts'))).toHaveLength(restarts + 1)
    expect(
      wronglyJudged(where, new Set([variants[2], variants[3]].map((text) => hashOf(text ?? '')))),
    ).toEqual([])
    expect(host.stderr()).toBe('')
  }, 120_000)
})

/** The log says which config ran when a call began, and what became of the call. */
function wronglyJudged(where: Place, blocking: ReadonlySet<string>): readonly unknown[] {
  const wrong: unknown[] = []
  const begunWhileBlocked = new Map<unknown, boolean>()
  let isBlocked = false
  let judged = 0
  for (const record of audit(where)) {
    if (record.type === 'server' && record['phase'] === 'config')
      isBlocked = blocking.has(String(record['config']))
    if (record.type !== 'call') continue
    if (record['phase'] === 'intent' && record['name'] === 'stays_check')
      begunWhileBlocked.set(record['id'], isBlocked)
    const expected = record['phase'] === 'outcome' ? begunWhileBlocked.get(record['id']) : undefined
    if (expected === undefined) continue
    judged += 1
    if ((record['outcome'] === 'blocked') !== expected) wrong.push(record)
  }
  expect(judged).toBeGreaterThan(25)
  return wrong
}

describe('however the file is written', () => {
  const scene = shared(async () => {
    const where = opened((at) => pair(at, 'a'))
    const host = new HereHost(where)
    await host.initialize()
    expect(textOr(await call(host, 'turns_who'))).toMatch(/ a$/)
    return { where, host }
  })

  it.each(Object.entries(WRITES))('%s', async (way, write) => {
    const { where, host } = await scene()
    const saidBefore = host.stderr().length
    const took = await edit(where, pair(where, way), write)
    process.stdout.write(`from edit to effect: ${Math.round(took)} ms\n`)
    await answers(host, 'turns_who', new RegExp(` ${way}$`))
    expect(host.stderr().slice(saidBefore)).toBe('')
  })

  it('through a link into a repository of dotfiles, and through a folder that is itself a link', async () => {
    const where = place('version: 1\nservers: {}\n')
    for (const name of ['dotfiles', 'dotfiles/one', 'home']) mkdirSync(join(where.dir, name))
    const kept = join(where.dir, 'dotfiles', 'one', 'servers.yaml')
    writeFileSync(kept, pair(where, 'a'))
    symlinkSync('one', join(where.dir, 'dotfiles', 'now'))
    symlinkSync(join('..', 'dotfiles', 'now', 'servers.yaml'), join(where.dir, 'home', 'servers.yaml'))
    const host = new HereHost({ ...where, config: join(where.dir, 'home', 'servers.yaml') })
    await host.initialize()
    expect(textOr(await call(host, 'turns_who'))).toMatch(/ a$/)
    const took = [await edit(where, pair(where, 'b'), WRITES['rename over it'], kept)]
    await answers(host, 'turns_who', / b$/)
    mkdirSync(join(where.dir, 'dotfiles', 'two'))
    writeFileSync(join(where.dir, 'dotfiles', 'two', 'servers.yaml'), pair(where, 'c'))
    took.push(
      await edit(where, pair(where, 'c'), async () => {
        symlinkSync('two', join(where.dir, 'dotfiles', 'now.new'))
        renameSync(join(where.dir, 'dotfiles', 'now.new'), join(where.dir, 'dotfiles', 'now'))
      }),
    )
    await answers(host, 'turns_who', / c$/)
    process.stdout.write(`through links: ${figures(took)}\n`)
  })

  it('in a folder that is replaced as a whole', async () => {
    const where = place('version: 1\nservers: {}\n')
    const folder = join(where.dir, 'sidemux')
    mkdirSync(folder)
    writeFileSync(join(folder, 'servers.yaml'), pair(where, 'a'))
    const host = new HereHost({ ...where, config: join(folder, 'servers.yaml') })
    await host.initialize()
    expect(textOr(await call(host, 'turns_who'))).toMatch(/ a$/)
    for (const label of ['b', 'c']) {
      const took = await edit(where, pair(where, label), async (_file, text) => {
        mkdirSync(`${folder}.new`)
        writeFileSync(join(`${folder}.new`, 'servers.yaml'), text)
        renameSync(folder, `${folder}.old`)
        renameSync(`${folder}.new`, folder)
        rmSync(`${folder}.old`, { recursive: true })
      })
      process.stdout.write(`the folder replaced: ${Math.round(took)} ms\n`)
      await answers(host, 'turns_who', new RegExp(` ${label}$`))
    }
  })
})

describe('an edit that is wrong', () => {
  it('in one entry: it goes on as it was, the others apply, it is told once, written down, and applies when it is mended', async () => {
    const where = opened((at) => pair(at, 'a'))
    const host = new HereHost(where)
    await host.initialize()
    const before = textOr(await call(host, 'turns_who'))
    const rules = { description: 'edited', tools: { block: ['check'] } }
    const broken = pair(where, 'b', rules).replace('"turns":{"command"', '"turns":{"comand"')
    await edit(where, broken)
    expect(configs(where).at(-1)).toMatchObject({
      config: hashOf(broken),
      odd: ['turns'],
      changed: ['stays'],
    })
    await until(() => host.stderr().includes('turns goes on as it was before the edit'), 'it is said')
    expect(host.stderr()).toMatch(/servers\.yaml:\d+:\d+: .*comand/)
    expect(host.stderr()).toContain('did you mean')
    expect(readFileSync(join(where.state, 'log', 'sidemux.log'), 'utf8')).toContain('comand')
    const lines = host.stderr().trim().split('\n').length
    // The same bytes again are no news.
    writeFileSync(where.config, broken)
    await pause(400)
    expect(host.stderr().trim().split('\n')).toHaveLength(lines)
    expect(textOr(await call(host, 'turns_who'))).toBe(before)
    expect((await call(host, 'stays_check')).error).toBeDefined()
    await edit(where, pair(where, 'b'))
    await answers(host, 'turns_who', / b$/)
    expect(configs(where, 'config-refused')).toEqual([])
    expect(starts(join(where.out, 'stays.starts'))).toHaveLength(1)
  })

  it('in an entry that is new: it alone is kept down', async () => {
    const where = place(yaml({ one: steady() }))
    const host = new HereHost(where)
    await host.initialize()
    const before = textOr(await call(host, 'one_who'))
    await edit(where, yaml({ one: steady(), two: { comand: 'node' }, three: steady() }))
    expect(textOr(await call(host, 'three_who'))).not.toBe('')
    expect(textOr(await call(host, 'one_who'))).toBe(before)
    expect(textOr(await call(host, 'two_who'))).toMatch(
      /"two" is kept down: .*servers\.yaml:\d+:\d+: unknown key "comand"/,
    )
    await until(() => host.stderr().includes('two is kept down'), 'it is said')
  })

  it('in a store: who takes a value from it goes on with what it has, and nobody else hears of it', async () => {
    const stores = (type: string): Entry => ({ secrets: { local: { type, path: '.env' } } })
    const entries = { one: steady({ env: { TOKEN: '${local:A}' } }), stays: steady() }
    const where = place(yaml(entries, stores('dotenv')), { '.env': 'A=value-of-the-store\n' })
    const host = new HereHost(where)
    await host.initialize()
    const pids = async (): Promise<readonly string[]> =>
      Promise.all(['one', 'stays'].map(async (id) => textOr(await call(host, `${id}_who`))))
    const before = await pids()
    await edit(where, yaml(entries, stores('dotnev')))
    expect(configs(where).at(-1)).toMatchObject({ odd: ['one'], restarted: [] })
    expect(await pids()).toEqual(before)
    expect(textOr(await call(host, 'one_show_token'))).toContain('[redacted:one.TOKEN]')
  })

  it('an entry that is switched off, renamed or commented out ends, whatever else is wrong with it', async () => {
    let text = yaml({ one: steady(), two: steady(), three: steady(), stays: steady() })
    const where = place(text)
    const host = new HereHost(where)
    await host.initialize()
    const stays = textOr(await call(host, 'stays_who'))
    for (const [id, was, off] of [
      ['one', '"one":{', '"one":{"disabled":true,"comand":"x",'],
      ['two', '"two":', '"_two":'],
      ['three', '"three":', '"//three":'],
    ] as const) {
      const [pid = ''] = textOr(await call(host, `${id}_who`)).split(' ')
      expect(isAlive(Number(pid))).toBe(true)
      text = text.replace(was, off)
      await edit(where, text)
      await until(() => !isAlive(Number(pid)), 'it ends')
      expect(textOr(await call(host, 'stays_who'))).toBe(stays)
    }
  })

  const refusing = shared(async () => {
    const profiles = { profiles: { some: { servers: ['stays'] } } }
    const where = place(yaml({ stays: steady(), other: steady() }, profiles))
    const host = new HereHost(where, ['serve', '--config', where.config, '--profile', 'some'])
    await host.initialize()
    return { where, host, before: textOr(await call(host, 'stays_who')) }
  })

  it.each([
    ['empty', ''],
    ['half of it', 'version: 1\nservers: { stays: { command: nod'],
    ['no text', '\0\u0001\u0002'],
    ['the profile that runs is gone', yaml({ stays: steady() })],
  ])('%s', async (_what, text) => {
    const { where, host, before } = await refusing()
    const refused = (): number => configs(where, 'config-refused').length
    const already = refused()
    writeFileSync(where.config, text)
    await until(() => refused() === already + 1, 'it is refused')
    expect(textOr(await call(host, 'stays_who'))).toBe(before)
  })

  it('a file that is gone is told only when it stays away, and applies when it is back', async () => {
    const where = opened((at) => pair(at, 'a'))
    const host = new HereHost(where)
    await host.initialize()
    const before = textOr(await call(host, 'turns_who'))
    rmSync(where.config)
    await until(() => host.stderr().includes('does not exist'), 'it is said')
    expect(textOr(await call(host, 'turns_who'))).toBe(before)
    await edit(where, pair(where, 'b'), WRITES['in place'])
    await answers(host, 'turns_who', / b$/)
  })
})

describe('what the host is told', () => {
  const kinds = (host: RawHost): readonly string[] =>
    host.received
      .flatMap(({ method = '' }) => /^notifications\/(\w+)\/list_changed$/.exec(method)?.[1] ?? [])
      .toSorted()
  const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']
  type Begun = (method: string) => Promise<unknown>
  const hosts: readonly [string, (host: RawHost) => Promise<Begun>][] = [
    [
      '2025-11-25',
      async (host) => {
        await host.initialize({}, '2025-11-25')
        return async (method) => host.request(method)
      },
    ],
    [
      '2026-07-28',
      async (host) => {
        await host.modern('server/discover')
        void host.modern('subscriptions/listen', {
          notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
        })
        return async (method) => host.modern(method)
      },
    ],
  ]
  it.each(hosts)(
    '%s: one list_changed for each list that changed, none for one that did not',
    async (_era, begin) => {
      const base = { one: steady({ env: { LABEL: 'one' } }) }
      const where = place(yaml(base))
      const host = new HereHost(where)
      const list = await begin(host)
      await Promise.all(LISTS.map(list))
      await pause(1000)
      const tells = async (text: string, ...changed: string[]): Promise<void> => {
        host.received.length = 0
        await edit(where, text)
        await until(() => changed.every((kind) => kinds(host).includes(kind)), `${changed.join()} changed`)
        // And nothing else, nor twice.
        await pause(600)
        expect(kinds(host)).toEqual(changed)
        await Promise.all(LISTS.map(list))
      }
      // Nothing of these is in a list.
      await tells(yaml({ one: { ...base.one, timeout: '99s' } }))
      await tells(yaml({ one: { ...base.one, rateLimit: '5/second' } }))
      // Another process that offers the same.
      await tells(yaml({ one: steady({ env: { LABEL: 'other' } }) }))
      await tells(yaml({ one: { ...base.one, tools: { block: ['who', 'check'] } } }), 'tools')
      await tells(yaml({ one: { ...base.one, prompts: { block: ['*'] } } }), 'prompts', 'tools')
      await tells(yaml(base), 'prompts')
      await tells(yaml({ one: steady({ env: { LABEL: 'one', EXTRA: 'more' } }) }), 'tools')
      await tells(yaml(base), 'tools')
      // A server that comes brings its three lists at once, and one that goes takes them along at once.
      await tells(yaml({ ...base, two: steady() }), 'prompts', 'resources', 'tools')
      await tells(yaml(base), 'prompts', 'resources', 'tools')
    },
    60_000,
  )
})

/** Both hosts of the older eras write the same lines. */
const OF_EACH_ERA = HOSTS_HERE.filter(([name]) => name !== 'SDK 2.4, 2025-11-25')

describe.each(OF_EACH_ERA)('%s', (_name, connect) => {
  it('servers come, go and change under a host that stays', async () => {
    const where = place(yaml({ one: steady({ env: { LABEL: 'one' } }) }))
    const host = await connect(where)
    const names = async (): Promise<readonly string[]> => (await host.tools()).map(({ name }) => name)
    expect(await names()).toContain('one_who')
    await edit(
      where,
      yaml({ one: steady({ env: { LABEL: 'one' } }), two: steady({ env: { LABEL: 'two' } }) }),
    )
    // It is waited for, also before it is listed.
    expect(textOf(await host.call('two_who'))).toMatch(/ two$/)
    expect(await names()).toContain('two_who')
    await edit(where, yaml({ two: steady({ env: { LABEL: 'other' } }) }))
    expect(await names()).not.toContain('one_who')
    await until(async () => textOf(await host.call('two_who')).endsWith(' other'), 'the next process answers')
    await expect(host.call('one_who')).rejects.toThrow(/one_who/)
  })
})

describe('what was begun', () => {
  it('ends on the process that it began on, also when its server goes', async () => {
    const where = opened((at) => pair(at, 'a'))
    const host = new HereHost(where)
    await host.initialize()
    const old = textOr(await call(host, 'turns_who'))
    const long = [call(host, 'turns_wait', { ms: 1500 })]
    await pause(50)
    await edit(where, pair(where, 'b'))
    // Nobody waits for it to end.
    const next = await answers(host, 'turns_who', / b$/)
    long.push(call(host, 'turns_wait', { ms: 1500 }))
    await pause(50)
    await edit(where, yaml({ stays: steady() }))
    expect((await Promise.all(long)).map(textOr)).toEqual([old, next])
    const [pid = ''] = old.split(' ')
    await until(() => !isAlive(Number(pid)), 'the old process ends')
  })

  it('a yes to what was asked before an edit runs nothing that the edit forbids, and is none after it', async () => {
    const calls = (where: Place): readonly string[] => starts(join(where.out, 'calls.jsonl'))
    const entry = (where: { out: string }, more: Entry = {}): Entry =>
      steady({ env: { CALLS: join(where.out, 'calls.jsonl') }, ...more })
    const where = opened((at) => yaml({ one: entry(at) }))
    const asked: { answer(): void }[] = []
    const host = await HOSTS_HERE[1]?.[1](where, {
      elicit: async () => new Promise((resolve) => asked.push({ answer: () => resolve(APPROVE) })),
    })
    if (host === undefined) throw new Error('no host')
    const remove = async (args: Record<string, unknown>) => host.call('one_remove', args).catch(String)
    const first = remove({ id: 1 })
    await until(() => asked.length === 1, 'a human is asked')
    await edit(where, yaml({ one: entry(where, { tools: { block: ['remove'] } }) }))
    asked[0]?.answer()
    expect(JSON.stringify(await first)).toMatch(/changed/)
    expect(calls(where)).toEqual([])
    // What is no stricter lets it run.
    await edit(where, yaml({ one: entry(where) }))
    const second = remove({ id: 2 })
    await until(() => asked.length === 2, 'a human is asked')
    await edit(where, yaml({ one: entry(where, { timeout: '77s' }) }))
    asked[1]?.answer()
    expect(JSON.stringify(await second)).not.toMatch(/isError/)
    expect(calls(where)).toEqual(['remove '])
    // Another launch command is another thing than the one that was approved.
    const third = remove({ id: 3 })
    await until(() => asked.length === 3, 'a human is asked')
    await edit(
      where,
      yaml({ one: steady({ env: { CALLS: join(where.out, 'calls.jsonl'), LABEL: 'other' } }) }),
    )
    asked[2]?.answer()
    expect(JSON.stringify(await third)).toMatch(/changed/)
    expect(calls(where)).toEqual(['remove '])
  })

  it('a yes to a launch that is not there yet runs nothing on the process before it (promises 4 and 5)', async () => {
    const removed = (where: Place): readonly string[] =>
      starts(join(where.out, 'calls.jsonl')).filter((line) => line.startsWith('remove'))
    const env = (where: { out: string }, more: Record<string, string> = {}) => ({
      env: { CALLS: join(where.out, 'calls.jsonl'), ...more },
    })
    const where = opened((at) => yaml({ one: steady(env(at)) }))
    let asked = 0
    const host = await HOSTS_HERE[1]?.[1](where, {
      elicit: () => {
        asked += 1
        return Promise.resolve(APPROVE)
      },
    })
    if (host === undefined) throw new Error('no host')
    const remove = async (id: number) => JSON.stringify(await host.call('one_remove', { id }).catch(String))
    expect(await remove(1)).not.toMatch(/isError/)
    expect(removed(where)).toEqual(['remove '])
    // The edit is right, and its launch can't be made: the process before it goes on.
    await edit(where, yaml({ one: steady(env(where, { LABEL: '${file:missing}' })) }))
    expect(textOf(await host.call('one_who', {}))).toMatch(/^\d+ /)
    expect(await remove(2)).toMatch(/was not made/)
    expect(removed(where)).toEqual(['remove '])
    writeFileSync(join(where.dir, 'missing'), 'other')
    await until(async () => /^\d+ other/.test(textOf(await host.call('one_who', {}))), 'it is replaced')
    expect(await remove(3)).not.toMatch(/isError/)
    expect(removed(where)).toEqual(['remove ', 'remove other'])
    expect(asked).toBeGreaterThan(1)
  })

  it('limits are not filled again by an edit', async () => {
    const limited = (more: Entry = {}): string => yaml({ one: steady({ rateLimit: '3/hour', ...more }) })
    const where = place(limited())
    const host = new HereHost(where)
    await host.initialize()
    for (let n = 0; n < 3; n += 1) expect(textOr(await call(host, 'one_who'))).toMatch(/^\d+ $/)
    expect(JSON.stringify(await call(host, 'one_who'))).toContain('limited to 3/hour')
    await edit(where, limited({ description: 'edited' }))
    expect(JSON.stringify(await call(host, 'one_who'))).toContain('limited to 3/hour')
    await edit(where, limited({ rateLimit: '4/hour' }))
    expect(textOr(await call(host, 'one_who'))).toMatch(/^\d+ $/)
    await edit(where, limited())
    expect(JSON.stringify(await call(host, 'one_who'))).toContain('limited to 3/hour')
  })

  it('subscriptions stay, on a process that stays and on the next one, and end where a rule says so', async () => {
    const entry = (label: string, more: Entry = {}): string =>
      yaml({ one: steady({ env: { LABEL: label }, ...more }) })
    const where = place(entry('a'))
    const host = new HereHost(where)
    await host.initialize()
    await host.request('tools/list')
    const uri = 'sidemux://one/note://one'
    expect((await host.request('resources/subscribe', { uri })).error).toBeUndefined()
    const updates = async (count: number): Promise<void> => {
      host.received.length = 0
      await call(host, 'one_news', { uri: 'note://one' })
      const heard = () =>
        host.received.filter(({ method }) => method === 'notifications/resources/updated').length
      await until(() => heard() >= count, 'it is told')
      await pause(100)
      expect(heard()).toBe(count)
    }
    await updates(1)
    await edit(where, entry('a', { timeout: '50s' }))
    await updates(1)
    await edit(where, entry('b'))
    await updates(1)
    await edit(where, entry('b', { resources: { block: ['note://*'] } }))
    await updates(0)
  })
})

describe('questions', () => {
  it('what a server asked before an edit is answered after it, on the process that asked (2026-07-28)', async () => {
    const entry = (more: Entry = {}): string => yaml({ one: steady(more) })
    const where = place(entry())
    const host = new HereHost(where)
    const capabilities = { elicitation: { form: {} } }
    const pid = textOr(
      await host.modern('tools/call', { name: 'one_who', arguments: {} }, capabilities),
    ).trim()
    const request = { name: 'one_ask', arguments: {} }
    const { result = {} } = await host.modern('tools/call', request, capabilities)
    expect(result).toMatchObject({ resultType: 'input_required' })
    await edit(where, entry({ timeout: '50s', description: 'edited' }))
    const [key = ''] = Object.keys(result['inputRequests'] as object)
    const answer = { action: 'accept', content: { city: 'Rome' } }
    const retry = { ...request, requestState: result['requestState'], inputResponses: { [key]: answer } }
    expect(textOr(await host.modern('tools/call', retry, capabilities))).toBe(
      `${pid} heard ${JSON.stringify(answer)}`,
    )
  })

  it('how a human is asked changes for what comes after', async () => {
    const entry = (mode: string): string =>
      yaml({ one: steady() }, { approvals: { channels: ['elicitation'], mode } })
    const where = place(entry('ask'))
    let asked = 0
    const host = await HOSTS_HERE[1]?.[1](where, {
      elicit: () => {
        asked += 1
        return APPROVE
      },
    })
    const remove = async (): Promise<string> => textOf((await host?.call('one_remove')) ?? { content: [] })
    const pid = await remove()
    await edit(where, entry('shadow'))
    expect([await remove(), asked]).toEqual([pid, 1])
    expect(host?.stderr()).toContain('NOBODY IS ASKED')
    await edit(where, entry('ask'))
    expect([await remove(), asked]).toEqual([pid, 2])
  })
})

describe('secrets', () => {
  const entry = (value: string): Entry => steady({ env: { TOKEN: value } })
  const stays = steady({ env: { LABEL: 'stays' } })

  it('one that is newly referred to is masked from its first use, and its store is open by then (promise 3)', async () => {
    const secret = 'newly-referenced-4711'
    const where = place(yaml({ one: entry('none'), stays }), { '.env': `FRESH=${secret}\n` })
    const host = new HereHost(where)
    await host.initialize()
    const pid = textOr(await call(host, 'stays_who'))
    await call(host, 'one_show_token')
    const stores = { secrets: { local: { type: 'dotenv', path: '.env' } } }
    await edit(where, yaml({ one: entry('${local:FRESH}'), stays }, stores))
    await answers(host, 'one_show_token', /\[redacted:one\.TOKEN\]/)
    const more = await Promise.all(Array.from({ length: 10 }, async () => call(host, 'one_show_token')))
    for (const answer of more) expect(textOr(answer)).toContain('[redacted:one.TOKEN]')
    expect(textOr(await call(host, 'stays_who'))).toBe(pid)
    const everything = JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
    expect(everything.includes(secret)).toBe(false)
    expect(everything.includes(Buffer.from(secret).toString('hex'))).toBe(false)
  })

  it('only who takes a value from a store with other settings is restarted, by its environment too', async () => {
    const files = {
      '.env.dev': 'A=value-of-dev-1\n',
      '.env.prod': 'A=value-of-prod\n',
      '.env': 'B=value-of-all-1\n',
    }
    const config = (environment: string): string =>
      yaml(
        { one: entry('${local:A}'), other: entry('${all:B}'), stays },
        {
          environment,
          secrets: {
            local: { type: 'dotenv', path: '.env.{environment}' },
            all: { type: 'dotenv', path: '.env' },
          },
        },
      )
    const where = place(config('dev'), files)
    const host = new HereHost(where)
    await host.initialize()
    const pids = async (): Promise<readonly string[]> =>
      Promise.all(['one', 'other', 'stays'].map(async (id) => textOr(await call(host, `${id}_who`))))
    const before = await pids()
    await edit(where, config('prod'))
    await until(async () => (await pids())[0] !== before[0], 'the next process answers')
    const after = await pids()
    expect(configs(where).at(-1)).toMatchObject({
      environment: 'prod',
      restarted: ['one'],
      changed: [],
      added: [],
      removed: [],
      sections: ['environment'],
    })
    expect(after.map((pid, at) => pid === before[at])).toEqual([false, true, true])
    // A store that stays is watched on.
    writeFileSync(join(where.dir, '.env'), 'B=value-of-all-2\n')
    await until(async () => (await pids())[1] !== before[1], 'a rotation restarts its server')
  })

  it('leases of a store with other settings are taken anew and given back, those of another stay (promise 8)', async () => {
    const vault = await startVault({ roles: { 'database/creds/ro': { ttl: 600, maxTtl: 3600 } } })
    onTestFinished(() => vault.close())
    const store = {
      type: 'vault',
      address: vault.url,
      auth: { method: 'approle', roleId: '${env:ROLE_ID}', secretId: '${env:SECRET_ID}' },
    }
    const leased = (from: string): Entry =>
      steady({
        leases: { db: { store: from, path: '/database/creds/ro', ttl: '10m' } },
        env: { TOKEN: '${lease:db#password}' },
      })
    const config = (poll: string): string =>
      yaml(
        { one: leased('team'), two: leased('other') },
        { secrets: { team: store, other: { ...store, poll } } },
      )
    const where = place(config('60s'))
    Object.assign(where.env, { ROLE_ID: vault.roleId, SECRET_ID: vault.secretId })
    const host = new HereHost(where)
    await host.initialize()
    const pids = async (): Promise<readonly string[]> =>
      Promise.all(['one', 'two'].map(async (id) => textOr(await call(host, `${id}_who`))))
    const before = { pids: await pids(), leases: [...vault.leases.keys()] }
    expect(before.leases).toHaveLength(2)
    await edit(where, config('90s'))
    await until(async () => (await pids())[1] !== before.pids[1], 'the next process answers')
    const after = await pids()
    expect(after.map((pid, at) => pid === before.pids[at])).toEqual([true, false])
    await until(() => vault.leases.size === 2, 'the old lease is given back')
    expect(before.leases.filter((id) => vault.leases.has(id))).toHaveLength(1)
    host.process.stdin?.end()
    expect(await host.exited()).toEqual({ code: 0, signal: null })
    await until(() => vault.leases.size === 0, 'nothing is left')
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
