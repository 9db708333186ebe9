/** Several sidecars: how they find each other, what of one is seen at another, and who decides. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { CallingProcess, ProcessLooks } from '../../src/dashboard/caller/look.ts'
import {
  askAll,
  askState,
  askToOpen,
  runningSidecars,
  sendAnswer,
  sidecarsElsewhere,
} from '../../src/dashboard/neighbours/client.ts'
import { readRuns, writeRun } from '../../src/dashboard/neighbours/runs.ts'
import type { RunFile } from '../../src/dashboard/page-wire.ts'
import { askPage, enter, post, send, setUp, temporaryDir } from './support.ts'

/** Everybody is the same process here; whether a neighbour may decide is told by the test. */
function looksOf(caller: Partial<CallingProcess>, sits = false, decides = true): ProcessLooks {
  const whole = {
    standing: 'clear',
    pids: [process.pid],
    names: ['node'],
    identity: 'x',
    sidecar: true,
    ...caller,
  } as const
  return {
    look: () => Promise.resolve(whole),
    sitsAtTerminal: () => Promise.resolve(sits),
    untouched: () => Promise.resolve(true),
    neighbours: (pids) => Promise.resolve(new Map(pids.map((pid) => [pid, { inside: false, decides }]))),
  }
}

async function two(looks: ProcessLooks) {
  const stateDir = temporaryDir()
  const shown = await setUp({ stateDir, looks })
  const cookie = await enter(shown.links[0] ?? '')
  shown.clock.now += 3000
  const other = await setUp({ stateDir, looks }, false)
  const question = other.desk.add('May files run wipe?')
  await other.dashboard.terminalChannel.ask(question, { kind: 'none', why: '' }, new AbortController().signal)
  const { port } = await shown.run()
  const yes = { sidecar: other.dashboard.id, ids: [question.id], answer: 'approve' }
  return { shown, other, cookie, port, question, yes }
}

it('writes a run file for the user alone, and removes it', async () => {
  const { dashboard, stateDir, run } = await setUp()
  const file = join(stateDir, 'run', `${dashboard.id}.json`)
  expect([statSync(join(stateDir, 'run')).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
  expect(await run()).toMatchObject({ version: 1, pid: process.pid, config: '/somewhere/servers.yaml' })
  await dashboard.close()
  expect(existsSync(file)).toBe(false)
})

it('removes what a killed sidecar left, with the next reader (promise 8)', async () => {
  const stateDir = temporaryDir()
  const dead = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => dead.once('exit', resolve))
  await writeRun(stateDir, runOf({ pid: dead.pid ?? 0 }))
  expect(await runningSidecars(stateDir)).toEqual([])
  expect(readdirSync(join(stateDir, 'run'))).toEqual([])
})

it.each([
  ['stays while it is written anew now and then', 0, 1],
  ['is removed when it is old', 2 * 3_600_000, 0],
])('the file of a sidecar in another container is passed by, and %s', async (_what, ageMs, left) => {
  const stateDir = temporaryDir()
  const run = runOf({ pid: spawnSync(process.execPath, ['--version']).pid })
  await writeRun(stateDir, run)
  const file = join(stateDir, 'run', `${run.id}.json`)
  const written = JSON.parse(readFileSync(file, 'utf8')) as { holder: object }
  writeFileSync(file, JSON.stringify({ ...written, holder: { ...written.holder, namespace: 'pid:[1]' } }))
  utimesSync(file, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs))
  expect(await runningSidecars(stateDir)).toEqual([])
  expect((await sidecarsElsewhere(stateDir)).map(({ id }) => id)).toEqual(left === 0 ? [] : [run.id])
  expect(readdirSync(join(stateDir, 'run'))).toHaveLength(left)
})

it('removes the file of a sidecar whose pid another process has now', async () => {
  const stateDir = temporaryDir()
  const run = runOf({})
  await writeRun(stateDir, run)
  const file = join(stateDir, 'run', `${run.id}.json`)
  const written = JSON.parse(readFileSync(file, 'utf8')) as { holder: { began: string } }
  if (written.holder.began === '') return
  writeFileSync(file, JSON.stringify({ ...written, holder: { ...written.holder, began: '1' } }))
  expect(await runningSidecars(stateDir)).toEqual([])
  expect(readdirSync(join(stateDir, 'run'))).toEqual([])
})

it('removes the file of a sidecar whose pid and port others have now', async () => {
  const stateDir = temporaryDir()
  const { run } = await setUp()
  const { port } = await run()
  await writeRun(stateDir, runOf({ port }))
  await writeRun(stateDir, runOf({ port: await freePort() }))
  const replies = await askAll(stateDir, await readRuns(stateDir))
  expect(replies.map(({ reply }) => reply.kind)).toEqual(['gone', 'gone'])
  expect(readdirSync(join(stateDir, 'run'))).toEqual([])
})

