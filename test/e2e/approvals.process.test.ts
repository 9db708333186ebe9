/** Promise 4 at a terminal: `sidemux approvals` decides for a person, and for nobody else. Counted by the child itself. */
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GrantBook } from '../../src/approval/grants/grant-book.ts'
import { offerFor } from '../../src/approval/grants/grant-offer.ts'
import { runHere } from './run-here.ts'
import {
  elapse,
  executions,
  everythingIn,
  place,
  shared,
  SIDEMUX,
  textOf,
  toolbox,
  until,
  type Place,
} from './support.ts'
import { audit } from './reload.ts'
import { atTerminal, canHaveWorlds, World, type TerminalHost } from './terminals.ts'

const APPROVER = resolve(import.meta.dirname, '../servers/approver.mjs')

interface Box extends Place {
  readonly log: string
}

const SECRET = 'tok-6f1d2c3b4a59'

/** Beside `box`, where a test is about it: a server that may run what it likes. */
const THIEF = `  thief: ${JSON.stringify({ command: 'node', args: [APPROVER], sandbox: 'off', tools: { allow: ['look'] } })}`

function box(wait = '30s', others: readonly string[] = []): Box {
  const log = join(place('').out, 'executions.jsonl')
  const yaml = [
    'version: 1',
    `approvals: { channels: [terminal], wait: ${wait} }`,
    'servers:',
    `  box: ${toolbox({ env: { TOOLBOX_LOG: log, TOOLBOX_SECRET: SECRET } })}`,
    ...others,
    '',
  ].join('\n')
  return { ...place(yaml), log }
}

/** argv: state directory, what to say, run id, the process id to name if not its own. */
const IMPOSTOR = `
const [state, said, id, pid = String(process.pid)] = process.argv.slice(1)
const real = JSON.parse(said)
const pending = real.pending.map((question) => ({ ...question, text: 'box: echo' }))
const server = require('node:http').createServer((_request, response) =>
  response.end(JSON.stringify({ ...real, sidecar: { ...real.sidecar, id }, pending })))
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  const run = { version: 1, id, pid: Number(pid), startedAt: 1, port, key: 'A'.repeat(43), config: '/x' }
  require('node:fs').writeFileSync(state + '/run/' + id + '.json', JSON.stringify(run), { mode: 0o600 })
})`

/** How often a call ran of which the id begins so. */
const ran = ({ log }: Box, id = ''): unknown[] =>
  executions(log).filter(({ name, args }) => name === 'delete_thing' && String(args['id']).startsWith(id))

interface Listed {
  readonly sidecars: {
    readonly sidecar: { readonly pid: number; readonly host: string }
    readonly pending: {
      readonly id: string
      readonly facts: { readonly args: Record<string, unknown> }
      readonly waiting: boolean
      readonly state: string
    }[]
  }[]
  readonly grants: Record<string, unknown>[]
}

async function listed(world: World): Promise<Listed> {
  const { stdout } = await world.run(['approvals', '--json'])
  return (stdout === '' ? { sidecars: [], grants: [] } : JSON.parse(stdout)) as Listed
}

const questionsOf = ({ sidecars }: Listed) => sidecars.flatMap(({ pending }) => pending)

/** The ids of the questions that were ever written down. */
function writtenDown(where: Place): ReadonlySet<unknown> {
  if (!existsSync(join(where.state, 'audit'))) return new Set()
  return new Set(audit(where).flatMap(({ type, id }) => (type === 'approval' ? [id] : [])))
}

/** Starts a call that waits for a person, and gives its question's id. */
async function ask({ where, world, host }: Seat, args: Record<string, unknown> = { id: '1' }) {
  const known = writtenDown(where)
  const answer = host.call('box_delete_thing', args)
  // Looked for in the log, since each look at the list is a program that starts.
  const fresh = (): unknown[] => [...writtenDown(where)].filter((id) => !known.has(id))
  await until(() => fresh().length > 0, 'the question is written down')
  const [id] = fresh()
  await until(
    async () => questionsOf(await listed(world)).some((question) => question.id === id),
    'it is listed',
  )
  return { id: String(id), answer }
}

interface Seat {
  readonly where: Box
  readonly world: World
  readonly host: TerminalHost
}

/** A host, and a person at another terminal. */
async function seat(wait?: string, others?: readonly string[]): Promise<Seat> {
  const where = box(wait, others)
  const world = new World(where)
  return { where, world, host: await world.host() }
}

