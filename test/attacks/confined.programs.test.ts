/**
 * A confined server gets at nothing but its own (promises 2 and 8): each attempt is made by a real server, beside one that
 * runs plain and shows that the attempt works where nothing keeps it.
 */
import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { release } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withoutBubblewrap } from '../confine/without-bubblewrap.ts'
import { host1, place, shared, textOf, toolbox, until, type Place } from '../e2e/support.ts'
import { needs, needsThat } from '../servers/needs.mjs'

const BURGLAR = resolve(import.meta.dirname, '../servers/burglar.mjs')
const CANARY = 'canary-of-this-machine'
const burglar = (more: object): string =>
  JSON.stringify({ command: 'node', args: [BURGLAR], tools: { allow: ['*'] }, ...more })

const BY = ['bubblewrap', 'landlock'] as const
type By = (typeof BY)[number]
/** Landlock is taken where bubblewrap can't be used. */
const confinedBy = (by: By, where: Place): Place =>
  by === 'bubblewrap' ? where : { ...where, env: { ...where.env, ...withoutBubblewrap(where.dir) } }

/** The lasting home of the confined one, which is named after what runs there, too. */
function homeOf({ state }: Place): string {
  const homes = join(state, 'homes')
  return join(homes, readdirSync(homes).find((name) => name.startsWith('caged-')) ?? '')
}

/** A user's home with what one has in it, and two servers: one confined, one plain. */
function scene(by: By): Place {
  const where = place(
    `version: 1
secrets: { own: { type: dotenv, path: .env } }
servers:
  victim: ${toolbox({ env: { TOOLBOX_SECRET: '${own:TOKEN}' } })}
  caged: ${burglar({ sandbox: { mode: 'required', write: ['given'] } })}
  alone: ${burglar({ sandbox: { mode: 'required', network: 'none' } })}
  plain: ${burglar({ sandbox: 'off' })}
# ${CANARY}
`,
    { '.env': `TOKEN=${CANARY}-in-a-store\n` },
  )
  for (const folder of ['.ssh', 'given/.git/hooks', 'given/.vscode', 'project'])
    mkdirSync(join(where.dir, folder), { recursive: true })
  const obeyed = ['given/.git/hooks/pre-commit', 'given/.vscode/tasks.json']
  for (const file of ['.ssh/id', '.bashrc', 'project/code.mjs', 'given/notes.md', 'state/kept', ...obeyed])
    writeFileSync(join(where.dir, file), CANARY)
  return confinedBy(by, where)
}

const run = async (by: By) => {
  const where = scene(by)
  const host = await host1({ ...where, env: { ...where.env, OF_THE_HOST: CANARY } })
  const facts = async (server: string): Promise<{ pid: number; home: string; cwd: string; pids: string[] }> =>
    JSON.parse(textOf(await host.call(`${server}_get_facts`, {})))
  const attempt = async (server: string, name: string, target: string): Promise<string> =>
    textOf(await host.call(`${server}_get_attempt`, { name, target }))
  const outside = await facts('plain')
  return { where, host, facts, attempt, outside }
}
const scenes = { bubblewrap: shared(() => run('bubblewrap')), landlock: shared(() => run('landlock')) }

function scopesSockets(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  return major > 6 || (major === 6 && minor >= 12)
}