it.each([
  ['no JSON', '{'],
  ['another version', JSON.stringify({ ...runOf({}), version: 2 })],
  ['a port that is none', JSON.stringify({ ...runOf({}), port: 70_000 })],
  ['another name than its id', JSON.stringify(runOf({}))],
  ['far too long', `"${'x'.repeat(20_000)}"`],
])('passes by a run file that is %s', async (_name, text) => {
  const stateDir = temporaryDir()
  mkdirSync(join(stateDir, 'run'))
  writeFileSync(join(stateDir, 'run', `${randomUUID()}.json`), text)
  expect(await runningSidecars(stateDir)).toEqual([])
})

it('shows the questions of a neighbour, whose answer the neighbour takes', async () => {
  const { shown, other, cookie, port, question, yes } = await two(looksOf({}))
  const { sidecars } = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(
    sidecars.map(({ pending }: { pending: { text: string }[] }) => pending.map(({ text }) => text)),
  ).toEqual([['May db run drop?'], ['May files run wipe?']])
  expect((await post(port, '/answer', yes, { cookie })).body).toBe('{"outcomes":["done"]}')
  expect(shown.desk.answers).toEqual([])
  expect(other.desk.answers).toMatchObject([{ id: question.id, via: { channel: 'page' } }])
  // And what came of it is void there too, when the link turns out to be known to somebody else.
  await enter(shown.links[0] ?? '')
  expect(other.desk.takenBack).toEqual([other.desk.answers[0]?.via.page])
  expect(shown.events.at(-1)).toMatchObject({ phase: 'session-voided', takenBack: 1 })
})

it('makes a neighbour that takes no answers from here open its own page', async () => {
  const { other, cookie, port, yes } = await two(looksOf({ standing: 'host' }))
  expect((await post(port, '/answer', yes, { cookie })).body).toBe('{"outcomes":["refused"]}')
  expect(other.desk.answers).toEqual([])
  expect(other.links.length).toBe(1)
})

it('opens no second page while one is open at a neighbour', async () => {
  const { shown, other, cookie, port } = await two(looksOf({}))
  const { request } = await import('node:http')
  const stream = request({ host: '127.0.0.1', port, path: '/events', headers: { cookie }, agent: false })
  stream.on('error', () => undefined)
  stream.end()
  onTestFinished(() => void stream.destroy())
  await expect.poll(async () => (await askState(await shown.run())).kind).toBe('ok')
  await expect
    .poll(async () => {
      const reply = await askState(await shown.run())
      return reply.kind === 'ok' && reply.value.pageOpen
    })
    .toBe(true)
  expect(await askPage(other.dashboard, other.desk.add())).toEqual({ kind: 'shown' })
  expect(other.links).toEqual([])
})

it('is not spoiled by neighbours that are dead, silent or talk nonsense', async () => {
  const { shown, cookie, port } = await two(looksOf({}))
  const silent = createServer((socket) => socket.on('error', () => undefined))
  const nonsense = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{"a":1}')
  })
  for (const server of [silent, nonsense]) {
    const at = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(Number(Object(server.address()).port)))
    })
    onTestFinished(() => void server.close())
    await writeRun(shown.stateDir, runOf({ port: at }))
  }
  await writeRun(shown.stateDir, runOf({ port: await freePort() }))
  // The silent one would be waited for until this test is over.
  const { sidecars } = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(sidecars.length).toBe(2)
})

/** What is held of the other one, by whose page a question shall be decided: `takes` is of the one that is asked. */
const ORPHAN = looksOf({ standing: 'orphan' }, false, false)
const TRUSTED = looksOf({})

it.each<
  [
    string,
    { older: ProcessLooks; younger: ProcessLooks },
    'older' | 'younger',
    [older: number, younger: number],
  ]
>([
  ['the later one asks first', { older: ORPHAN, younger: TRUSTED }, 'younger', [1, 0]],
  ['the earlier one asks first', { older: ORPHAN, younger: TRUSTED }, 'older', [1, 0]],
  ['each takes the other, and the later one asks', { older: TRUSTED, younger: TRUSTED }, 'younger', [1, 0]],
  ['neither takes the other, and the later one asks', { older: ORPHAN, younger: ORPHAN }, 'younger', [0, 1]],
])(
  'opens one page, of the sidecar whose decisions the other takes: %s',
  async (_what, looks, first, links) => {
    const stateDir = temporaryDir()
    const older = await setUp({ stateDir, looks: looks.older }, false)
    const younger = await setUp({ stateDir, looks: looks.younger, now: () => 1_000_001 }, false)
    await Promise.all([older.front.open(), younger.front.open()])
    const [one, two] = first === 'older' ? [older, younger] : [younger, older]
    expect(await askPage(one.dashboard, one.desk.add())).toEqual({ kind: 'shown' })
    expect(await askPage(two.dashboard, two.desk.add())).toEqual({ kind: 'shown' })
    expect([older.links.length, younger.links.length]).toEqual(links)
  },
)

it('opens one page when both ask at the same moment', async () => {
  const stateDir = temporaryDir()
  const older = await setUp({ stateDir, looks: ORPHAN }, false)
  const younger = await setUp({ stateDir, looks: TRUSTED, now: () => 1_000_001 }, false)
  await Promise.all([older.front.open(), younger.front.open()])
  await Promise.all([older, younger].map(({ dashboard, desk }) => askPage(dashboard, desk.add())))
  expect([...older.links, ...younger.links]).toHaveLength(1)
  expect(older.links).toHaveLength(1)
})

