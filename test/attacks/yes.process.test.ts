/**
 * Promise 4 at the page: a human's yes to one call, and everything that it is not. Each row is run against a real
 * sidecar and a host that can't ask; executions are counted by the server itself.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { elapse, RawHost, shared, until } from '../e2e/support.ts'
import {
  approvals,
  enterHost,
  Guest,
  human,
  listed,
  newestLink,
  once,
  report,
  said,
  stage,
  wipe,
  wipeRaw,
  WIPE,
} from './stage.ts'
import { tool, type Lair, type Tool } from './support.ts'

const SHORT = 'wait: 150ms'

/** Asks, is given back to the host, and is approved afterwards: a yes that nobody has spent. */
async function approved(
  host: RawHost,
  where: Lair,
  args: readonly string[],
  grant?: unknown,
): Promise<Guest> {
  for (const answer of await Promise.all(args.map((one) => wipeRaw(host, one))))
    expect(said(answer)).toContain('nobody answered')
  const page = await human(where)
  const ids = (await page.questions()).map(({ id }) => id)
  expect(ids).toHaveLength(args.length)
  const done = ids.map(() => '"done"').join(',')
  expect(await page.answer(ids, 'approve', grant)).toBe(`{"outcomes":[${done}]}`)
  expect(where.calls()).toEqual([])
  return page
}

const OTHERS: readonly (readonly [string, string, string])[] = [
  ['a number for its text', '{"id":1}', '{"id":"1"}'],
  ['a fraction that is nearly the number', '{"id":1.1}', '{"id":1.1000000000000003}'],
  ['a power of ten more', '{"id":1e3}', '{"id":1e4}'],
  ['the sign', '{"id":5}', '{"id":-5}'],
  ['true for 1', '{"id":1}', '{"id":true}'],
  ['null for nothing', '{}', '{"id":null}'],
  ['an array for an object', '{"id":{"0":"a"}}', '{"id":["a"]}'],
  ['composed for decomposed (NFC, NFD)', '{"id":"caf\u00e9"}', '{"id":"cafe\u0301"}'],
  ['the ligature for its letters (NFKC)', '{"id":"file"}', '{"id":"\ufb01le"}'],
  ['a key in another normal form', '{"caf\u00e9":1}', '{"cafe\u0301":1}'],
  ['a look-alike', '{"id":"admin"}', '{"id":"\u0430dmin"}'],
  ['a zero-width space', '{"id":"a"}', '{"id":"a\u200b"}'],
  ['a space more', '{"id":"a"}', '{"id":"a "}'],
  ['another case of the key', '{"id":"a"}', '{"ID":"a"}'],
  ['duplicate keys, the last one wins', '{"id":"a"}', '{"id":"a","id":"b"}'],
  ['duplicate keys inside', '{"id":{"x":"a"}}', '{"id":{"x":"a","x":"b"}}'],
  ['duplicate keys, one of them escaped', '{"id":"a"}', '{"id":"a","i\\u0064":"b"}'],
  ['-0 for 0', '{"id":0}', '{"id":-0}'],
  ['one more key', '{"id":"a"}', '{"id":"a","force":true}'],
  ['a key called constructor', '{"id":"a"}', '{"id":"a","constructor":{"prototype":{"x":1}}}'],
  ['another order of the items', '{"id":["a","b"]}', '{"id":["b","a"]}'],
  ['the end of a long text', `{"id":"${'x'.repeat(100_000)}a"}`, `{"id":"${'x'.repeat(100_000)}b"}`],
]

const SAME: readonly (readonly [string, string, string, unknown])[] = [
  [
    'another order of the keys',
    '{"a":1,"b":{"c":1,"d":2}}',
    '{"b":{"d":2,"c":1},"a":1}',
    { a: 1, b: { c: 1, d: 2 } },
  ],
  ['1.0 for 1', '{"id":1}', '{"id":1.0}', { id: 1 }],
  ['1e2 for 100', '{"id":100}', '{"id":1e2}', { id: 100 }],
  ['an escape for a letter', '{"id":"a"}', '{"i\\u0064":"\\u0061"}', { id: 'a' }],
  ['the same value after another', '{"id":"b"}', '{"id":"a","id":"b"}', { id: 'b' }],
]