/** Something of the user, of the host or of another server is in it; or it has done what it tried. */
const isLoot = (said: string): boolean =>
  /^got: (?:.*(?:canary-of|\[redacted)|(?:written|signalled|mounted)$)/s.test(said)

describe.runIf(needs('bwrap', 'perl', 'unshare', 'nsenter')).each(BY)('a server confined by %s', (by) => {
  const running = scenes[by]
  const FILES = ['servers.yaml', '.env', 'state/kept', '.ssh/id', '.bashrc', 'project/code.mjs']
  const WAYS = [
    'read',
    'link',
    'hardlink',
    'through the root of process 1',
    'through the root of its parent',
    'through the directory of its parent',
    'through its own root',
    'through an open file',
    'mount it over',
    'a namespace below',
    'enter the sidecar',
  ]

  describe.each(FILES)('reads no %s', (file) => {
    test.each(WAYS)('by: %s', async (way) => {
      const { where, attempt } = await running()
      const target = join(where.dir, file)
      expect([way, isLoot(await attempt('caged', way, target))]).toEqual([way, false])
    })

    test('which a plain one does', async () => {
      const { where, attempt } = await running()
      expect(isLoot(await attempt('plain', 'read', join(where.dir, file)))).toBe(true)
    })
  })

  test.each(
    FILES.flatMap((file) => ['write', 'append', 'remove', 'rename'].map((way) => [way, file] as const)),
  )('can not %s %s', async (way, file) => {
    const { where, attempt } = await running()
    await attempt('caged', way, join(where.dir, file))
    expect(readFileSync(join(where.dir, file), 'utf8')).toContain(CANARY)
  })

  test.each([
    'environments',
    'arguments',
    'memory',
    'the kernel: its settings',
    'the kernel: its magic keys',
    'the kernel: its memory',
    'the kernel: its devices',
    'the kernel: host name',
    'a raw disk',
  ])('has nothing of others by: %s', async (way) => {
    const { attempt } = await running()
    const said = await attempt('caged', way, '')
    expect([isLoot(said), said.includes(CANARY)]).toEqual([
      way.includes('host name') && said.includes('written'),
      false,
    ])
  })

  test('and a plain one has the environment of the sidecar', async () => {
    const { attempt } = await running()
    expect(isLoot(await attempt('plain', 'environments', ''))).toBe(true)
  })

  test.each(['signal', 'open an inspector'])('reaches no other process by: %s', async (way) => {
    const { attempt, outside } = await running()
    expect(await attempt('caged', way, String(outside.pid))).toBe(
      by === 'bubblewrap' ? 'failed: ESRCH' : 'failed: EPERM',
    )
  })

  test('takes nothing away from another process, and outlives no end of what keeps it', async () => {
    const { attempt, facts, outside } = await running()
    expect(await attempt('caged', 'take the files of another away', String(outside.pid))).toMatch(/^failed: /)
    if (by === 'landlock') expect(await attempt('caged', 'end its parent', '')).toBe('failed: EPERM')
    expect((await facts('plain')).pid).toBe(outside.pid)
  })

  test('reaches no socket of this machine that stands in the file system', async () => {
    const { where, attempt } = await running()
    const path = join(where.dir, 'agent.sock')
    const listener = createServer().listen(path)
    await once(listener, 'listening')
    expect(isLoot(await attempt('caged', 'speak to a socket', path))).toBe(false)
    expect(isLoot(await attempt('plain', 'speak to a socket', path))).toBe(true)
    listener.close()
  })

  test('has no network at all where it is to have none', async () => {
    const { attempt } = await running()
    const tcp = createServer().listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    expect(await attempt('caged', 'connect', String(port))).toBe('got: connected')
    expect(await attempt('alone', 'connect', String(port))).toMatch(/^failed: E/)
    tcp.close()
    const udp = createSocket('udp4')
    let heard = 0
    udp.on('message', () => (heard += 1)).bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const at = String(udp.address().port)
    await attempt('alone', 'send a datagram', at)
    expect(await attempt('caged', 'send a datagram', at)).toBe('got: sent')
    await until(() => heard > 0, 'the datagram')
    expect(heard).toBe(1)
    udp.close()
  })

  test('lives in a home of its own, and in bubblewrap sees only its own processes', async () => {
    const { facts, where, attempt } = await running()
    const inside = await facts('caged')
    const [home, most] = by === 'bubblewrap' ? [where.env['HOME'], 3] : [homeOf(where), Infinity]
    expect(inside.home).toBe(home)
    expect(inside.pids.length).toBeLessThanOrEqual(most ?? 0)
    expect(await attempt('caged', 'write', join(inside.home, 'mine'))).toBe('got: written')
    expect(readFileSync(join(homeOf(where), 'mine'), 'utf8')).toBe('stolen')
  })

  test('writes no core, nor does the sidecar, whose memory holds every secret', async () => {
    const { attempt, host } = await running()
    const none = /^Max core file size +0 +0 /m
    expect(await attempt('caged', 'read', '/proc/self/limits')).toMatch(none)
    await until(() => none.test(readFileSync(`/proc/${host.pid}/limits`, 'utf8')), 'the limit of the sidecar')
  })

  test.each([
    ['.ssh/id', /add ".*\/\.ssh\/id" to sandbox\.read of "caged"/],
    ['servers.yaml', /that stays closed/],
  ])('is told beside the words of a tool that failed what kept %s from it', async (file, hint) => {
    const { where, host } = await running()
    const path = join(where.dir, file)
    const { content } = (await host.call('caged_get_read', { path, aloud: true })) as {
      content: { text: string }[]
    }
    expect(content.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^(?:ENOENT|EACCES): .*, open '/),
      expect.stringMatching(hint),
    ])
    const log = (): string => readFileSync(join(where.state, 'log/sidemux.log'), 'utf8')
    await until(() => log().includes(`was denied ${path}`), 'a line of the log')
  })

  test.runIf(needsThat(scopesSockets(), 'no Linux 6.12, which shuts sockets without a file'))(
    'reaches no socket without a file, as the display has one, which a plain one does',
    async () => {
      const { attempt } = await running()
      const name = `sidemux-test-${randomUUID()}`
      const display = createServer((socket) => socket.on('error', () => {}).end())
      await new Promise<void>((opened) => display.listen(`\0${name}`, opened))
      try {
        expect(await attempt('caged', 'connect by name', name)).toMatch(/^failed: E(?:PERM|ACCES)/)
        expect(await attempt('plain', 'connect by name', name)).toBe('got: signalled')
      } finally {
        display.close()
      }
    },
  )

  // Landlock can't take back below a directory what it gave with it (docs/security.md).
  const obeyed = by === 'landlock' ? [] : ['.git/hooks/pre-commit', '.vscode/tasks.json']
  test.each(obeyed)(
    'writes no %s in a directory that it was given, which somebody else would run',
    async (file) => {
      const { where, attempt } = await running()
      await attempt('caged', 'write', join(where.dir, 'given', file))
      expect(readFileSync(join(where.dir, 'given', file), 'utf8')).toBe(CANARY)
    },
  )

  test('is told nothing of a file that is not there outside either', async () => {
    const { where, host } = await running()
    const { content } = await host.call('caged_get_read', { path: join(where.dir, 'nowhere') })
    expect(content).toHaveLength(1)
  })

  test('has what it was given', async () => {
    const { where, attempt } = await running()
    expect(await attempt('caged', 'read', join(where.dir, 'given/notes.md'))).toBe(`got: ${CANARY}`)
    expect(await attempt('caged', 'write', join(where.dir, 'given/new.md'))).toBe('got: written')
    expect(readFileSync(join(where.dir, 'given/new.md'), 'utf8')).toBe('stolen')
  })
})

