/** What was accepted, between runs and among processes (promises 1, 3 and 5). */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { ServersLock } from '../../src/catalog/lock/servers-lock.ts'
import type { Tool } from '../../src/upstream/messages/tool.ts'
import type { Offers } from '../../src/upstream/messages/offer.ts'
import { lockPlace, type LockPlace } from './lock-in.ts'

const tool = { name: 'get_x', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }

const SERVERS = ['box', 'box other', 'box l', 'tub l', 'a l', 'b l']

function book(): { open: () => ServersLock; file: () => string } {
  const place = lockPlace()
  return { open: () => place.open(SERVERS), file: () => place.file }
}

it('remembers definitions and eras between runs, as readable as servers.yaml', () => {
  const { open, file } = book()
  open().see('box', 'launch', whole([tool]))
  open().setEra('box', 'launch', 'legacy')
  expect(open().pins('box', 'launch')?.tools.pinned).toEqual(new Map([['get_x', tool]]))
  expect(open().era('box', 'launch')).toBe('legacy')
  expect(statSync(file()).mode & 0o777).toBe(0o640)
  open().setEra('box', 'launch', undefined)
  expect(open().era('box', 'launch')).toBeUndefined()
  expect(open().pins('box', 'launch')?.tools.pinned).toEqual(new Map([['get_x', tool]]))
})

it('is void for another launch command, and forgets neither (promise 5)', () => {
  const { open } = book()
  open().see('box', 'launch', whole([tool]))
  expect(open().pins('box', 'other')).toBeUndefined()
  open().see('box', 'other', whole([]))
  expect(open().pins('box', 'launch')?.tools.pinned).toEqual(new Map([['get_x', tool]]))
})

it('takes out what became a secret since, of every launch, written or not; a definition stays the one that was seen', () => {
  const { open, file } = book()
  const pins = open()
  const mask = <T>(value: T): T => {
    const text = JSON.stringify(value ?? null)
    return text.includes('sekrit') ? (JSON.parse(text.replaceAll('sekrit', '[redacted]')) as T) : value
  }
  const telling = { ...tool, description: 'uses sekrit' }
  pins.see('box', 'l', whole([telling, { name: 'sekrit' }]))
  pins.see('box', 'other', whole([telling]))
  pins.seeInstructions('tub', 'l', 'I am sekrit.')
  pins.mask(mask)
  pins.keep('box')
  expect(readFileSync(file(), 'utf8')).not.toContain('sekrit')
  for (const launch of ['l', 'other'])
    expect(open().pins('box', launch)?.tools.pinned.get('get_x')).toEqual(mask(telling))
  expect(open().instructions('tub', 'l')).toBe('I am [redacted].')
  const { ino } = statSync(file())
  pins.mask(mask)
  expect(statSync(file()).ino).toBe(ino)
})

it('two sidecars add to one book', () => {
  const { open } = book()
  const [one, two] = [open(), open()]
  one.see('a', 'l', { tools: { list: [tool], isWhole: false } })
  two.see('b', 'l', whole([tool]))
  one.see('a', 'l', whole([tool, { name: 'second' }]))
  one.keep('a')
  expect(open().pins('b', 'l')?.tools.pinned).toEqual(new Map([['get_x', tool]]))
  expect([...(open().pins('a', 'l')?.tools.pinned.keys() ?? [])]).toEqual(['get_x', 'second'])
})

it('is not written for each new name, but before a call relies on one (promise 5)', () => {
  const { open, file } = book()
  const pins = open()
  const written = new Set<number>()
  for (let name = 0; name < 100; name += 1) {
    pins.see('box', 'l', { tools: { list: [{ name: `n${name}` }], isWhole: false } })
    written.add(statSync(file()).ino)
  }
  expect(written.size).toBeLessThan(5)
  expect(pins.pins('box', 'l')?.tools.pinned.size).toBe(100)
  pins.keep('box')
  expect(open().pins('box', 'l')?.tools.pinned.size).toBe(100)
})