/** For those that tell what is theirs by its id. */
const quiet = shared(() => seat('30s', [THIEF]))
const impatient = shared(() => seat('1s'))

describe.runIf(canHaveWorlds)('a person at a terminal of his own', () => {
  it('finds the question in the list, reads it whole, types yes, and it runs once', async () => {
    const at = await quiet()
    const { where, world } = at
    const { id, answer } = await ask(at, { id: 'a\u202Eb \u001B[2J', note: 'n'.repeat(100) })
    const short = id.slice(0, 8)
    const { stdout } = await world.run(['approvals'])
    expect(stdout).toMatch(/^ID +SERVER +TOOL +RISK +STATE +ENDS IN +ASKED BY\n/)
    expect(stdout).toMatch(
      new RegExp(`\n${short} +box +delete_thing +destructive +a call waits +9m\\d+s +a-host \\(\\d+\\)\n`),
    )
    const terminal = world.approvals(['approve', short])
    await terminal.shows('Type yes to run it once: ')
    expect(terminal.shown).toContain('box: delete_thing')
    expect(terminal.shown).toContain(String.raw`"id": "a‹U+202E›b \u001b[2J"`)
    // What the terminal would have wrapped into a line of its own is set in.
    expect(terminal.shown).toMatch(/\n {4}"note": "n{66}\n {8}n{34}"\n/)
    terminal.type('yes\r')
    expect(await terminal.exited).toBe(0)
    expect(terminal.shown).toContain('approved: the waiting call runs now')
    expect(textOf(await answer)).toContain('deleted')
    expect(ran(where, 'a\u202Eb')).toHaveLength(1)
    expect(questionsOf(await listed(world)).map((question) => question.id)).not.toContain(id)
  })

  it('denies with no further word', async () => {
    const at = await quiet()
    const { where, world } = at
    const first = await ask(at, { id: 'no 1' })
    const second = await ask(at, { id: 'no 2' })
    const terminal = world.approvals(['deny', first.id, second.id.slice(0, 12)])
    expect(await terminal.exited).toBe(0)
    expect(terminal.shown.match(/denied: it does not run/g)).toHaveLength(2)
    expect([(await first.answer)['isError'], (await second.answer)['isError']]).toEqual([true, true])
    expect(ran(where, 'no')).toEqual([])
  })

  it('anything but the whole word is no yes, and the question stays open', async () => {
    const at = await quiet()
    const { where, world } = at
    const { id } = await ask(at, { id: 'no yes' })
    const terminals = ['y', 'YES please', '', 'no'].map((word) => ({
      word,
      terminal: world.approvals(['approve', id]),
    }))
    for (const { word, terminal } of terminals) {
      await terminal.shows('Type yes')
      terminal.type(`${word}\r`)
      expect({ word, code: await terminal.exited }).toEqual({ word, code: 3 })
      expect(terminal.shown).toContain('it was not approved, and stays open')
    }
    expect(questionsOf(await listed(world)).map((question) => question.id)).toContain(id)
    expect(ran(where, 'no yes')).toEqual([])
  })

  it('Ctrl-C is no yes either, and what is typed before the question can be read is no answer', async () => {
    const at = await quiet()
    const { where, world } = at
    const { id } = await ask(at, { id: 'hasty' })
    const hasty = world.approvals(['approve', id])
    hasty.write('yes\r')
    await hasty.shows('too quick to be an answer')
    expect(ran(where, 'hasty')).toEqual([])
    hasty.type('\u0003')
    expect(await hasty.exited).toBe(3)
    expect(ran(where, 'hasty')).toEqual([])
  })

  it('turns the screens of a long question before it is asked for the word', async () => {
    const at = await quiet()
    const { where, world } = at
    const { id } = await ask(at, { id: `${'x'.repeat(4000)}END${'x'.repeat(400)}` })
    const terminal = world.approvals(['approve', id], 24)
    await terminal.shows('press Return --')
    expect(terminal.shown).not.toContain('END')
    const prompts = (): number => terminal.shown.split(/press Return --|Type yes/).length
    while (!terminal.shown.includes('Type yes')) {
      const before = prompts()
      terminal.write('\r')
      await until(() => prompts() > before, 'the next screen')
    }
    expect(terminal.shown).toContain('END')
    terminal.type('yes\r')
    expect(await terminal.exited).toBe(0)
    expect(ran(where, 'xxx')).toHaveLength(1)
  })

  it('a yes that comes after the host gave up runs nothing, until the host repeats the call; and then once', async () => {
    const at = await impatient()
    const { where, world, host } = at
    const args = { id: 'given up' }
    const { id, answer } = await ask(at, args)
    expect((await answer)['isError']).toBe(true)
    expect((await world.run(['approvals'])).stdout).toContain('the host gave up')
    const terminal = world.approvals(['approve', id])
    await terminal.shows('Type yes')
    terminal.type('yes\r')
    expect(await terminal.exited).toBe(0)
    expect(terminal.shown).toMatch(
      /approved: it runs when the host repeats the identical call within (?:10m|9m\d+s)/,
    )
    expect(ran(where, args.id)).toEqual([])
    expect((await world.run(['approvals'])).stdout).toContain('approved, not yet run')
    expect(textOf(await host.call('box_delete_thing', args))).toBe('deleted given up')
    expect((await host.call('box_delete_thing', args))['isError']).toBe(true)
    expect(ran(where, args.id)).toHaveLength(1)
  })

  it('takes back an unspent yes by a no', async () => {
    const at = await impatient()
    const { where, world, host } = at
    const args = { id: 'taken back' }
    const { id, answer } = await ask(at, args)
    await answer
    const yes = world.approvals(['approve', id])
    await yes.shows('Type yes')
    yes.type('yes\r')
    expect(await yes.exited).toBe(0)
    expect(await world.approvals(['deny', id]).exited).toBe(0)
    expect((await host.call('box_delete_thing', args))['isError']).toBe(true)
    expect(ran(where, args.id)).toEqual([])
  })

  it('is told when he is too late', async () => {
    const at = await impatient()
    const { where, world, host } = at
    const args = { id: 'too late' }
    const { id, answer } = await ask(at, args)
    const reading = world.approvals(['approve', id])
    await reading.shows('Type yes')
    await answer
    // The question expires.
    elapse(where, 10 * 60_000)
    expect(questionsOf(await listed(world))).toEqual([])
    reading.type('yes\r')
    expect(await reading.exited).toBe(1)
    expect(reading.shown).toContain('it is too late: the question has expired or was withdrawn')
    const late = world.approvals(['approve', id])
    expect(await late.exited).toBe(1)
    expect(late.shown).toContain(`there is no open question ${id}`)
    expect((await host.call('box_delete_thing', args))['isError']).toBe(true)
    expect(ran(where, args.id)).toEqual([])
  })

  it('sees no secret in a question', async () => {
    const at = await quiet()
    const { world } = at
    const { id } = await ask(at, { id: `with ${SECRET}` })
    const terminal = world.approvals(['approve', id])
    await terminal.shows('Type yes')
    const { stdout } = await world.run(['approvals', '--json'])
    expect(stdout).toContain(id)
    expect([terminal.shown.includes(SECRET), stdout.includes(SECRET)]).toEqual([false, false])
  })
})

