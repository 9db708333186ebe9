/**
 * A secret that isn't there when sidemux starts, in a store that is watched: its server is down with the reason, no other
 * one is, and it comes up by itself when somebody has put the secret where the hint says. Nobody calls it meanwhile, for
 * a host shows no tools of it that could be called.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { audit, starts, steady, yaml } from './reload.ts'
import { HereHost } from './serve-here.ts'
import { CLI, place, textOf, until, type Place } from './support.ts'

const SECRET = 'appearing-secret-0001'
const dotenv = { type: 'dotenv', path: '.env' }

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const KINDS: readonly (readonly [
  what: string,
  store: object,
  before: (where: Place) => void,
  mend: (where: Place) => void,
])[] = [
  ['a .env file', dotenv, () => {}, ({ dir }) => put(join(dir, '.env'), `T=${SECRET}\n`)],
  [
    'a .env file and the directories above it',
    { type: 'dotenv', path: 'not/yet/here/.env' },
    () => {},
    ({ dir }) => put(join(dir, 'not/yet/here/.env'), `T=${SECRET}\n`),
  ],
  [
    'a name in a .env file',
    dotenv,
    ({ dir }) => put(join(dir, '.env'), 'OTHER=value\n'),
    ({ dir }) => put(join(dir, '.env'), `OTHER=value\nT=${SECRET}\n`),
  ],
  [
    'a .env file as UTF-8',
    dotenv,
    ({ dir }) => writeFileSync(join(dir, '.env'), `\ufeffT=${SECRET}\n`, 'utf16le'),
    ({ dir }) => put(join(dir, '.env'), `T=${SECRET}\n`),
  ],
  [
    'a mounted file',
    { type: 'file', path: 'run/secrets' },
    () => {},
    ({ dir }) => put(join(dir, 'run/secrets/T'), SECRET),
  ],
  [
    'a secret of the embedded store',
    { type: 'local' },
    () => {},
    ({ env }) => void spawnSync(process.execPath, [CLI, 'secrets', 'set', 'T'], { input: SECRET, env }),
  ],
  [
    'a secret that the server accepts',
    dotenv,
    ({ dir }) => put(join(dir, '.env'), 'T=refused-secret-0001\n'),
    ({ dir }) => put(join(dir, '.env'), `T=${SECRET}\n`),
  ],
]

it.each(KINDS)(
  '%s that is there later is noticed, and its server comes up',
  async (_what, store, before, mend) => {
    const where = place('version: 1\nservers: {}\n')
    const file = join(where.out, 'starts.txt')
    before(where)
    const picky = join(where.dir, 'picky.sh')
    writeFileSync(picky, `#!/bin/sh\n[ "$TOKEN" = ${SECRET} ] || exit 3\nexec "$@"\n`)
    chmodSync(picky, 0o700)
    const { command, args } = steady()
    const entry = {
      command: picky,
      args: [String(command), ...(args as string[])],
      env: { TOKEN: '${d:T}', STARTS: file },
    }
    writeFileSync(where.config, yaml({ late: entry, plain: steady() }, { secrets: { d: store } }))
    const host = new HereHost(where)
    await host.initialize()
    const { result } = await host.request('tools/call', { name: 'plain_who', arguments: {} })
    expect(textOf(result ?? {})).toMatch(/^\d+ /)
    const isDown = () => audit(where).some(({ phase, server }) => phase === 'failed' && server === 'late')
    await until(isDown, 'it has failed')
    await sleep(300)
    mend(where)
    await until(() => starts(file).length === 1, 'it is up')
    await sleep(300)
    expect(starts(file)).toHaveLength(1)
    const tools = await host.request('tools/list')
    expect(JSON.stringify(tools.result)).toContain('"late_who"')
    host.process.stdin?.end()
    expect(await host.exited()).toEqual({ code: 0, signal: null })
  },
  60_000,
)
