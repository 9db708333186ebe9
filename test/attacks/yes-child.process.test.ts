/**
 * Promise 4 against a server behind sidemux that runs unconfined, as the same user: it reads the state directory, /proc
 * and the process list, knocks at every port of the sidecar with all of it, and races the browser for the link. Linux,
 * where the door sees who is calling. What stays possible to such a process is named at the end.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { links } from '../e2e/human.ts'
import { newestFile } from '../state/newest.ts'
import { createLooks } from '../../src/dashboard/caller/look.ts'
import { CLI, elapse, shared, until, type RawHost } from '../e2e/support.ts'
import { usedByLoopOf, yardstickMs } from '../work.ts'
import { aside, den, denied, raid, wipes } from './raid.ts'
import { approvals, enterHost, Guest, human, newestLink, report, said, stage, wipe } from './stage.ts'

const linux = process.platform === 'linux'
const DISGUISES = [
  'child',
  'own session',
  'own terminal',
  'double-forked',
  'double-forked, own session',
  'double-forked, own terminal',
]

const { questioned } = aside()

describe.runIf(linux)('a server that uses whatever it finds', () => {
  it.each(DISGUISES)('0 executions: ports, /proc, state directory, both doors, as: %s', async (disguise) => {
    const { where, host, page, call } = await questioned(`secret-question ${disguise}`)
    const loot = await (await raid(host, where, { kind: 'rummage', disguise }))()
    expect(loot).toMatchObject({ keys: 1, taken: 0, cookies: 0 })
    expect(Number(loot['ids'])).toBeGreaterThan(0)
    if (!disguise.startsWith('double')) expect(loot['shown']).toEqual([])
    await denied(where, call, page)
    report(`yes, a child (${disguise})`, {
      requests: Number(loot['tries']),
      'answers taken': Number(loot['taken']),
      executed: 0,
      'question read at': String(loot['shown']) || 'nowhere',
    })
  })
})

/** One sidecar whose page nobody has open. What is left of an earlier test is a question that nobody answers. */
const unattended = shared(async () => {
  const where = den()
  // A server may pose as a sidecar before there is a door.
  mkdirSync(join(where.state, 'run'), { recursive: true, mode: 0o700 })
  return { where, host: await enterHost(where) }
})

/** A browser that came by its link and shows nothing for so long isn't waited for any more. */
const LOADED_MS = 11_000

/** A question for which the page is opened, as nobody has it open. */
async function opens(id: string, raiding: Readonly<Record<string, unknown>>) {
  const { where, host } = await unattended()
  elapse(where, LOADED_MS)
  const [opened, told] = [links(where).length, approvals(where).length]
  const running = await raid(host, where, raiding)
  const call = wipe(host, { id })
  await until(() => links(where).length > opened, 'the page is opened')
  const link = links(where).at(-1) ?? ''
  return { where, running, call, link, said: () => approvals(where).slice(told) }
}

describe.runIf(linux)('a server that races the browser for the link', () => {
  it.each(DISGUISES)('0 executions, as: %s', async (disguise) => {
    const id = `raced by ${disguise}`
    const { where, running, call, link, said: told } = await opens(id, { kind: 'race', disguise })
    const mine = await Guest.by(link)
    const loot = await running()
    const won = loot['cookie'] === 1
    report(`yes, the link (${disguise})`, {
      seen: Number(loot['link'] ?? 0),
      'thief was first': won ? 1 : 0,
      executed: wipes(where).length,
    })
    expect(wipes(where)).toEqual([])
    const voided = told().filter(({ phase }) => phase === 'session-voided')
    if (voided.length > 0) {
      // Two have had it, so nobody has, whoever came first: shown, written down, and the question waits for the next page.
      expect([voided.length, mine.status]).toEqual([1, won ? 403 : 303])
      expect(String(loot['answers'])).not.toContain('done')
      // Which processes had it stands in the audit log.
      const begun = told().find(({ phase }) => phase === 'session-begun')
      expect(begun).toMatchObject(
        won ? { names: ['node'], pids: [expect.any(Number)] } : { pids: [process.pid] },
      )
      if (won) expect(begun?.['pids']).not.toEqual([process.pid])
      return
    }
    expect(won).toBe(false)
    expect(mine.status).toBe(303)
    await mine.ready(where)
    await denied(where, call, mine, id)
  })
})