describe.runIf(canHaveWorlds)('nobody else decides (promise 4)', () => {
  it('a shell of the host, at a terminal of its own: refused, 0 executions', async () => {
    const at = await quiet()
    const { where, world, host } = at
    const { id } = await ask(at, { id: 'of a shell' })
    const { code, output } = await host.spawn(
      atTerminal([process.execPath, ...SIDEMUX, 'approvals', 'approve', id]),
    )
    // Before he reads and types in vain.
    expect(output).not.toContain('Type yes')
    expect(output).toContain('this shell was started by the application that runs sidemux')
    expect(output).toMatch(/hint: .*terminal window of your own/)
    expect(code).toBe(3)
    const denied = await host.spawn(atTerminal([process.execPath, ...SIDEMUX, 'approvals', 'deny', id]))
    expect(denied.code).toBe(3)
    expect(questionsOf(await listed(world)).map((question) => question.id)).toContain(id)
    expect(ran(where, 'of a shell')).toEqual([])
  })

  it('a server behind sidemux, at a terminal of its own, which was told the id: refused, sees nothing', async () => {
    const at = await quiet()
    const { where, world, host } = at
    const { id } = await ask(at, { id: 'of a thief' })
    const env = ['env', `SIDEMUX_STATE_DIR=${where.state}`, 'SIDEMUX_TRUST=off']
    const attempts = [
      [...env, process.execPath, ...SIDEMUX, 'approvals', '--json'],
      atTerminal([...env, process.execPath, ...SIDEMUX, 'approvals', 'approve', id]),
      ['setsid', '--wait', ...atTerminal([...env, process.execPath, ...SIDEMUX, 'approvals', 'approve', id])],
      atTerminal([...env, process.execPath, ...SIDEMUX, 'approvals', 'deny', id]),
    ]
    for (const argv of attempts) {
      const text = textOf(await host.call('thief_look', { argv }))
      const { code, output } = JSON.parse(text) as { code: number; output: string }
      expect({ argv, code }).toEqual({ argv, code: 3 })
      expect(output).toContain('started by a server behind sidemux')
      expect(output).not.toContain('delete_thing')
    }
    expect(questionsOf(await listed(world)).map((question) => question.id)).toContain(id)
    expect(ran(where, 'of a thief')).toEqual([])
  })

  it('no pipe, whatever is in it', async () => {
    const at = await quiet()
    const { where, world } = at
    const { id } = await ask(at, { id: 'of a pipe' })
    for (const action of ['approve', 'deny']) {
      const { code, stderr } = await world.run(['approvals', action, id], 'yes\n')
      expect(code).toBe(2)
      expect(stderr).toMatch(/^sidemux: "approvals \w+" needs a person at a terminal\nhint: [^\n]+\n$/)
    }
    expect(ran(where, 'of a pipe')).toEqual([])
  })

  it('somebody who poses as a sidecar can show the same id, and then neither is decided here', async () => {
    const at = await seat()
    const { where, world } = at
    const { id } = await ask(at)
    const [real] = (await listed(world)).sidecars
    const impostor = randomUUID()
    world.start([process.execPath, '-e', IMPOSTOR, where.state, JSON.stringify(real), impostor])
    await until(() => existsSync(join(where.state, 'run', `${impostor}.json`)), 'the impostor listens')
    const terminal = world.approvals(['approve', id])
    expect(await terminal.exited).toBe(1)
    expect(terminal.shown).toContain('two sidemuxes show a question')
    expect(ran(where)).toEqual([])
  })

  it('somebody who poses as a sidecar under the process id of another program is not listed', async () => {
    const at = await seat()
    const { where, world } = at
    const { id } = await ask(at)
    const [real] = (await listed(world)).sidecars
    const impostor = randomUUID()
    world.start([process.execPath, '-e', IMPOSTOR, where.state, JSON.stringify(real), impostor, '1'])
    await until(() => existsSync(join(where.state, 'run', `${impostor}.json`)), 'the impostor listens')
    expect(questionsOf(await listed(world)).map((question) => question.id)).toEqual([id])
    const terminal = world.approvals(['deny', id])
    expect(await terminal.exited).toBe(0)
  })
})

