/** What was agreed to is kept for one servers.yaml, by its path, and shared by its sidemuxes (promise 5). */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { TrustBook } from '../../src/trust/trust-book.ts'
import { factsOfEntry } from './support.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sidemux-trust-book-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
})
const open = (file = '/w/servers.yaml'): TrustBook => new TrustBook(dir, file)
const launch = async (...args: string[]) => ({ id: 'a', facts: await factsOfEntry({ command: 'x', args }) })

it('what was agreed to counts in every sidemux of the file, less counts too, and more does not', async () => {
  const here = open()
  const there = open()
  const [known, more] = [await launch('a'), await launch('a', 'b')]
  expect(here.standing(known)).toEqual({ kind: 'waits', isNew: true, changes: [], denied: false })
  here.accept([known], 1)
  expect(there.standing(known)).toEqual({ kind: 'trusted' })
  expect(there.standing(more)).toMatchObject({ kind: 'waits', isNew: false, denied: false })
  expect(there.standing({ ...known, id: 'b' })).toMatchObject({ isNew: true })
})

it('an entry that is changed and changed back asks once, and a yes takes back a no', async () => {
  const book = open()
  const [one, two] = [await launch('a'), await launch('b')]
  book.accept([one], 1)
  book.deny([two])
  expect(book.standing(two)).toMatchObject({ denied: true })
  book.accept([two], 2)
  expect([book.standing(one).kind, book.standing(two).kind]).toEqual(['trusted', 'trusted'])
})

it('two yeses do not add up to a third', async () => {
  const book = open()
  const of = async (env: Record<string, string>, read: string[]) => ({
    id: 'a',
    facts: await factsOfEntry({ command: 'x', env, sandbox: { read } }),
  })
  book.accept([await of({ T: '${env:T}' }, [])], 1)
  book.accept([await of({}, ['/'])], 2)
  expect(book.standing(await of({ T: '${env:T}' }, ['/'])).kind).toBe('waits')
})

it('what is revoked is new again, and another file has its own', async () => {
  const [book, other] = [open(), open('/w/other.yaml')]
  const known = await launch('a')
  book.accept([known], 1)
  expect(other.standing(known)).toMatchObject({ isNew: true })
  expect(book.revoke(['a', 'b'])).toEqual(['a'])
  expect(book.standing(known)).toMatchObject({ isNew: true })
})

it('a first sight is taken once', async () => {
  const [known, later] = [await launch('a'), await launch('b')]
  expect(open().acceptFirst([known], 1)).toBe(true)
  expect(open().acceptFirst([later], 2)).toBe(false)
  expect([open().standing(known).kind, open().standing(later).kind]).toEqual(['trusted', 'waits'])
})

it('a book that is damaged, or was written for another file, trusts nothing and says so', async () => {
  const known = await launch('a')
  open().accept([known], 1)
  const [room = ''] = readdirSync(join(dir, 'trust'))
  const [name = ''] = readdirSync(join(dir, 'trust', room)).filter((one) => one.endsWith('.json'))
  const file = join(dir, 'trust', room, name)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('/w/servers.yaml', '/evil/servers.yaml'))
  expect(() => open().standing(known)).toThrow('belongs to another servers.yaml')
  writeFileSync(file, text.slice(0, -20))
  expect(() => open().standing(known)).toThrow('is damaged')
})

it('names of an entry are only names', async () => {
  const book = open()
  const odd = {
    id: 'a',
    facts: await factsOfEntry({ command: 'x', env: { toString: '1', constructor: '${env:T}' } }),
  }
  book.accept([odd], 1)
  expect(open().standing(odd)).toEqual({ kind: 'trusted' })
  expect(open().standing(await launch())).toMatchObject({ kind: 'waits', isNew: false })
})

it('a yes to whichever version comes is a yes to the one that came, and to no other (promise 5)', async () => {
  const of = async (installed?: string) => ({
    id: 'a',
    facts: await factsOfEntry({ command: 'npx', args: ['-y', 'pkg'] }, {}, installed),
  })
  const [unknown, first, second] = [
    await of(),
    await of('pkg@1.0.0 sha512-a'),
    await of('pkg@2.0.0 sha512-b'),
  ]
  const book = open()
  book.accept([unknown], 1)
  expect([book.standing(first).kind, book.standing(second).kind]).toEqual(['trusted', 'trusted'])
  book.accept([first], 2)
  expect([book.standing(first).kind, book.standing(unknown).kind]).toEqual(['trusted', 'trusted'])
  expect(book.standing(second)).toMatchObject({ kind: 'waits', isNew: false })
})
