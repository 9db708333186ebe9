/**
 * Promises 4 and 6 where nobody can be asked: hosts that declare no elicitation or close the form by themselves, no
 * browser, nobody at a terminal. The call ends at once, the audit log says whom it reached, and a person who comes by
 * himself still decides. One rule says at which terminals (`approvals` and `call`).
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catcherIn, Human, sendFrom } from './human.ts'
import { audit } from './reload.ts'
import { HereHost } from './serve-here.ts'
import { SIDEMUX, executions, place, textOf, toolbox, until, type Place, type RawMessage } from './support.ts'
import { atTerminal, canHaveWorlds, World, type Started } from './terminals.ts'

const APPROVER = resolve(import.meta.dirname, '../servers/approver.mjs')

interface Box extends Place {
  readonly log: string
}

/** It is not confined, so a terminal that was opened after the host may be its own. */
const THIEF = `  thief: ${JSON.stringify({ command: 'node', args: [APPROVER], sandbox: 'off', tools: { allow: ['look'] } })}`

/** No launcher: other tests may have a screen on this machine. */
function box(approvals = '', more: readonly string[] = []): Box {
  const log = join(place('').out, 'executions.jsonl')
  const yaml = [
    'version: 1',
    `approvals: { browser: [/nowhere/browser], wait: 10m${approvals} }`,
    'servers:',
    `  box: ${toolbox({ env: { TOOLBOX_LOG: log } })}`,
    ...more,
    '',
  ].join('\n')
  return { ...place(yaml), log }
}

const ran = ({ log }: Box): number => executions(log).filter(({ name }) => name === 'delete_thing').length

/** What the audit log says of the questions. */
function told(where: Place): string[] {
  return audit(where)
    .filter(({ type }) => type === 'approval')
    .map(({ phase, channel = '', reason = '' }) => [phase, channel, reason].join(' ').trim())
}

const WIPE = { name: 'box_delete_thing', arguments: { id: '1' } }
const NO_BROWSER = 'the browser could not be started (ENOENT)'
const NOBODY = 'nobody is at a terminal of sidemux'
/** On a busy machine it can look like a person who is quick. */
const BY_ITSELF =
  /(closed the question by itself|closed without a decision)[^]*; the browser|could be asked: the browser/
const UNDECLARED = 'the host has no way to ask its user (it declared no elicitation)'

/** Who waits for nobody would do so for longer than the test has. */
async function ended(call: Promise<RawMessage>): Promise<string> {
  const { result } = await call
  expect(result?.['isError']).toBe(true)
  return textOf(result ?? {})
}

describe('the call ends at once, and the log says whom it reached', () => {
  it('a host that declared no elicitation', async () => {
    const where = box()
    const host = new HereHost(where)
    await host.initialize()
    const said = await ended(host.request('tools/call', WIPE))
    expect(said).toContain(`nobody could be asked: ${UNDECLARED}; ${NO_BROWSER}; ${NOBODY}`)
    expect(said).toMatch(/hint: tell the user that the question stays open .*for 10 minutes/)
    expect(said).not.toMatch(/sidemux approvals|sidemux call|127\.0\.0\.1/)
    expect(told(where)).toEqual([
      `unavailable elicitation ${UNDECLARED}`,
      `unavailable page ${NO_BROWSER}`,
      `unavailable terminal ${NOBODY}`,
      `unavailable  nobody could be asked: ${UNDECLARED}; ${NO_BROWSER}; ${NOBODY}`,
    ])
    expect(ran(where)).toBe(0)
  })

  it('a host that gives the form back by itself, as in print modes: 2025-11-25', async () => {
    const where = box()
    const host = new HereHost(where)
    await host.initialize({ elicitation: {} }, '2025-11-25')
    host.onRequest = ({ id }) => host.send({ id: id ?? 0, result: { action: 'cancel' } })
    expect(await ended(host.request('tools/call', WIPE))).toMatch(BY_ITSELF)
    expect(told(where).slice(0, 2)).toEqual([
      'asked elicitation',
      expect.stringMatching(/^(host-declined|dismissed) elicitation/),
    ])
  })

  it('a host that gives the form back by itself: 2026-07-28', async () => {
    const where = box()
    const host = new HereHost(where)
    const form = { elicitation: {} }
    const { result } = await host.modern('tools/call', WIPE, form)
    const [key = ''] = Object.keys(result?.['inputRequests'] as object)
    const again = {
      ...WIPE,
      requestState: result?.['requestState'],
      inputResponses: { [key]: { action: 'cancel' } },
    }
    expect(await ended(host.modern('tools/call', again, form))).toMatch(BY_ITSELF)
  })

  it('and leaves no question where no terminal is named', async () => {
    const where = box(', channels: [elicitation, page]')
    const host = new HereHost(where)
    await host.initialize()
    expect(await ended(host.request('tools/call', WIPE))).toMatch(
      /hint: tell the user that this host can not ask/,
    )
    expect(told(where)).toHaveLength(3)
  })
})

const wipe = (where: Box, id = '1'): string[] => [
  process.execPath,
  ...SIDEMUX,
  'call',
  'box',
  'delete_thing',
  '--args',
  JSON.stringify({ id }),
  '--config',
  where.config,
]