it('opens another page when the sidecar of the one that showed its question is gone', async () => {
  const stateDir = temporaryDir()
  const older = await setUp({ stateDir, looks: ORPHAN }, false)
  const [second, third] = [
    await setUp({ stateDir, looks: TRUSTED, now: () => 1_000_001 }, false),
    await setUp({ stateDir, looks: TRUSTED, now: () => 1_000_002 }, false),
  ]
  await Promise.all([older, second, third].map(({ front }) => front.open()))
  await Promise.all([second, third].map(({ dashboard, desk }) => askPage(dashboard, desk.add())))
  expect([older.links.length, second.links.length, third.links.length]).toEqual([1, 0, 0])
  await older.dashboard.close()
  await expect.poll(() => second.links.length).toBe(1)
  const cookie = await enter(second.links[0] ?? '')
  const { port } = await second.run()
  const { sidecars } = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(sidecars.map(({ pending }: { pending: unknown[] }) => pending.length)).toEqual([1, 1])
  expect(third.links).toEqual([])
})

it.each<[string, ProcessLooks, string | undefined]>([
  ['one that takes its answers', TRUSTED, undefined],
  ['one that does not', ORPHAN, 'orphan'],
])('a page is told of %s', async (_what, looks, refuses) => {
  const stateDir = temporaryDir()
  const shown = await setUp({ stateDir, looks: TRUSTED })
  const other = await setUp({ stateDir, looks }, false)
  await other.front.open()
  const cookie = await enter(shown.links[0] ?? '')
  const { port } = await shown.run()
  const { sidecars } = JSON.parse((await send(port, { path: '/state', headers: { cookie } })).body)
  expect(sidecars[0].refuses).toBeUndefined()
  expect(sidecars[1].refuses).toBe(refuses)
})

const deciders: readonly (readonly [string, Partial<CallingProcess>, boolean, string])[] = [
  ['a person at a terminal', { sidecar: false }, true, 'ok'],
  ['a process without a terminal', { sidecar: false }, false, 'no-terminal'],
  ['one of two that hold the socket', { sidecar: false, pids: [1, 2] }, true, 'unknown'],
  ['a process inside', { standing: 'inside', sidecar: false }, true, 'inside'],
  ['a shell of the host', { standing: 'host', sidecar: false }, true, 'host'],
  ['what may be an orphan of a child', { standing: 'orphan', sidecar: false }, true, 'orphan'],
  ['who is not told', { standing: 'unknown', sidecar: false }, true, 'unknown'],
  ['another user', { standing: 'other-user', sidecar: false }, true, 'other-user'],
  ['who has hung up', { standing: 'gone', sidecar: false }, true, 'not-allowed'],
  ['sidemux approvals at a terminal', { sidecar: true, pids: [1] }, true, 'ok'],
  ['a sidecar that names no page', { sidecar: true }, false, 'not-allowed'],
  ['a sidecar without a run file', { sidecar: true, pids: [1] }, false, 'no-terminal'],
]

it.each(deciders)('lets decide at the local door: %s (promise 4)', async (_name, caller, sits, expected) => {
  const { desk, run, dashboard } = await setUp({ looks: looksOf(caller, sits) })
  const [question] = desk.pending()
  const reply = await sendAnswer(await run(), {
    sidecar: dashboard.id,
    ids: [question?.id ?? ''],
    answer: 'approve',
  })
  expect(reply.kind === 'refused' ? reply.why : reply.kind).toBe(expected)
  expect(desk.answers.length).toBe(expected === 'ok' ? 1 : 0)
})

it('knows nobody without the key, and no browser even with it', async () => {
  const { run } = await setUp()
  const { port, key } = await run()
  const path = '/local/state'
  const authorization = `Bearer ${key}`
  expect((await send(port, { path })).status).toBe(401)
  expect((await send(port, { path, headers: { authorization: `Bearer ${'A'.repeat(43)}` } })).status).toBe(
    401,
  )
  expect(
    (await send(port, { path, headers: { authorization, origin: `http://127.0.0.1:${port}` } })).status,
  ).toBe(404)
  expect((await send(port, { path, headers: { authorization, 'sec-fetch-site': 'none' } })).status).toBe(404)
  expect((await send(port, { path, headers: { authorization } })).status).toBe(200)
})

it('opens the page for who asks at the local door, once', async () => {
  const { run, links, clock } = await setUp({ looks: looksOf({ sidecar: false }) })
  clock.now += 120_000
  expect(await askToOpen(await run())).toEqual({ kind: 'ok', value: { opened: true } })
  expect(await askToOpen(await run())).toMatchObject({ kind: 'ok', value: { opened: false } })
  expect(links.length).toBe(2)
})

function runOf(some: Partial<RunFile>): RunFile {
  const key = 'k'.repeat(43)
  return { version: 1, id: randomUUID(), pid: process.pid, startedAt: 1, port: 1, key, config: '/c', ...some }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(Number(Object(server.address()).port)))
  })
  await new Promise((resolve) => server.close(resolve))
  return port
}
