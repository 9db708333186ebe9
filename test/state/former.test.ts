/**
 * What version 0.1 wrote is read, moved once and not lost. `version-0.1/` holds state directories as that version wrote them,
 * by its own code: at first, somewhat later, in the middle and last. Files of a form that nobody knows are left as they are.
 */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { CHANNEL_NAMES } from '../../src/approval/facts/pending.ts'
import { GrantBook } from '../../src/approval/grants/grant-book.ts'
import { LearnedChannels } from '../../src/approval/hosts/learned.ts'
import { LastListed } from '../../src/catalog/listed/last-listed.ts'
import { orphans } from '../../src/secrets/leases/left-ledgers.ts'
import { LocalSecrets } from '../../src/secrets/stores/local/secrets.ts'
import { Book } from '../../src/state/book.ts'
import { moveFormer, readFormer } from '../../src/state/former.ts'
import { configKey, stateFile, stateRoom } from '../../src/state/paths.ts'
import { LoginVault } from '../../src/upstream/remote/oauth/vault.ts'

const CONFIG = '/home/ann/servers.yaml'
const hash = (digit: string): string => digit.repeat(64)
const soon = (): AbortSignal => AbortSignal.timeout(10_000)

/** A copy of one of them, with the modes that version 0.1 gave; git keeps none. */
function left(age: string): string {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-former-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  cpSync(join(import.meta.dirname, 'version-0.1', age), state, { recursive: true })
  for (const entry of readdirSync(state, { recursive: true, withFileTypes: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600)
  return state
}

it.each(['middle', 'last'])('grants of version 0.1, %s, are good for what is left of them', (age) => {
  const state = left(age)
  const book = new GrantBook({
    stateDir: state,
    configFile: CONFIG,
    now: () => 1_800_000_000_001,
    onError(error) {
      throw error
    },
  })
  expect(book.list().map(({ subject, left: uses }) => [subject.tool, uses])).toEqual([
    ['put_x', 2],
    ['get_x', undefined],
  ])
  const [{ subject }] = book.list() as [ReturnType<GrantBook['list']>[number]]
  const args = { to: 'there', text: 'y' }
  expect([1, 2, 3].map(() => book.use(subject, args)?.left)).toEqual([1, 0, undefined])
  expect(readdirSync(join(state, 'grants', configKey(CONFIG)))).toEqual(['5.json'])
})

it.each(['early', 'middle', 'last'])(
  'secrets of version 0.1, %s, are opened with their key, and one is added',
  async (age) => {
    const state = left(age)
    const secrets = new LocalSecrets(state)
    await secrets.set('more', 'not-a-real-one-5', undefined, soon())
    const values = [...new LocalSecrets(state).entries()].map(async ([name, entry]) => [
      name,
      await secrets.value(name, entry, soon()),
    ])
    expect(await Promise.all(values)).toEqual([
      ['github/TOKEN', 'not-a-real-token-1'],
      ['more', 'not-a-real-one-5'],
      ['pg/PASSWORD', 'not-a-real-password-2'],
    ])
    expect(readFileSync(stateFile(state, 'formerSecrets', {}), 'utf8')).toBe(
      '{"version":2,"movedTo":"secrets/local/"}\n',
    )
  },
)

it.each(['middle', 'last'])('a login of version 0.1, %s, is still one', async (age) => {
  const vault = new LoginVault(left(age))
  expect((await vault.read('far-0123456789abcdef'))?.tokens).toMatchObject({
    refresh: 'not-a-real-refresh-4',
  })
})

it.each([
  ['first', undefined],
  ['early', 'dev'],
  ['middle', 'dev'],
  ['last', 'dev'],
])('leases that a clerk of version 0.1, %s, left open are known (promise 8)', (age, environment) => {
  const dir = stateRoom(left(age), 'leases')
  // The boot and the machine are others than those of the clerk, or its process id is that of another process by now.
  for (const name of readdirSync(dir)) utimesSync(join(dir, name), new Date(0), new Date(0))
  const found = [...orphans(dir, CONFIG).values()]
  expect(found).toMatchObject([{ held: [{ held: 'lease-1', store: 'team', path: '/PG' }] }])
  expect(found[0]?.environment).toBe(environment)
})

it('what was learned in version 0.1 is known', () => {
  const state = left('last')
  const claude = { name: 'claude-code', version: '2.1.0' }
  expect(CHANNEL_NAMES.filter((name) => new LearnedChannels(state).worked(claude, name))).toEqual(['page'])
  const warned: string[] = []
  const as = { server: 'box', launchHash: hash('1'), circumstances: { environment: 'dev' } }
  expect(new LastListed(state, CONFIG, (text) => warned.push(text)).get(as)?.offers.instructions).toBe('Hi.')
  expect(warned).toEqual([])
})

it('a move that is cut off before its end leaves all to the next one, and no version 0.1 can write in between', () => {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-former-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const dir = join(state, 'room', 'book')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const read = (value: object): string[] | undefined => (value as { words?: string[] }).words
  const former = { file: `${dir}.json`, read }
  const text = (): string => readFileSync(former.file, 'utf8')
  writeFileSync(former.file, '{"version":1,"words":["one","two"]}\n', { mode: 0o600 })
  const bounds = { waitMs: 1000, staleMs: 1000 }
  const cutOff = (): void =>
    moveFormer(former, { maxBytes: 1000, bounds, to: 'room/book/' }, () => {
      throw new Error('cut off')
    })
  for (let time = 1; time <= 2; time += 1) {
    expect(cutOff).toThrow('cut off')
    // Version 0.1 takes this for damaged.
    expect(text()).toBe('{"version":2,"movedTo":"room/book/","was":{"version":1,"words":["one","two"]}}\n')
    expect(readFormer(former, 1000)).toEqual(['one', 'two'])
  }
  const form = { what: 'the book', cost: 'begin anew', full: 'write less', version: 1, maxBytes: 1000, read }
  const book = new Book(dir, { ...form, write: (words: string[]) => ({ words }) }, former)
  book.change((words = []) => [...words, 'three'])
  expect(book.read()).toEqual(['one', 'two', 'three'])
  expect(text()).toBe('{"version":2,"movedTo":"room/book/"}\n')
  // Or before only the note was left to be written.
  writeFileSync(former.file, '{"version":2,"movedTo":"room/book/","was":{"version":1,"words":["one"]}}\n')
  const next = new Book(dir, { ...form, write: (words: string[]) => ({ words }) }, former)
  next.change((words = []) => [...words, 'four'])
  expect(next.read()).toEqual(['one', 'two', 'three', 'four'])
  expect(text()).toBe('{"version":2,"movedTo":"room/book/"}\n')
})