describe.runIf(canHaveWorlds)('two hosts', () => {
  it('are shown in one list, and each decides its own', async () => {
    const where = box()
    const world = new World(where)
    const [first, second] = [await world.host('first-host'), await world.host('second-host')]
    const one = await ask({ where, world, host: first }, { id: 'one' })
    const two = await ask({ where, world, host: second }, { id: 'two' })
    const { stdout } = await world.run(['approvals'])
    expect(stdout).toMatch(new RegExp(`${one.id.slice(0, 8)}[^\n]+first-host`))
    expect(stdout).toMatch(new RegExp(`${two.id.slice(0, 8)}[^\n]+second-host`))
    const terminal = world.approvals(['approve', two.id])
    await terminal.shows('"id": "two"')
    await terminal.shows('Type yes')
    terminal.type('yes\r')
    expect(await terminal.exited).toBe(0)
    expect(textOf(await two.answer)).toBe('deleted two')
    expect(executions(where.log).map(({ args }) => args)).toEqual([{ id: 'two' }])
    expect(await world.approvals(['deny', one.id]).exited).toBe(0)
    expect((await one.answer)['isError']).toBe(true)
    expect(ran(where)).toHaveLength(1)
  })
})

describe.runIf(canHaveWorlds)('--watch', () => {
  it('asks whatever comes, lets go what is over, and ends with Ctrl-C', async () => {
    const at = await seat()
    const { where, world } = at
    const watching = world.approvals(['--watch'])
    await watching.shows('waiting for questions')
    const first = await ask(at, { id: 'one' })
    await watching.shows('"id": "one"')
    await watching.shows('Type yes', 1)
    watching.type('yes\r')
    expect(textOf(await first.answer)).toBe('deleted one')
    await watching.shows('approved: the waiting call runs now')
    const second = await ask(at, { id: 'two' })
    await watching.shows('"id": "two"')
    expect(await world.approvals(['deny', second.id]).exited).toBe(0)
    await watching.shows('this question is over')
    const third = await ask(at, { id: 'three' })
    await watching.shows('"id": "three"')
    await watching.shows('Type yes', 3)
    watching.type('no\r')
    await watching.shows('denied: it does not run')
    expect((await third.answer)['isError']).toBe(true)
    const fourth = await ask(at, { id: 'four' })
    await watching.shows('"id": "four"')
    await watching.shows('Type yes', 4)
    watching.type('\r')
    await watching.shows(`left open: sidemux approvals approve ${fourth.id.slice(0, 8)}`)
    watching.type('\u0003')
    expect(await watching.exited).toBe(0)
    expect(ran(where)).toHaveLength(1)
  })
})