const POSED = '00000000-0000-4000-8000-00000000000a'

describe.runIf(linux)('a server that poses as another sidecar', () => {
  it.each([
    ['its own process', 'child', () => undefined],
    ['the process of another program', 'child', () => process.pid],
    ['the process of the sidecar itself', 'child', ({ process: { pid } }: RawHost) => pid],
    ['the process of another program, from a double-forked child', 'double-forked', () => process.pid],
  ] as const)('asks nobody anything, with a run file that names %s', async (what, disguise, pidOf) => {
    const { where, host, page, call } = await questioned(what)
    const raided = await raid(host, where, {
      kind: 'pose',
      disguise,
      id: POSED,
      pid: pidOf(host),
    })
    const { sidecars } = await page.state()
    expect(sidecars.flatMap(({ pending }) => pending.map(({ facts }) => facts.args))).toEqual([{ id: what }])
    await raided()
    await denied(where, call, page)
  })

  it('does not keep a question from the human by saying that a page is open', async () => {
    const id = 'a page is said to be open'
    const pose = { kind: 'pose', disguise: 'child', id: POSED, pid: process.pid, pageOpen: true }
    const { where, running, call, link } = await opens(id, pose)
    const page = await Guest.by(link)
    await running()
    await page.ready(where)
    await denied(where, call, page, id)
    report('yes, posed sidecars', { 'shown on the page': 0, executed: 0 })
  })
})

/** Servers start when the host has said what it can do. */
const INITIALIZE = `${JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'host', version: '1' } },
})}\n`

const OPTIONS_OF_NODE = ['--no-warnings', '--trace-uncaught', '--enable-source-maps', '--require', 'node:os']

it.runIf(linux).each<[string[], string[]]>([
  [[], ['serve', '--profile', 'audit']],
  [[], ['--profile', 'audit']],
  [OPTIONS_OF_NODE, ['serve', '--profile', 'audit']],
])(
  'a child is a child, also of a sidecar that is started with %j and %j and has no run file',
  async (options, args) => {
    const where = stage({ rest: 'profiles: { audit: { servers: [evil] } }\n' })
    const argv = [...options, CLI, ...args, '--config', where.config]
    const sidecar = spawn(process.execPath, argv, { env: where.env, stdio: ['pipe', 'ignore', 'ignore'] })
    onTestFinished(() => void sidecar.kill('SIGKILL'))
    sidecar.stdin.write(INITIALIZE)
    await until(() => where.starts().length === 1, 'the child runs')
    const looks = createLooks({
      cli: CLI,
      runs: () => Promise.resolve([]),
      launchers: () => new Set(),
      adopter: () => Promise.resolve(undefined),
      own: 0,
    })
    const near = await looks.neighbours(where.starts())
    expect([...near.values()]).toEqual([{ inside: true, decides: false }])
  },
)

it.runIf(linux)('a server that storms the door with the right key: calls of others go on', async () => {
  const where = den('wait: 50s')
  const host = await enterHost(where)
  const call = wipe(host)
  await newestLink(where)
  const stormed = await raid(host, where, { kind: 'hammer', disguise: 'double-forked' })
  // What the sidecar does before it answers; how long that takes is the machine's.
  const works: number[] = []
  const pid = host.process.pid ?? 0
  const end = Date.now() + 1500
  while (Date.now() < end) {
    const before = usedByLoopOf(pid)
    await host.request('ping')
    works.push(usedByLoopOf(pid) - before)
  }
  const { asked } = await stormed()
  const most = Math.max(...works) / yardstickMs()
  const page = await human(where)
  report('yes, a child storms the door', {
    requests: Number(asked),
    'slowest ping, work': Math.round(most),
    executed: 0,
  })
  await denied(where, call, page)
  expect(most).toBeLessThan(40)
})

