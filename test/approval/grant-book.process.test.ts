import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GrantBook } from '../../src/approval/grants/grant-book.ts'
import { offerFor, type GrantWish } from '../../src/approval/grants/grant-offer.ts'
import type { SidemuxError } from '../../src/errors.ts'
import { until } from '../until.ts'
import { subjectOf } from './asked.ts'

const CONFIG = '/somewhere/servers.yaml'
const HOUR = 3_600_000
const subject = subjectOf('write_file')

function place(at?: string): {
  state: string
  book: GrantBook
  told: SidemuxError[]
  clock: { now: number }
  dir: () => string
  files: () => string[]
} {
  const state = at ?? mkdtempSync(join(tmpdir(), 'sidemux-grants-'))
  if (at === undefined) onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const told: SidemuxError[] = []
  const clock = { now: Date.now() }
  const book = new GrantBook({
    stateDir: state,
    configFile: CONFIG,
    now: () => clock.now,
    onError: (error) => told.push(error),
  })
  const dir = (): string => join(state, 'grants', readdirSync(join(state, 'grants'))[0] ?? '')
  return { state, book, told, clock, dir, files: () => readdirSync(dir()) }
}

function remember(book: GrantBook, wish: Partial<GrantWish> = {}, args: Record<string, unknown> = {}) {
  const offer = offerFor('write', args, false)
  if (offer === undefined) throw new Error('nothing was offered')
  return book.remember(
    subject,
    { args, shown: args, offer },
    { fixed: [], uses: undefined, ms: HOUR, ...wish },
  )
}

test('survives a restart, 0600, is spent and ends', () => {
  const { state, book, dir, files } = place()
  const given = remember(book, { uses: 2 })
  const after = place(state)
  expect(after.book.list()).toEqual([given])
  expect(after.book.use(subject, {})).toMatchObject({ id: given.id, used: 1, left: 1 })
  expect(book.use({ ...subject, toolHash: 'd'.repeat(64) }, {})).toBeUndefined()
  expect(book.use(subject, { more: 1 })).toBeUndefined()
  expect(book.use(subject, {})).toMatchObject({ used: 2, left: 0 })
  expect(book.use(subject, {})).toBeUndefined()
  expect(book.list()).toEqual([])
  expect(statSync(dir()).mode & 0o777).toBe(0o700)
  for (const name of files()) expect(statSync(join(dir(), name)).mode & 0o777).toBe(0o600)
  expect(after.told).toEqual([])
})

test('what another process grants, spends or revokes counts at the next call, however much it changed meanwhile', () => {
  const { state, book } = place()
  const other = place(state).book
  expect(book.use(subject, {})).toBeUndefined()
  const given = remember(other, { uses: 100 })
  expect(book.use(subject, {})).toMatchObject({ id: given.id, left: 99 })
  // More than the generations that stay on the disk.
  for (let spent = 0; spent < 40; spent += 1) other.use(subject, {})
  expect(book.use(subject, {})).toMatchObject({ left: 58 })
  expect(other.revoke(given.id)).toBe(true)
  expect(book.use(subject, {})).toBeUndefined()
  expect(book.list()).toEqual([])
})

test('another config has another book', () => {
  const { state, book } = place()
  remember(book)
  const other = new GrantBook({
    stateDir: state,
    configFile: '/elsewhere/servers.yaml',
    now: Date.now,
    onError: (error) => {
      throw error
    },
  })
  expect(other.list()).toEqual([])
  expect(other.use(subject, {})).toBeUndefined()
})

test('revoking counts at once in every sidecar', () => {
  const { state, book } = place()
  const other = place(state).book
  const { id } = remember(book)
  expect(other.use(subject, {})?.id).toBe(id)
  expect(book.revoke(id)).toBe(true)
  expect(book.revoke(id)).toBe(false)
  expect(other.use(subject, {})).toBeUndefined()
})

test('a revocation that can not be written is said, and counts here all the same', () => {
  const { book, dir } = place()
  const { id } = remember(book)
  writeFileSync(join(dir(), '2.json'), '{')
  expect(() => book.revoke(id)).toThrow(/is damaged/)
  rmSync(join(dir(), '2.json'))
  expect(book.list()).toEqual([])
  expect(book.use(subject, {})).toBeUndefined()
  const { id: next } = remember(book)
  expect(place(dir().split('/grants/')[0]).book.list()).toMatchObject([{ id: next }])
})

