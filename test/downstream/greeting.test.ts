/** What a host is told before anything is loaded is what the last one was told, of the same file and choice, or nothing. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  keepGreeting,
  keepLists,
  recallGreeting,
  recallLists,
  removeUnmasked,
  type GreetingFacts,
  type HostLists,
} from '../../src/downstream/greeting.ts'

const FACTS: GreetingFacts = {
  version: '0.1.0',
  config: '/home/me/servers.yaml',
  hash: 'a'.repeat(64),
  environment: 'dev',
  profile: undefined,
  surface: undefined,
  lock: 'ENOENT',
  frozen: false,
  trust: 3,
}

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-greeting-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'greetings', 'one.json')
}

test.each([['Use `search` first.'], [undefined], ['']])(
  '%j comes back, in a file for this user alone',
  async (instructions) => {
    const file = scratch()
    await keepGreeting(file, FACTS, { instructions })
    expect(recallGreeting(file, FACTS)).toEqual({ instructions })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  },
)

test.each<[string, Partial<GreetingFacts>]>([
  ['another sidemux', { version: '0.1.1' }],
  ['another file', { config: '/home/me/other.yaml' }],
  ['another content', { hash: 'b'.repeat(64) }],
  ['another environment', { environment: undefined }],
  ['another profile', { profile: 'readonly' }],
  ['what was agreed to since, or taken back', { trust: 4 }],
])('nothing is known of %s', async (_, other) => {
  const file = scratch()
  await keepGreeting(file, FACTS, { instructions: 'hello' })
  expect(recallGreeting(file, { ...FACTS, ...other })).toBeUndefined()
})

test.each<[string, (file: string) => void]>([
  ['there is none', (file) => rmSync(file)],
  ['it is damaged', (file) => writeFileSync(file, '{"of":')],
  ['it is of another form', (file) => writeFileSync(file, '[]')],
  ['others can write it', (file) => chmodSync(file, 0o666)],
  [
    'a link stands there',
    (file) => {
      renameSync(file, `${file}.real`)
      symlinkSync(`${file}.real`, file)
    },
  ],
  ['it is too large', (file) => writeFileSync(file, `"${'x'.repeat(5_000_000)}"`)],
])('nothing is known where %s', async (_, spoil) => {
  const file = scratch()
  await keepGreeting(file, FACTS, { instructions: 'hello' })
  spoil(file)
  expect(recallGreeting(file, FACTS)).toBeUndefined()
})

test('one that is too large is not kept, and the one before stays', async () => {
  const file = scratch()
  await keepGreeting(file, FACTS, { instructions: 'hello' })
  await keepGreeting(file, FACTS, { instructions: 'x'.repeat(5_000_000) })
  expect(recallGreeting(file, FACTS)).toEqual({ instructions: 'hello' })
  expect(readdirSync(join(file, '..'))).toEqual(['one.json'])
})

test('lists are of one host, and of what it was listed', async () => {
  const file = scratch()
  const host = { name: 'claude-code', pages: false, capabilities: {} }
  const lists = {
    tools: { entries: [{ name: 'box_get_x' }], cache: { ttlMs: 5, cacheScope: 'public' as const } },
  }
  await keepLists(file, FACTS, { host, lists })
  expect(recallLists(file, FACTS, host)).toEqual(lists)
  for (const other of [
    { ...host, name: 'cursor' },
    { ...host, pages: true },
    { ...host, name: undefined },
    { ...host, capabilities: { roots: {} } },
  ])
    expect(recallLists(file, FACTS, other)).toBeUndefined()
  expect(recallLists(file, { ...FACTS, hash: 'b' }, host)).toBeUndefined()
  expect(recallGreeting(file, FACTS)).toBeUndefined()
})

test('what holds a value that became a secret since is removed, and the rest stays (promise 3)', async () => {
  const file = scratch()
  const other = join(file, '../two.json')
  await keepGreeting(file, FACTS, { instructions: 'begin with hunter-2-hunter' })
  await keepGreeting(other, FACTS, { instructions: 'begin with search' })
  writeFileSync(join(file, '../three.json'), '{')
  removeUnmasked(join(file, '..'), (kept) =>
    JSON.stringify(kept).includes('hunter-2-hunter') ? { ...kept, instructions: '' } : kept,
  )
  expect(readdirSync(join(file, '..'))).toEqual(['two.json'])
  expect(recallGreeting(other, FACTS)).toBeDefined()
})

test.each([[[]], [{}], [{ tools: 7 }], [{ tools: { entries: 'x' } }], ['x']])(
  'lists that are none (%j) are not told',
  async (lists) => {
    const file = scratch()
    const host = { name: 'h', pages: false, capabilities: {} }
    await keepLists(file, FACTS, { host, lists: lists as HostLists })
    expect(recallLists(file, FACTS, host)?.tools).toBeUndefined()
  },
)

test('hosts that call themselves something else each time do not fill the disk', async () => {
  const file = scratch()
  for (let n = 0; n < 70; n += 1)
    await keepLists(join(file, `../${n}.json`), FACTS, {
      host: { name: `${n}`, pages: false, capabilities: {} },
      lists: {},
    })
  expect(readdirSync(join(file, '..')).length).toBe(64)
})