it('a damaged book is an error with a next step, never an empty book (promise 1)', () => {
  const { open, file } = book()
  open().see('box', 'launch', whole([tool]))
  for (const text of ['', '{', '[]', '{"servers.lock":0}']) {
    writeFileSync(file(), text)
    expect(() => open().pins('box', 'launch')).toThrow(/servers.lock:1: /)
    expect(readFileSync(file(), 'utf8')).toBe(text)
  }
})

it('keeps the tools of a server that is down listed, and accepts a change when told', () => {
  const { open } = book()
  const servers = [{ id: 'box', launchHash: 'launch', rules: {} }]
  open().see('box', 'launch', whole([tool]))
  const catalog = new Catalog(servers, open())
  catalog.loadPinned()
  expect(catalog.list('tools', { flat: false, pages: false }).map((one) => one['name'])).toEqual([
    'box_get_x',
  ])
  const changed = { ...tool, description: 'new' }
  catalog.take('box', offering([changed]))
  expect(catalog.find('tool', 'box_get_x')?.target.verdict.kind).toBe('confirm')
  open().accept('box', 'launch', { tools: [changed] })
  catalog.take('box', offering([changed]))
  expect(catalog.find('tool', 'box_get_x')?.target.verdict.kind).toBe('allow')
})

it('one server can not take the emitted name of another tool of its own, nor of another server', () => {
  const { open } = book()
  const catalog = new Catalog(
    [
      { id: 'a', launchHash: 'l', rules: {} },
      { id: 'b', launchHash: 'l', rules: {} },
    ],
    open(),
  )
  catalog.take('a', offering([tool]))
  catalog.take('b', offering([tool]))
  expect(catalog.list('tools', { flat: false, pages: false }).map((one) => one['name'])).toEqual([
    'a_get_x',
    'b_get_x',
  ])
})

function whole(list: readonly Tool[]): Parameters<ServersLock['see']>[2] {
  return { tools: { list, isWhole: true } }
}

function offering(tools: Offers['tools']): Offers {
  return { tools, prompts: [], resources: [], templates: [], capabilities: {}, cache: {} }
}

describe('a strict server', () => {
  const servers = (rules = {}) => [{ id: 'box', launchHash: 'launch', rules, strict: true }]
  const offers = (...tools: readonly Tool[]): Offers => ({
    ...offering(tools),
    resources: [{ uri: 'note://one', name: 'one' }],
  })
  const kinds = (place: LockPlace, now: Offers): Record<string, string> => {
    const catalog = new Catalog(servers({ allow: ['*'] }), place.open(['!box']))
    catalog.take('box', now)
    return Object.fromEntries(catalog.entries().map(({ target }) => [target.name, target.verdict.kind]))
  }

  it('may start, and offers, only what servers.lock holds; what differs is neither listed nor called (promise 5)', () => {
    const place = lockPlace()
    expect(place.open(['!box']).mayStart('box', 'launch')).toBe(false)
    place.open(['box'], 'ask').acceptAll('box', 'launch', offers(tool))
    expect(place.open(['!box']).mayStart('box', 'launch')).toBe(true)
    expect(place.open(['!box other']).mayStart('box', 'other')).toBe(false)
    const [changed, added] = [
      { ...tool, description: 'other' },
      { ...tool, name: 'get_new' },
    ]
    expect(kinds(place, offers(tool, added))).toEqual({ get_x: 'allow', get_new: 'block' })
    expect(kinds(place, offers(changed))).toEqual({ get_x: 'block' })
    const catalog = new Catalog(servers(), place.open(['!box']))
    const more = { uri: 'note://two', name: 'two' }
    catalog.take('box', { ...offers(tool), resources: [...offers().resources, more] })
    const view = { flat: false, pages: false }
    expect(catalog.list('resources', view).map(({ name }) => name)).toEqual(['one'])
  })

  it('writes nothing by itself, and what this machine alone accepted is none of it', () => {
    const place = lockPlace()
    kinds(place, offers(tool))
    expect(existsSync(place.file)).toBe(false)
    place.open(['box launch']).see('box', 'launch', whole([tool]))
    place.open(['box other']).see('box', 'other', whole([tool]))
    // It is kept apart for who goes back, and a strict server isn't held to that.
    expect(place.open(['box launch']).pins('box', 'launch')?.tools.pinned.size).toBe(1)
    expect(place.open(['!box launch']).mayStart('box', 'launch')).toBe(false)
  })

  it('with --frozen not even a human\u2019s word is written', () => {
    const place = lockPlace()
    const lock = place.open(['!box'], 'never')
    lock.acceptAll('box', 'launch', offers(tool))
    lock.accept('box', 'launch', { tools: [tool] })
    lock.close()
    expect(existsSync(place.file)).toBe(false)
  })
})

