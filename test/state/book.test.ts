/** What a book is for one process: what it writes, what it finds, and what it refuses. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Book, type BookForm } from '../../src/state/book.ts'

const FORM: BookForm<readonly string[]> = {
  what: 'the book of words',
  cost: 'they are forgotten',
  full: 'write less',
  version: 3,
  maxBytes: 200,
  read(value) {
    const { words } = value as { words?: unknown }
    return Array.isArray(words) ? words.map(String) : undefined
  },
  write: (words) => ({ words }),
}

function place() {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-book-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const dir = join(state, 'room', 'book')
  const open = (): Book<readonly string[]> => new Book(dir, FORM)
  const book = open()
  return {
    state,
    dir,
    book,
    open,
    add: (word: string, to = book) => to.change((words = []) => [...words, word]),
    files: () => readdirSync(state, { recursive: true, encoding: 'utf8' }).toSorted(),
  }
}

const seen = (book: Book<readonly string[]>): [string, number] => [book.sign(), book.revision]

it('keeps each state in a file of its own, 0600 in 0700, and only the newest one', async () => {
  const { dir, book, add, open, files } = place()
  expect(book.read()).toBeUndefined()
  expect(files()).toEqual([])
  add('one')
  await book.changeSlowly((words = []) => Promise.resolve([...words, 'two']))
  expect(open().read()).toEqual(['one', 'two'])
  expect(readFileSync(join(dir, '2.json'), 'utf8')).toBe('{"version":3,"words":["one","two"]}\n')
  expect(files()).toEqual(['locks', 'locks/room-book.2', 'room', 'room/book', 'room/book/2.json'])
  expect([join(dir, '2.json'), dir].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700])
})

it('is the same object and has the same sign while nobody has changed it, and tells what others did', () => {
  const { book, add, open, dir } = place()
  add('one')
  const other = open()
  const before = other.read()
  const [sign, revision] = seen(other)
  expect(other.read()).toBe(before)
  expect(seen(other)).toEqual([sign, revision])
  add('mine', other)
  const own = seen(other)
  expect(own[0]).not.toBe(sign)
  expect(own[1]).toBe(revision)
  add('of another')
  expect(seen(other)[1]).toBe(revision + 1)
  expect(book.read()).toEqual(['one', 'mine', 'of another'])
  // Set aside by hand.
  renameSync(dir, `${dir}.set-aside`)
  expect(other.read()).toBeUndefined()
  expect(seen(other)[1]).toBe(revision + 2)
})

it('writes nothing where there is nothing to change or the change fails, and lets the next one in at once', async () => {
  const { book, add, files } = place()
  book.change(() => undefined)
  await book.changeSlowly(() => Promise.resolve(undefined))
  expect(files().filter((name) => name.endsWith('.json'))).toEqual([])
  add('one')
  const before = book.read()
  const fails = (): never => {
    throw new Error('of the change')
  }
  expect(() => book.change(fails)).toThrow('of the change')
  await expect(book.changeSlowly(async () => fails())).rejects.toThrow('of the change')
  expect(() => add('x'.repeat(300))).toThrow(
    expect.objectContaining({
      message: 'the book of words would be larger than 200 bytes, so nothing was changed',
      hint: 'write less',
    }) as Error,
  )
  expect(book.read()).toBe(before)
  add('two')
  expect(book.read()).toEqual(['one', 'two'])
})

it('begins a change anew on what somebody has written without the lock', () => {
  const { book, add, dir } = place()
  add('one')
  let asked = 0
  book.change((words = []) => {
    asked += 1
    if (asked === 2) writeFileSync(join(dir, '2.json'), '{"version":3,"words":["by hand"]}', { mode: 0o600 })
    return [...words, 'two']
  })
  expect(book.read()).toEqual(['by hand', 'two'])
  expect(readdirSync(dir)).toEqual(['3.json'])
})

it('does not look at the clock', () => {
  const { book, add, open } = place()
  add('one')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 24 * 3_600_000 })
  onTestFinished(() => void vi.useRealTimers())
  add('two')
  expect(open().read()).toEqual(['one', 'two'])
  vi.setSystemTime(Date.now() + 48 * 3_600_000)
  add('three', open())
  expect(book.read()).toEqual(['one', 'two', 'three'])
})

it('may lie behind a link to the whole state directory', () => {
  const { state, add } = place()
  add('one')
  symlinkSync(state, `${state}-link`)
  onTestFinished(() => rmSync(`${state}-link`))
  const linked = new Book(join(`${state}-link`, 'room', 'book'), FORM)
  add('two', linked)
  expect(linked.read()).toEqual(['one', 'two'])
})

describe('what is none is refused, told with a next step, and left as it is (promise 1)', () => {
  const write = (dir: string, text: string): void => writeFileSync(join(dir, '2.json'), text, { mode: 0o600 })
  const elsewhere = (dir: string): void => {
    renameSync(dir, `${dir}-elsewhere`)
    symlinkSync(`${dir}-elsewhere`, dir)
  }
  it.each<[string, (dir: string) => void, RegExp, RegExp]>([
    ['nothing', (dir) => write(dir, ''), /is damaged/, /^mv '\S+' '\S+\.set-aside' \(they are forgotten\)$/],
    ['half of it', (dir) => write(dir, '{"version":3,"wor'), /is damaged/, /^mv /],
    ['bytes', (dir) => write(dir, '\0\0\0\0'), /is damaged/, /^mv /],
    ['a list', (dir) => write(dir, '[3]'), /is damaged/, /^mv /],
    ['another form', (dir) => write(dir, '{"version":3,"words":1}'), /is damaged/, /^mv /],
    ['no version', (dir) => write(dir, '{"words":[]}'), /is damaged/, /^mv /],
    ['a version before the first', (dir) => write(dir, '{"version":2,"words":[]}'), /is damaged/, /^mv /],
    [
      'a later version',
      (dir) => write(dir, '{"version":4,"words":{}}'),
      /was written by a later version/,
      /^update this sidemux, which is version \d/,
    ],
    [
      'too large',
      (dir) => write(dir, `{"version":3,"words":["${'x'.repeat(300)}"]}`),
      /is larger than 200 bytes/,
      /^mv /,
    ],
    ['a directory', (dir) => mkdirSync(join(dir, '2.json')), /is damaged/, /^mv /],
    ['a link', (dir) => symlinkSync('/etc/hosts', join(dir, '2.json')), /ELOOP/, /^ls -ld /],
    [
      'open to others',
      (dir) => (write(dir, '{"version":3,"words":[]}'), chmodSync(join(dir, '2.json'), 0o622)),
      /can be written by other users/,
      /^mv /,
    ],
    ['in a directory that is a link', elsewhere, /is a link or a file/, /^mv /],
  ])('%s', (_what, harm, message, hint) => {
    const { dir, add, open, files } = place()
    add('one')
    harm(dir)
    const before = files()
    const book = open()
    const said = expect.objectContaining({
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    }) as Error
    expect(() => book.read()).toThrow(said)
    expect(() => add('two', book)).toThrow(said)
    expect(files()).toEqual(before)
    expect(book.sign()).toBe(book.sign())
  })
})