/** Each row has a number of its own, so that no yes fits the call of another row. */
const numbered = (json: string, row: number): string =>
  json.replace(/^\{(.?)/, (_all, next: string) => `{"row":${row}${next === '}' ? '}' : `,${next}`}`)

const rows = once(async () => {
  const where = stage({ approvals: SHORT, entry: { rateLimit: '1000000/minute' } })
  const host = await enterHost(where)
  const all = [...OTHERS, ...SAME]
  await approved(
    host,
    where,
    all.map(([, args], row) => numbered(args, row)),
  )
  await Promise.all(OTHERS.map(([, , sent], row) => wipeRaw(host, numbered(sent, row))))
  const others = where.calls()
  for (const [row, [, , sent]] of SAME.entries()) await wipeRaw(host, numbered(sent, OTHERS.length + row))
  const same = where.calls()
  // The yeses to what wasn't sent are still there, for exactly that and once.
  for (const [row, [, args]] of OTHERS.entries()) await wipeRaw(host, numbered(args, row))
  const exact = where.calls().length
  await Promise.all(all.map(([, args], row) => wipeRaw(host, numbered(args, row))))
  const again = where.calls().length
  report('yes, other arguments', {
    rows: OTHERS.length,
    executed: others.length,
    'same value, spelt otherwise': same.length,
    exact: exact - same.length,
    replayed: again - exact,
  })
  return { others, same, exact, again }
})

describe('a yes to other arguments', () => {
  it.each(OTHERS.map(([name], row) => [name, row] as const))('0 executions: %s', async (_name, row) => {
    expect((await rows()).others.filter(({ args }) => args['row'] === row)).toEqual([])
  })

  it.each(SAME.map(([name, , , value], row) => [name, value, OTHERS.length + row] as const))(
    'is the same JSON value, and runs once: %s',
    async (_name, value, row) => {
      const ran = (await rows()).same.filter(({ args }) => args['row'] === row)
      expect(ran.map(({ args: { row: _row, ...args } }) => args)).toEqual([value])
    },
  )

  it('each yes runs exactly its call, once, and no call a second time', async () => {
    const { exact, again } = await rows()
    expect([exact, again]).toEqual([OTHERS.length + SAME.length, OTHERS.length + SAME.length])
  })
})

describe('replay', () => {
  const played = once(async () => {
    const where = stage({ approvals: SHORT })
    const host = await enterHost(where)
    await wipe(host, { id: 'a' })
    const link = await newestLink(where)
    const page = await human(where)
    const [{ id } = { id: '' }] = await page.questions()
    const body = await page.body([id], 'approve')
    const first = await page.post(body)
    const second = await page.post(body)
    await wipe(host, { id: 'a' })
    const spent = where.calls().length
    const third = await page.post(body)
    const retried = said(await wipe(host, { id: 'a' }))
    const afterRetry = where.calls().length
    // The new question about the same call isn't the one that the old body names.
    const fourth = await page.post(body)
    await wipe(host, { id: 'a' })
    const afterFourth = where.calls().length
    await page.answer(
      (await page.questions()).map((question) => question.id),
      'approve',
    )
    const again = await Guest.by(link)
    const old = await page.post(body)
    const retriedAfter = said(await wipe(host, { id: 'a' }))
    report('yes, replay', {
      'answers taken': 1,
      'executions of one yes': spent,
      'later ones': where.calls().length - spent,
    })
    return {
      first,
      second,
      third,
      fourth,
      spent,
      retried,
      afterRetry,
      afterFourth,
      again,
      old,
      retriedAfter,
      where,
      calls: where.calls().length,
      told: approvals(where),
    }
  })

  it('the same POST body twice is one yes; later it is nothing', async () => {
    const { first, second, third, fourth, spent } = await played()
    expect([first.body, second.body]).toEqual(['{"outcomes":["done"]}', '{"outcomes":["decided"]}'])
    expect([third.body, fourth.body]).toEqual(['{"outcomes":["gone"]}', '{"outcomes":["gone"]}'])
    expect(spent).toBe(1)
  })

  it('0 further executions: the approved retry sent again', async () => {
    const { retried, afterRetry, afterFourth } = await played()
    expect(retried).toContain('nobody answered')
    expect([afterRetry, afterFourth]).toEqual([1, 1])
  })

  it('0 further executions: the link used again voids the page, its cookie and its unspent yes', async () => {
    const { again, old, retriedAfter, calls, told } = await played()
    expect([again.status, again.cookie]).toEqual([403, ''])
    expect([old.status, old.body]).toEqual([401, '{"error":"voided"}'])
    expect(retriedAfter).toContain('nobody answered')
    expect(calls).toBe(1)
    expect(told.filter(({ phase }) => phase === 'session-voided')).toMatchObject([{ takenBack: 1 }])
    expect(told.filter(({ phase }) => phase === 'taken-back')).toHaveLength(1)
  })
})

describe('a yes too late, or from another life', () => {
  /**
   * A page that an earlier question has opened, so that a question that expires is answered at once, and not after a
   * browser has started.
   */
  const before = async (where: Lair, host: RawHost): Promise<Guest> => {
    await wipe(host, { id: 'before' })
    const page = await human(where)
    await page.answer(
      (await page.questions()).map(({ id }) => id),
      'deny',
    )
    return page
  }
  const idOf = async (page: Guest, about: string): Promise<string> =>
    (await page.questions()).find(({ args }) => args['id'] === about)?.id ?? ''

  const expiring = shared(async () => {
    const where = stage({ approvals: 'wait: 100ms, expire: 4s' })
    const host = await enterHost(where)
    return { where, host, page: await before(where, host) }
  })

  it('0 executions: expired before it was spent', async () => {
    const { where, host, page } = await expiring()
    expect(said(await wipe(host, { id: 'a' }))).toContain('nobody answered')
    expect(await page.answer([await idOf(page, 'a')], 'approve')).toBe('{"outcomes":["done"]}')
    expect(where.calls()).toEqual([])
    await until(async () => (await page.questions()).length === 0, 'it expires')
    expect(said(await wipe(host, { id: 'a' }))).toContain('nobody answered')
    expect(where.calls()).toEqual([])
    expect(approvals(where).map(({ phase }) => phase)).toContain('expired')
  })

  it('0 executions: answered after it expired', async () => {
    const { where, host, page } = await expiring()
    await wipe(host, { id: 'b' })
    const id = await idOf(page, 'b')
    expect(id).not.toBe('')
    elapse(where, 4000)
    expect(await page.answer([id], 'approve')).toBe('{"outcomes":["gone"]}')
    await wipe(host, { id: 'b' })
    expect(where.calls()).toEqual([])
  })

  it('0 executions: the sidecar was started again; what was pending and what was not spent is void, a grant is not', async () => {
    const where = stage({ approvals: SHORT })
    const first = await enterHost(where)
    const before = await approved(first, where, ['{"id":"unspent"}'])
    await wipe(first, { id: 'pending' })
    await wipe(first, { id: 'granted' })
    const granted = (await before.questions()).find(({ args }) => args['id'] === 'granted')
    const grant = { fixed: ['id'], ms: 60_000, uses: 2 }
    expect(await before.answer([granted?.id ?? ''], 'approve', grant)).toBe('{"outcomes":["done"]}')
    const oldBody = await before.body(
      (await before.questions()).map(({ id }) => id),
      'approve',
    )
    first.process.stdin?.end()
    await first.exited()
    writeFileSync(`${where.dir}/links`, '')
    const host = await enterHost(where)
    for (const id of ['unspent', 'pending'])
      expect(said(await wipe(host, { id }))).toContain('nobody answered')
    const page = await human(where)
    expect((await page.post(oldBody)).body).toBe('{"outcomes":["gone","gone","gone"]}')
    expect((await page.post(oldBody, { cookie: before.cookie })).status).toBe(401)
    for (const id of ['unspent', 'pending']) await wipe(host, { id })
    expect(where.calls()).toEqual([])
    for (const _ of [1, 2, 3]) await wipe(host, { id: 'granted' })
    expect(where.calls().map(({ args }) => args['id'])).toEqual(['granted', 'granted'])
    report('yes, other session', {
      'pending and unspent executed': 0,
      'granted (2 uses, 3 calls) executed': 2,
    })
  })
})

describe('a yes to something that changed', () => {
  const GRANT = { fixed: ['id'], ms: 600_000, uses: 5 }
  /** Under one sidecar; each test has a tool of its own, which is there from the beginning. */
  const opened = (approvals: string) =>
    shared(async () => {
      const tools = ['wipe', 'wipe_log', 'wipe_disk'].map((name) => tool(name, { annotations: {} }))
      const where = stage({ approvals }, { tools })
      const config = readFileSync(where.config, 'utf8')
      writeFileSync(
        where.config,
        config.replace(/^ {2}evil: (.*)$/m, (line, entry: string) => `${line}\n  twin: ${entry}`),
      )
      const host = await enterHost(where)
      const first = wipe(host, { id: 'first' })
      const page = await human(where)
      await page.answer(await idsOf(page, 'first'), 'deny')
      await first
      let now: readonly Tool[] = tools
      /** The tool is another one from now on, or gone. */
      const change = (
        name: string,
        into: readonly Tool[] = [{ ...tool(name), description: 'wipes more' }],
      ) => {
        now = now.flatMap((one) => (one.name === name ? into : [one]))
        return redefine(where, host, now)
      }
      const calls = (of: string): unknown[] => where.calls().filter(({ name }) => name === of)
      return { host, page, change, calls }
    })
  const idsOf = async (page: Guest, about: string): Promise<string[]> =>
    (await page.questions()).flatMap(({ id, args }) => (args['id'] === about ? [id] : []))
  /** Asks, is given back to the host, and is approved afterwards. */
  async function agreed(
    host: RawHost,
    page: Guest,
    id: string,
    name: string,
    grant?: unknown,
  ): Promise<void> {
    expect(said(await wipe(host, { id }, name))).toContain('nobody answered')
    expect(await page.answer(await idsOf(page, id), 'approve', grant)).toBe('{"outcomes":["done"]}')
  }
  const brief = opened(SHORT)
  const patient = opened('wait: 120s')

  it('0 executions: the definition changed between yes and retry, so that it asks anew, with what changed', async () => {
    const { host, page, change, calls } = await brief()
    await agreed(host, page, 'a', 'evil_wipe')
    await change('wipe')
    expect(said(await wipe(host, { id: 'a' }))).toContain('nobody answered')
    expect(calls('wipe')).toEqual([])
    const questions = await page.questions()
    expect(questions.at(-1)?.text).toContain('the server changed this tool')
  })

  it('0 executions: a grant, while the server changes its definition under it', async () => {
    const { host, page, change, calls } = await brief()
    await agreed(host, page, 'b', 'evil_wipe_log', GRANT)
    await change('wipe_log')
    for (const _ of [1, 2, 3]) await wipe(host, { id: 'b' }, 'evil_wipe_log')
    expect(calls('wipe_log')).toEqual([])
  })

  it('0 executions at another server with the same tool, launch command and arguments', async () => {
    const { host, page, calls } = await brief()
    await agreed(host, page, 'c', 'evil_wipe_disk', GRANT)
    expect(said(await wipe(host, { id: 'c' }, 'twin_wipe_disk'))).toContain('nobody answered')
    expect(calls('wipe_disk')).toEqual([])
    await wipe(host, { id: 'c' }, 'evil_wipe_disk')
    expect(calls('wipe_disk')).toHaveLength(1)
    report('yes, changed or elsewhere', { executed: 0 })
  })

  it('0 executions: the definition changed between the question and the yes, while the call waits', async () => {
    const { host, page, change, calls } = await patient()
    const call = wipe(host, { id: 'a' })
    await until(async () => (await idsOf(page, 'a')).length > 0, 'the question is on the page')
    await change('wipe')
    expect(await page.answer(await idsOf(page, 'a'), 'approve')).toBe('{"outcomes":["done"]}')
    expect(said(await call)).toContain('the tool changed between the question and the answer')
    expect(calls('wipe')).toEqual([])
  })

  it('0 executions: the tool is gone when the yes comes', async () => {
    const { host, page, change, calls } = await patient()
    const call = wipe(host, { id: 'b' }, 'evil_wipe_log')
    await until(async () => (await idsOf(page, 'b')).length > 0, 'the question is on the page')
    await change('wipe_log', [])
    await page.answer(await idsOf(page, 'b'), 'approve')
    await call
    expect(calls('wipe_log')).toEqual([])
  })

  /** By server, what of it is another one after a restart, as an edit of its line in servers.yaml. */
  const CHANGES: readonly (readonly [what: string, server: string, edit: (line: string) => string])[] = [
    ['definition', 'evil', (line) => line],
    ['launch command', 'launch', (line) => line.replace('"args":[', '"args":["--no-warnings",')],
    ['environment of the server', 'around', (line) => line.replace('"PLAN":', '"NODE_ENV":"x","PLAN":')],
    [
      'rule',
      'rule',
      (line) => line.replace('"command":"node"', '"command":"node","tools":{"confirm":["*"]}'),
    ],
  ]
  const SAME = 'same'
  const restarted = once(async () => {
    const where = stage({ approvals: SHORT })
    const servers = [...CHANGES.map(([, server]) => server), SAME]
    writeFileSync(`${where.dir}/others.json`, JSON.stringify({ tools: [WIPE] }))
    const others = (entry: string): string =>
      servers
        .map((id) => `  ${id}: ${id === 'evil' ? entry : entry.replace('plan.json', 'others.json')}`)
        .join('\n')
    const config = readFileSync(where.config, 'utf8').replace(/^ {2}evil: (.*)$/m, (_line, entry: string) =>
      others(entry),
    )
    writeFileSync(where.config, config)
    const host = await enterHost(where)
    const wiped = async (of: RawHost, server: string): Promise<string> =>
      said(await wipe(of, { id: server }, `${server}_wipe`))
    for (const server of servers) expect(await wiped(host, server)).toContain('nobody answered')
    const page = await human(where)
    for (const { id } of await page.questions())
      expect(await page.answer([id], 'approve', GRANT)).toBe('{"outcomes":["done"]}')
    for (const server of servers) expect(await wiped(host, server)).toBe('ran')
    host.process.stdin?.end()
    await host.exited()
    where.plan({ tools: [{ ...WIPE, description: 'wipes more' }] })
    const edited = CHANGES.reduce(
      (text, [, server, edit]) => text.replace(new RegExp(`^  ${server}: .*$`, 'm'), edit),
      config,
    )
    writeFileSync(where.config, edited)
    const again = await enterHost(where)
    await again.request('tools/list')
    const told = new Map<string, string>()
    for (const server of servers) told.set(server, await wiped(again, server))
    return { told, calls: where.calls().map(({ args }) => args['id']) }
  })

  it.each(CHANGES)('0 executions: the %s changed since the yes and the grant', async (_what, server) => {
    const { told, calls } = await restarted()
    expect(told.get(server)).toContain('nobody answered')
    expect(calls.filter((id) => id === server)).toHaveLength(1)
  })

  it('the grant of a server that stayed as it was holds beside them', async () => {
    const { told, calls } = await restarted()
    expect(told.get(SAME)).toBe('ran')
    expect(calls.filter((id) => id === SAME)).toHaveLength(2)
  })
})

describe('a grant is no more than what the human saw', () => {
  const WISHES: readonly (readonly [string, unknown])[] = [
    ['no argument fixed, for a destructive tool', { fixed: [], ms: 60_000, uses: 5 }],
    ['without an end to its uses', { fixed: ['id'], ms: 60_000 }],
    ['more uses than offered', { fixed: ['id'], ms: 60_000, uses: 21 }],
    ['longer than offered', { fixed: ['id'], ms: 8 * 3_600_000 + 1, uses: 5 }],
    ['an argument that the call does not have', { fixed: ['id', 'force'], ms: 60_000, uses: 5 }],
    ['an argument called __proto__', { fixed: ['__proto__'], ms: 60_000, uses: 5 }],
    ['one argument named twice', { fixed: ['id', 'id'], ms: 60_000, uses: 5 }],
    ['half a millisecond', { fixed: ['id'], ms: 0.5, uses: 5 }],
    ['uses as text', { fixed: ['id'], ms: 60_000, uses: '5' }],
    ['a wider tool named in the wish', { fixed: ['id'], ms: 60_000, uses: 5, tool: '*' }],
  ]
  const wishes = once(async () => {
    const where = stage({ approvals: SHORT })
    const host = await enterHost(where)
    await wipe(host, { id: 'a', path: '/tmp/x' })
    const page = await human(where)
    const [{ id } = { id: '' }] = await page.questions()
    const outcomes: string[] = []
    for (const [, wish] of WISHES) outcomes.push(await page.answer([id], 'approve', wish))
    await wipe(host, { id: 'a', path: '/tmp/x' })
    const refused = where.calls().length
    expect(await page.answer([id], 'approve', { fixed: ['path'], ms: 60_000, uses: 3 })).toBe(
      '{"outcomes":["done"]}',
    )
    for (const args of [
      { id: 'b', path: '/tmp/x2' },
      { path: ['/tmp/x'] },
      { id: 'b' },
      { path: '/tmp/x', force: 1 },
      { path: '/tmp/./x' },
    ])
      await wipe(host, args)
    const beyond = where.calls().length
    // The yes itself, then three uses.
    for (const index of [1, 2, 3, 4, 5, 6]) await wipe(host, { id: `${index}`, path: '/tmp/x' })
    report('yes, grants', {
      'wishes beyond the offer': WISHES.length,
      taken: outcomes.filter((outcome) => outcome.includes('done')).length,
      'executed beyond the scope': beyond,
      'executed within (3 uses)': where.calls().length,
    })
    return { outcomes, refused, beyond, all: where.calls().length }
  })

  it.each(WISHES.map(([name], index) => [name, index] as const))('0 executions: %s', async (_name, index) => {
    const { outcomes, refused } = await wishes()
    expect(outcomes[index]).toMatch(/^(400|\{"outcomes":\["refused"\]\})$/)
    expect(refused).toBe(0)
  })

  it('0 executions beyond its scope, and as many as it says within', async () => {
    const { beyond, all } = await wishes()
    expect([beyond, all]).toEqual([0, 3])
  })
})

let signs = 0

/**
 * Under the running sidecar, and it has taken note: hosts hear nothing of a definition that changed, so another tool
 * comes with it, of whose name they do hear.
 */
async function redefine(where: Lair, host: RawHost, tools: readonly Tool[]): Promise<void> {
  const sign = `get_sign_${(signs += 1)}`
  where.plan({ tools: [...tools, tool(sign)] })
  for (const pid of where.starts()) process.kill(pid, 'SIGUSR2')
  await until(async () => (await listed(host)).includes(`evil_${sign}`), 'the list changed')
}