/** At a terminal that was opened after the host and whose parent has ended, as those of a desktop are. */
function atLateTerminal(world: World, argv: readonly string[]): Started {
  const quoted = atTerminal(argv).map((part) => `'${part.replaceAll("'", String.raw`'\''`)}'`)
  // It begins when its parent is gone, since until then it is still that one's.
  const orphaned = `sh -c 'while kill -0 "$0" 2>/dev/null; do sleep 0.02; done; exec "$@"' $$ ${quoted.join(' ')}`
  return world.start(['sh', '-c', `exec 3<&0; setsid ${orphaned} <&3 & sleep 0.05`])
}

describe.runIf(canHaveWorlds)('a person without a screen', () => {
  it('answers what stayed open, by the beginning of its id, and is waited for from then on', async () => {
    const where = box()
    const world = new World(where)
    const host = await world.host()
    expect((await host.call('box_delete_thing', { id: '1' }))['isError']).toBe(true)
    const { stdout } = await world.run(['approvals', '--json'])
    const [id = ''] = /"id": "[0-9a-f]{8}-[0-9a-f-]{27}",\n +"facts"/.exec(stdout) ?? []
    const terminal = world.approvals(['approve', id.slice(7, 11).toUpperCase()])
    await terminal.shows('Type yes')
    terminal.type('yes\r')
    expect(await terminal.exited).toBe(0)
    expect(textOf(await host.call('box_delete_thing', { id: '1' }))).toBe('deleted 1')
    const waiting = host.call('box_delete_thing', { id: '2' })
    await until(() => told(where).includes('asked terminal'), 'he is asked')
    const watch = world.approvals(['--watch'])
    await watch.shows('"id": "2"')
    await watch.shows('Type yes')
    watch.type('yes\r')
    expect(textOf(await waiting)).toBe('deleted 2')
    expect(ran(where)).toBe(2)
  })
})

describe.runIf(canHaveWorlds)('a terminal that is not believed (promise 4)', () => {
  it('is told before the question, and in the list, with what works: approve, deny, --watch', async () => {
    const where = box('', [THIEF])
    const world = new World(where)
    const host = await world.host()
    await host.call('box_delete_thing', { id: '1' })
    const why = /cannot tell that this terminal was not opened by one of its servers/
    const way = /hint: no page can be opened here|hint: decide on the page[^]*a login of its own/
    const list = atLateTerminal(world, [process.execPath, ...SIDEMUX, 'approvals'])
    await list.exited
    expect(list.shown).toMatch(/\n[0-9a-f]{8} +box[^]*\nnot to be decided here: /)
    const { stdout } = await world.run(['approvals', '--json'])
    const id = /"id": "([0-9a-f]{8}-[0-9a-f-]{27})",\n +"facts"/.exec(stdout)?.[1] ?? ''
    const others = [['approve', id], ['deny', id], ['--watch']].map((args) =>
      atLateTerminal(world, [process.execPath, ...SIDEMUX, 'approvals', ...args]),
    )
    await Promise.all(others.map(({ exited }) => exited))
    for (const { shown } of [list, ...others]) {
      expect(shown).toMatch(why)
      expect(shown).toMatch(way)
      expect(shown).not.toMatch(/Type yes|decide: sidemux/)
    }
    expect(told(where)).not.toContain('denied terminal')
  })

  it('gives sidemux call no yes either: a late one, a shell of the host, a server', async () => {
    const where = box('', [THIEF])
    const world = new World(where)
    const host = await world.host()
    await host.call('thief_look', { argv: ['true'] })
    const late = atLateTerminal(world, wipe(where))
    const shell = await host.spawn(atTerminal(wipe(where)))
    // A server that drops what marks it, and has a servers.yaml of its own.
    const own = join(where.dir, 'own.yaml')
    copyFileSync(where.config, own)
    const env = [
      'env',
      '-i',
      `PATH=${process.env['PATH'] ?? ''}`,
      `SIDEMUX_STATE_DIR=${where.state}`,
      'SIDEMUX_TRUST=off',
    ]
    const thief = await host.call('thief_look', {
      argv: atTerminal([...env, ...wipe({ ...where, config: own })]),
    })
    await late.exited
    for (const output of [late.shown, shell.output.replaceAll('\r', ''), textOf(thief)]) {
      expect(output).toContain('sidemux: not decided here: ')
      expect(output).toContain('hint: ')
      expect(output).not.toContain('Type yes')
    }
    expect(shell.code).toBe(3)
    expect(ran(where)).toBe(0)
  })

  it('has the page ask for sidemux call, and a yes there runs it once', async () => {
    const where = box('', [THIEF])
    const yaml = readFileSync(where.config, 'utf8')
    writeFileSync(where.config, yaml.replace('[/nowhere/browser]', catcherIn(where.dir)))
    const world = new World(where)
    await world.host()
    const call = atLateTerminal(world, wipe(where))
    await call.shows('sidemux: not decided here: ')
    const human = await Human.at(where, sendFrom(world))
    expect(await human.decide('approve', '"id": "1"')).toBe('done')
    await call.exited
    expect(call.shown).toContain('deleted 1')
    expect(call.shown).not.toContain('Type yes')
    expect(ran(where)).toBe(1)
  })

  it('while a person at his own terminal is asked by both', async () => {
    const where = box('', [THIEF])
    const world = new World(where)
    const host = await world.host()
    await host.call('box_delete_thing', { id: '1' })
    const call = world.start(atTerminal(wipe(where, '2')))
    await call.shows('Type yes to run it once: ')
    expect(call.shown).toContain('delete_thing')
    call.type('yes\r')
    expect(await call.exited).toBe(0)
    expect(ran(where)).toBe(1)
  })
})