// No user may make a file there, root neither; systems other than Linux have none.
const READ_ONLY = ['/sys/kernel/address_bits'].filter((file) => existsSync(file))

it.each(READ_ONLY)(
  'keeps what was accepted where servers.lock can not be written, until that says something else (beside %s)',
  (config) => {
    const place = lockPlace()
    const open = (): ServersLock =>
      new ServersLock(place.state, config, [
        { id: 'box', launchHash: 'launch', launch: { command: 'x' }, isStrict: false },
      ])
    const lock = open()
    lock.see('box', 'launch', whole([tool]))
    lock.keep('box')
    expect(open().pins('box', 'launch')?.tools.pinned).toEqual(new Map([['get_x', tool]]))
    const changed = { ...tool, description: 'other' }
    open().accept('box', 'launch', { tools: [changed] })
    expect(open().pins('box', 'launch')?.tools.pinned).toEqual(new Map([['get_x', changed]]))
  },
)

it('takes over at once what git pull brings, and writes nothing over it', () => {
  const place = lockPlace()
  const [here, there] = [place.open(['box']), place.open(['box'])]
  here.see('box', 'launch', whole([tool]))
  here.keep('box')
  const before = here.revision
  const changed = { ...tool, description: 'reviewed' }
  there.accept('box', 'launch', { tools: [changed] })
  expect(here.revision).not.toBe(before)
  expect(here.pins('box', 'launch')?.tools.pinned.get('get_x')).toEqual(changed)
  here.setEra('box', 'launch', 'modern')
  expect(place.open(['box']).pins('box', 'launch')?.tools.pinned.get('get_x')).toEqual(changed)
})

it('lists on another machine all that servers.lock holds, before the server ever ran there', () => {
  const place = lockPlace()
  place.open(['box'], 'ask').acceptAll('box', 'launch', offering([tool]))
  rmSync(place.state, { recursive: true })
  mkdirSync(place.state, { mode: 0o700 })
  expect(place.open(['box']).offers('box', 'launch')).toMatchObject({ tools: [tool] })
})

it('a server whose lines can not be used costs no other, and is put right by accepting all of it anew', () => {
  const place = lockPlace()
  const all = ['a', 'b']
  for (const id of all) place.open(all, 'ask').acceptAll(id, 'launch', offering([tool]))
  const [, line = ''] = /^(\{"server":"a","tool".*)$/m.exec(readFileSync(place.file, 'utf8')) ?? []
  writeFileSync(place.file, readFileSync(place.file, 'utf8').replace(line, `${line}\n${line}`))
  const lock = place.open(all)
  expect(() => lock.pins('a', 'launch')).toThrow(/twice/)
  expect(lock.pins('b', 'launch')?.tools.pinned.size).toBe(1)
  expect(lock.faults()).toHaveLength(1)
  lock.setEra('b', 'launch', 'modern')
  expect(place.open(all).faults()).toHaveLength(1)
  place.open(all, 'ask').acceptAll('a', 'launch', offering([tool]))
  expect(place.open(all).faults()).toEqual([])
})