test('uncounted uses are counted all the same', () => {
  const { book } = place()
  remember(book)
  for (let n = 1; n <= 3; n++) expect(book.use(subject, {})).toMatchObject({ used: n, left: undefined })
  expect(book.list()).toMatchObject([{ used: 3 }])
})

test('what expired is taken out with the next change, and few files stay', () => {
  const { book, clock, dir, files } = place()
  remember(book, { ms: 1000 })
  clock.now += 1000
  expect(book.list()).toEqual([])
  remember(book)
  for (let n = 0; n < 40; n++) book.use(subject, {})
  expect(files().length).toBeLessThanOrEqual(16)
  const newest = files()
    .map((name) => parseInt(name, 10))
    .toSorted((a, b) => b - a)[0]
  const { grants } = JSON.parse(readFileSync(join(dir(), `${newest}.json`), 'utf8')) as { grants: unknown[] }
  expect(grants).toHaveLength(1)
})

test('a wish beyond the offer is refused, and nothing is written', () => {
  const { state, book } = place()
  const offer = offerFor('destructive', { path: '/a' }, false)
  if (offer === undefined) throw new Error('nothing was offered')
  const call = { args: { path: '/a' }, shown: { path: '/a' }, offer }
  expect(() => book.remember(subject, call, { fixed: [], uses: 1, ms: 1 })).toThrow(/at least one argument/)
  expect(() =>
    book.remember(subject, { ...call, shown: { '‹masked›': '/a' } }, { fixed: ['path'], uses: 1, ms: 1 }),
  ).toThrow(/names of its arguments/)
  expect(readdirSync(state)).toEqual([])
})

test('holds 1,000 and no more', () => {
  const { book, dir, files } = place()
  remember(book)
  const file = join(dir(), files()[0] ?? '')
  const content = JSON.parse(readFileSync(file, 'utf8')) as { grants: object[] }
  const [one] = content.grants
  const grants = Array.from({ length: 1000 }, (_, n) => ({
    ...one,
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  }))
  writeFileSync(join(dir(), '2.json'), JSON.stringify({ ...content, grants }), { mode: 0o600 })
  expect(book.list()).toHaveLength(1000)
  expect(() => remember(book)).toThrow(/too many grants/)
  expect(book.revoke('00000000-0000-4000-8000-000000000007')).toBe(true)
  remember(book)
  expect(book.list()).toHaveLength(1000)
})

describe('a book that is not what was written grants nothing, says so, and is left as it is (promise 1)', () => {
  const cases: [string, (dir: string, text: string) => void, RegExp][] = [
    ['empty', (dir) => write(dir, ''), /is damaged/],
    ['half', (dir, text) => write(dir, text.slice(0, -9)), /is damaged/],
    ['another version', (dir, text) => write(dir, text.replace('"version":1', '"version":0')), /is damaged/],
    [
      'of a later version',
      (dir, text) => write(dir, text.replace('"version":1', '"version":2')),
      /was written by a later version/,
    ],
    ['a member more', (dir, text) => write(dir, text.replace('"used":', '"x":1,"used":')), /is damaged/],
    ['no uses left out', (dir, text) => write(dir, text.replace('"used":0', '"used":-1')), /is damaged/],
    ['of another config', (dir, text) => write(dir, text.replace(CONFIG, '/x')), /another servers\.yaml/],
    ['huge', (dir, text) => write(dir, text + ' '.repeat(5_000_000)), /is larger than/],
    [
      'writable by others',
      (dir, text) => {
        write(dir, text)
        chmodSync(join(dir, '2.json'), 0o666)
      },
      /can be written by other users/,
    ],
    ['a link', (dir) => symlinkSync(join(dir, '1.json'), join(dir, '2.json')), /ELOOP/],
    ['a directory', (dir) => mkdirSync(join(dir, '2.json')), /is damaged/],
    ['a generation beyond counting', (dir, text) => write(dir, text, '999999999999999.json'), /is damaged/],
  ]
  test.each(cases)('%s', (_, spoil, message) => {
    const { book, told, dir, files } = place()
    const { id } = remember(book)
    spoil(dir(), readFileSync(join(dir(), '1.json'), 'utf8'))
    const before = files()
    expect(book.use(subject, {})).toBeUndefined()
    expect(book.use(subject, {})).toBeUndefined()
    expect(book.list()).toEqual([])
    expect(told).toHaveLength(1)
    expect(told[0]?.message).toMatch(message)
    expect(told[0]?.hint).toMatch(/^(mv|ls|update this) /)
    expect(() => remember(book)).toThrow(message)
    expect(() => book.revoke(id)).toThrow(message)
    expect(files()).toEqual(before)
  })

  function write(dir: string, text: string, name = '2.json'): void {
    writeFileSync(join(dir, name), text, { mode: 0o600 })
  }
})