describe('without a question', () => {
  it('says so; there is no page to open', async () => {
    const where = box()
    expect((await runHere(where, ['approvals'])).stdout).toBe(
      'nothing waits for a decision\n\nnothing is allowed beyond once\n',
    )
    expect(JSON.parse((await runHere(where, ['approvals', '--json'])).stdout)).toMatchObject({
      sidecars: [],
      grants: [],
    })
    const { code, stderr } = await runHere(where, ['approvals', 'page'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sidemux: no sidemux with a page is running\nhint: /)
  })

  it('a servers.yaml that is named has to be there', async () => {
    const { code, stderr } = await runHere(box(), ['approvals', '--config', 'nope.yaml'])
    expect(code).toBe(2)
    expect(stderr).toContain('nope.yaml, named by --config, does not exist')
  })
})

describe('grants', () => {
  function granted(where: Place) {
    const book = new GrantBook({
      stateDir: where.state,
      configFile: where.config,
      now: Date.now,
      onError: () => {},
    })
    const hash = 'a'.repeat(64)
    const subject = { server: 'box', tool: 'delete_thing', launchHash: hash, toolHash: hash, ruleHash: hash }
    const args = { id: 'the-secret\u202E', note: 1 }
    const offer = offerFor('destructive', args, false)
    if (offer === undefined) throw new Error('nothing was offered')
    const call = { args, shown: { id: '‹masked›\u202E', note: 1 }, offer }
    return { book, grant: book.remember(subject, call, { fixed: ['id'], uses: 3, ms: 3_600_000 }) }
  }

  it('are listed with their scope, without hashes that a value could be guessed with', async () => {
    const where = box()
    const { grant } = granted(where)
    const { stdout } = await runHere(where, ['approvals'])
    expect(stdout).toMatch(/^GRANT +SERVER +TOOL +ARGUMENTS +USED +LEFT +ENDS IN$/m)
    expect(stdout).toMatch(
      new RegExp(
        `^${grant.id.slice(0, 8)} +box +delete_thing +"id": "‹masked›‹U\\+202E›"; any "note" +0 +3 +59m\\d+s$`,
        'm',
      ),
    )
    const json = (await runHere(where, ['approvals', '--json'])).stdout
    expect(JSON.parse(json)).toMatchObject({
      grants: [{ id: grant.id, config: where.config, left: 3, free: ['note'] }],
    })
    for (const hidden of [grant.salt, grant.fixed['id']?.hash ?? '', 'the-secret'])
      expect(json).not.toContain(hidden)
  })

  it('a damaged book of them is told in a sentence and a hint', async () => {
    const where = box()
    const { grant } = granted(where)
    const books = join(where.state, 'grants')
    for (const book of readdirSync(books))
      for (const file of readdirSync(join(books, book))) writeFileSync(join(books, book, file), '{"gran')
    const { stderr } = await runHere(where, ['approvals'])
    expect(stderr).toMatch(/^sidemux: the book of grants \S+ is damaged\nhint: mv [^\n]+\n$/)
    const revoked = await runHere(where, ['approvals', 'revoke', grant.id])
    expect(revoked.code).toBe(1)
    expect(revoked.stderr).toBe(stderr)
  })

  it('are revoked, once, and that is written down', async () => {
    const where = box()
    const { book, grant } = granted(where)
    const { code, stdout } = await runHere(where, ['approvals', 'revoke', grant.id.slice(0, 8)])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'revoked: box asks again before it runs delete_thing\n',
    })
    expect(book.list()).toEqual([])
    const records = everythingIn(join(where.state, 'audit'))
    expect(records).toContain('"grant-revoked"')
    expect(records).toContain(grant.id)
    expect((await runHere(where, ['audit', 'verify'])).code).toBe(0)
    const again = await runHere(where, ['approvals', 'revoke', grant.id])
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/^sidemux: there is no grant [^\n]+\nhint: [^\n]+\n$/)
  })
})