describe.runIf(needs('bwrap', 'perl')).each(BY)('links, by %s', (by) => {
  const linked = (args: readonly string[]): Place => {
    const entry = burglar({ args: [BURGLAR, ...args], sandbox: 'required' })
    const where = place(
      `version: 1\nsecrets: { own: { type: dotenv, path: keep/.env } }\nservers:\n  caged: ${entry}\n# ${CANARY}\n`,
    )
    for (const folder of ['keep', '.ssh', 'given']) mkdirSync(join(where.dir, folder))
    for (const file of ['keep/.env', 'keep/notes.md', '.ssh/id']) writeFileSync(join(where.dir, file), CANARY)
    symlinkSync('keep/.env', join(where.dir, 'to-env'))
    symlinkSync('keep', join(where.dir, 'to-keep'))
    symlinkSync('.env', join(where.dir, 'keep/again.env'))
    return confinedBy(by, where)
  }

  test('that are given lead to nothing that is protected', async () => {
    const where = linked(['./to-env', './to-keep'])
    const host = await host1(where)
    const attempt = async (name: string, target: string): Promise<string> =>
      textOf(await host.call('caged_get_attempt', { name, target: join(where.dir, target) }))
    expect(await attempt('read', 'to-keep/notes.md')).toBe(`got: ${CANARY}`)
    for (const path of ['to-env', 'to-keep/.env', 'to-keep/again.env', 'keep/.env', 'keep/again.env'])
      expect([path, await attempt('read', path)]).toEqual([path, expect.stringMatching(/^failed: /)])
  })

  test.each([
    ['in what it was given', '../.ssh'],
    ['by a full path', '.ssh'],
  ])('that a server plants %s open nothing at its next start', async (how, to) => {
    const where = linked(['./given', './given/planted'])
    const plant = `${join(where.dir, 'given/planted')} ${how === 'by a full path' ? join(where.dir, to) : to}`
    const first = await host1(where)
    expect(textOf(await first.call('caged_get_attempt', { name: 'plant', target: plant }))).toBe(
      'got: planted',
    )
    await first.close()
    const second = await host1(where)
    for (const target of ['given/planted/id', '.ssh/id']) {
      const said = await second.call('caged_get_attempt', { name: 'read', target: join(where.dir, target) })
      expect([target, textOf(said)]).toEqual([
        target,
        by === 'bubblewrap' ? 'failed: ENOENT' : 'failed: EACCES',
      ])
    }
  })
})

/** Processes of this machine in whose arguments a word stands. */
function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word)
    } catch {
      return false
    }
  })
}

describe.runIf(needs('bwrap', 'perl', 'setsid')).each(BY)(
  'what a server confined by %s leaves behind (promise 8)',
  (by) => {
    test.each(['a normal end', 'SIGKILL of the sidecar'])('is gone after %s', async (how) => {
      const where = confinedBy(
        by,
        place(`version: 1\nservers:\n  caged: ${burglar({ sandbox: 'required' })}\n`),
      )
      const host = await host1(where)
      const word = randomUUID()
      const said = await host.call('caged_get_attempt', { name: 'leave something behind', target: word })
      expect(textOf(said)).toBe('got: written')
      expect(processesWith(word).length).toBeGreaterThan(0)
      if (how === 'a normal end') await host.close()
      else process.kill(host.pid, 'SIGKILL')
      await until(() => processesWith(word).length === 0, 'the end of what was left behind')
    })

    test('but it is asked before it is ended', async () => {
      const entry = { sandbox: 'required', env: { LAST_WORDS: '1' }, stopGrace: '3s' }
      const where = confinedBy(by, place(`version: 1\nservers:\n  caged: ${burglar(entry)}\n`))
      const host = await host1(where)
      await host.call('caged_get_facts', {})
      await host.close()
      expect(existsSync(join(homeOf(where), 'last-words'))).toBe(true)
    })
  },
)
