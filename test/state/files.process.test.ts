/** The table of what lies in the state directory (src/state/files.ts) against what a run leaves there. */
import { spawnSync } from 'node:child_process'
import { lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { STATE_FILES } from '../../src/state/files.ts'
import { stateBook, stateFile, stateRoom, type StateFileName } from '../../src/state/paths.ts'
import { catcherIn, Human } from '../e2e/human.ts'
import { CLI, host1, place, textOf, toolbox, until } from '../e2e/support.ts'
import { KINDS } from './kinds.mjs'

const NAMES = Object.keys(STATE_FILES) as StateFileName[]
/** Seen only where somebody was killed, a server is confined or npx would run it, a result was cut, after 5 MiB of log, or where version 0.1 ran before. */
const SELDOM: readonly StateFileName[] = [
  ...([
    'oldLog',
    'next',
    'draft',
    'home',
    'network',
    'installs',
    'package',
    'accepted',
    'results',
    'result',
  ] as const),
  ...(['formerSecrets', 'formerLogins'] as const),
]

function namesOf(path: string): StateFileName[] {
  return NAMES.filter((name) => {
    const shape = STATE_FILES[name].path.replace(/[.]/g, '\\$&').replace(/<\w+>/g, '[^/]+')
    return new RegExp(`^${shape}$`).test(path)
  })
}

/** Every file and directory below, by its path from there, with its mode. A draft may be gone before it is looked at. */
function modesIn(dir: string): Map<string, number> {
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  return new Map(
    paths.flatMap((path) => {
      const found = lstatSync(join(dir, path), { throwIfNoEntry: false })
      return found === undefined ? [] : [[path, found.mode] as const]
    }),
  )
}

it('says of each file of a run what it is, and with which mode', async () => {
  const where = place('')
  const server = toolbox({ env: { TOOLBOX_SECRET: '${local:box/TOKEN}' } })
  writeFileSync(
    where.config,
    `version: 1\ndefaults: { listWait: 50s }\nsecrets: { local: { type: local } }\nservers:\n  box: ${server}\n` +
      `approvals: { browser: ${catcherIn(where.dir)}, wait: 30s }\n`,
  )
  const set = [CLI, 'secrets', 'set', 'box/TOKEN', '--backend', 'file']
  expect(spawnSync(process.execPath, set, { env: where.env, input: 'not-a-real-one\n' }).status).toBe(0)
  const host = await host1(where, { env: { SIDEMUX_TRUST: 'first-use' } })
  expect(await host.tools()).not.toEqual([])
  const call = host.call('box_delete_thing', { id: 'one' })
  const human = await Human.at(where)
  expect(await human.decide('approve', 'one', { fixed: ['id'], uses: 2, ms: 3_600_000 })).toBe('done')
  expect(textOf(await call)).toBe('deleted one')
  for (const kind of ['logins', 'ledgers']) await KINDS[kind]?.change(where.state, 0)

  // What a server lists is kept a moment after the host has it.
  const missing = (): StateFileName[] => {
    const found = new Set([...modesIn(where.state).keys()].flatMap(namesOf))
    return NAMES.filter((name) => !found.has(name) && !SELDOM.includes(name))
  }
  await until(() => missing().length === 0, 'every file of the table')
  const modes = modesIn(where.state)
  const files = [...modes].filter(([, mode]) => (mode & 0o170000) !== 0o040000)
  expect(files.filter(([path]) => namesOf(path).length !== 1).map(([path]) => path)).toEqual([])
  const wrong = [...modes].filter(([path, mode]) => {
    const [name] = namesOf(path)
    return (mode & 0o777) !== (name === undefined ? 0o700 : STATE_FILES[name].mode)
  })
  expect(wrong).toEqual([])
  await host.close()
  expect([...modesIn(where.state).keys()].filter((path) => path.startsWith('run/'))).toEqual([])
})

it('gives the code its names', () => {
  expect(stateFile('/state', 'grants', { config: 'a', generation: '1' })).toBe(
    join('/state', 'grants', 'a', '1.json'),
  )
  expect(stateBook('/state', 'grants', { config: 'a' })).toBe(join('/state', 'grants', 'a'))
  expect(stateFile('/state', 'log', {})).toBe(join('/state', 'log', 'sidemux.log'))
  expect(stateRoom('/state', 'listed')).toBe(join('/state', 'listed'))
  expect(stateRoom('/state', 'audit')).toBe(join('/state', 'audit'))
})