describe.runIf(linux)('a forged book of grants', () => {
  /** A book as it stands after one grant was used up, with uses that nobody gave. */
  const used = shared(async () => {
    const where = stage({ approvals: 'wait: 150ms' })
    const host = await enterHost(where)
    await wipe(host, { id: 'a' })
    const page = await human(where)
    const ids = (await page.questions()).map(({ id }) => id)
    await page.answer(ids, 'approve', { fixed: ['id'], ms: 60_000, uses: 1 })
    await wipe(host, { id: 'a' })
    await wipe(host, { id: 'a' })
    expect(where.calls()).toHaveLength(2)
    const books = join(where.state, 'grants')
    const dir = join(books, readdirSync(books)[0] ?? '')
    const text = readFileSync(newestFile(dir), 'utf8')
    return { where, host, dir, text, left: readdirSync(dir) }
  })

  async function forged() {
    const { left, ...book } = await used()
    for (const name of readdirSync(book.dir)) if (!left.includes(name)) rmSync(join(book.dir, name))
    return book
  }

  /** The file that would be the next state of the book. */
  function nextIn(dir: string): string {
    return join(dir, `${parseInt(basename(newestFile(dir)), 10) + 1}.json`)
  }

  it.each<[string, (dir: string, text: string) => void]>([
    [
      'that others can write',
      (dir, text) => {
        const file = nextIn(dir)
        writeFileSync(file, text.replace('"left":0', '"left":9'))
        chmodSync(file, 0o666)
      },
    ],
    [
      'that is a link',
      (dir, text) => {
        writeFileSync(join(dir, 'elsewhere'), text.replace('"left":0', '"left":9'), { mode: 0o600 })
        symlinkSync(join(dir, 'elsewhere'), nextIn(dir))
      },
    ],
    [
      'with a member that nobody knows',
      (dir, text) =>
        writeFileSync(nextIn(dir), text.replace('"left":0', '"left":9,"tool":"*"'), { mode: 0o600 }),
    ],
    [
      'with another value in place of the one that was fixed',
      (dir, text) => {
        const other = text
          .replace('"left":0', '"left":9')
          .replace(/"hash":"[0-9a-f]{64}"/, `"hash":"${'0'.repeat(64)}"`)
        writeFileSync(nextIn(dir), other, { mode: 0o600 })
      },
    ],
  ])('0 executions: one %s', async (_what, forge) => {
    const { where, host, dir, text } = await forged()
    forge(dir, text)
    expect(said(await wipe(host, { id: 'a' }))).toContain('nobody answered')
    expect(where.calls()).toHaveLength(2)
  })

  // Whoever runs as the user and may write his files can write this one too; see "Limits, plainly" in docs/security.md.
  it('the limit: one that is written as we write it is believed, and every use of it stands in the audit log', async () => {
    const { where, host, dir, text } = await forged()
    writeFileSync(
      nextIn(dir),
      text.replace('"left":0', '"left":9').replace(/"id":"[0-9a-f-]{36}"/, `"id":"${POSED}"`),
      { mode: 0o600 },
    )
    await wipe(host, { id: 'a' })
    expect(where.calls()).toHaveLength(3)
    const told = approvals(where)
    expect(told.filter(({ phase, grant }) => phase === 'grant-used' && grant === POSED)).toHaveLength(1)
    // Nobody gave it: that is how it is found.
    expect(told.filter(({ phase, grant }) => phase === 'granted' && grant === POSED)).toEqual([])
    report('yes, forged grants', { 'badly forged, executed': 0, 'well forged (stated limit), executed': 1 })
  })
})