test('a directory that is a file', () => {
  const { state, book, told } = place()
  writeFileSync(join(state, 'grants'), '')
  expect(book.use(subject, {})).toBeUndefined()
  expect(told[0]?.message).toMatch(/ENOTDIR/)
  expect(() => remember(book)).toThrow(/ENOTDIR/)
})

describe('several processes at once', () => {
  interface Spender {
    readonly process: ChildProcess
    readonly used: () => number
    readonly ready: Promise<unknown>
    readonly ended: Promise<unknown>
    readonly start: () => void
  }

  function spender(state: string): Spender {
    const child = spawn(
      process.execPath,
      [resolve(import.meta.dirname, 'spender.mjs'), state, CONFIG, JSON.stringify(subject)],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    let out = ''
    child.stdin.on('error', () => {})
    const ready = new Promise((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk
        if (out.includes('ready')) resolve(undefined)
      })
    })
    const ended = new Promise((resolve) => child.on('close', resolve))
    onTestFinished(() => void child.kill('SIGKILL'))
    return {
      process: child,
      used: () => out.split('used\n').length - 1,
      ready,
      ended,
      start: () => child.stdin.write('go\n'),
    }
  }

  /** Each has spent one before any of them spends all that it can. */
  async function startAll(spenders: readonly Spender[]): Promise<void> {
    for (const one of spenders) one.start()
    await until(() => spenders.every(({ used }) => used() > 0), 'each has spent one')
    for (const one of spenders) one.start()
  }

  test('spend exactly what was granted (promise 4)', async () => {
    const { state, book } = place()
    remember(book, { uses: 60 })
    remember(book, { uses: 20 })
    const spenders = Array.from({ length: 6 }, () => spender(state))
    await Promise.all(spenders.map(({ ready }) => ready))
    await startAll(spenders)
    await Promise.all(spenders.map(({ ended }) => ended))
    expect(spenders.reduce((sum, { used }) => sum + used(), 0)).toBe(80)
    expect(book.list()).toEqual([])
  })

  test('also when some are stopped half-way and go on later, or are killed', async () => {
    const { state, book } = place()
    remember(book, { uses: 150 })
    const spenders = Array.from({ length: 5 }, () => spender(state))
    await Promise.all(spenders.map(({ ready }) => ready))
    await startAll(spenders)
    const [killed, ...paused] = spenders
    for (let round = 0; round < 8; round++) {
      const one = paused[round % 2]
      one?.process.kill('SIGSTOP')
      await new Promise((resolve) => {
        setTimeout(resolve, 60)
      })
      one?.process.kill('SIGCONT')
      if (round === 3) killed?.process.kill('SIGKILL')
    }
    await Promise.all(spenders.map(({ ended }) => ended))
    const used = spenders.reduce((sum, one) => sum + one.used(), 0)
    // The one that was killed may have spent one that it couldn't tell of any more.
    expect(used).toBeLessThanOrEqual(150)
    expect(used).toBeGreaterThanOrEqual(149)
    expect(book.use(subject, {})).toBeUndefined()
  })

  test('a revocation holds while others spend', async () => {
    const { state, book } = place()
    const { id } = remember(book)
    const spenders = Array.from({ length: 3 }, () => spender(state))
    await Promise.all(spenders.map(({ ready }) => ready))
    await startAll(spenders)
    await new Promise((resolve) => {
      setTimeout(resolve, 200)
    })
    expect(book.revoke(id)).toBe(true)
    await Promise.all(spenders.map(({ ended }) => ended))
    expect(book.list()).toEqual([])
  })
})
