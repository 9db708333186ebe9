/** Which package a server runs, as servers.lock holds it: written once, changed by people only (promise 5). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { differencesOf } from '../../src/catalog/lock/differences.ts'
import { lockText, type LockedServer } from '../../src/catalog/lock/lock-text.ts'
import { readLockText } from '../../src/catalog/lock/read-lock-text.ts'
import type { LockWriting } from '../../src/catalog/lock/servers-lock.ts'
import { NO_PINS } from '../../src/catalog/pins/pin.ts'
import type { LockedPackage } from '../../src/packages/locked.ts'
import type { Offers } from '../../src/upstream/messages/offer.ts'
import { lockPlace, type LockPlace } from './lock-in.ts'

const srv = (version: string, integrity = 'sha512-a'): LockedPackage => ({
  registry: 'npm',
  name: 'srv',
  version,
  integrity,
})
const TOOL = { name: 'get_x', inputSchema: { type: 'object' } }
const OFFERS: Offers = {
  tools: [TOOL],
  prompts: [],
  resources: [],
  templates: [],
  capabilities: {},
  cache: {},
}
const SEEN = { tools: { list: [TOOL], isWhole: true } }

const heldBy = (place: LockPlace): LockedPackage | undefined =>
  place.open(['box'], 'never').packageOf('box', 'launch').locked

/** A place whose file knows the server, with this package or none. */
function known(of?: LockedPackage): LockPlace {
  const place = lockPlace()
  const lock = place.open(['box'])
  if (of !== undefined) lock.setPackage('box', 'launch', of)
  lock.see('box', 'launch', SEEN)
  lock.keep('box')
  return place
}

it('is written with what the server lists first, and not before', () => {
  const place = lockPlace()
  const lock = place.open(['box'])
  lock.setPackage('box', 'launch', srv('1.0.0'))
  expect(existsSync(place.file)).toBe(false)
  expect(lock.offers('box', 'launch')).toBeUndefined()
  lock.see('box', 'launch', SEEN)
  lock.keep('box')
  expect(heldBy(place)).toEqual(srv('1.0.0'))
  expect(readFileSync(place.file, 'utf8')).toContain(
    '"package":{"integrity":"sha512-a","name":"srv","registry":"npm","version":"1.0.0"}',
  )
})

describe.each<[who: string, server: string, writing: LockWriting, writes: boolean]>([
  ['a server that is not strict', 'box', 'seen', true],
  ['a strict one', '!box', 'seen', false],
  ['with --frozen', '!box', 'never', false],
  ['for a person who is to be shown it', '!box', 'ask', false],
])('%s', (_who, server, writing, writes) => {
  it(`${writes ? 'has' : 'has not'} it written where the file has none`, () => {
    const place = known()
    place.open([server], writing).setPackage('box', 'launch', srv('1.0.0'))
    expect(heldBy(place)).toEqual(writes ? srv('1.0.0') : undefined)
  })

  it('never has another one written in the place of what stands there', () => {
    const place = known(srv('1.0.0'))
    const lock = place.open([server], writing)
    lock.setPackage('box', 'launch', srv('2.0.0'))
    lock.setPackage('box', 'launch', srv('1.0.0', 'sha512-b'))
    expect(heldBy(place)).toEqual(srv('1.0.0'))
  })
})

it('a package that another process has just written stays', () => {
  const place = known()
  const [here, there] = [place.open(['box']), place.open(['box'])]
  expect(here.packageOf('box', 'launch').locked).toBeUndefined()
  there.setPackage('box', 'launch', srv('2.0.0'))
  here.setPackage('box', 'launch', srv('1.0.0'))
  expect(heldBy(place)).toEqual(srv('2.0.0'))
  expect(here.packageOf('box', 'launch').locked).toEqual(srv('2.0.0'))
})

it.each<[server: string, writing: LockWriting, accepts: boolean]>([
  ['box', 'ask', true],
  ['!box', 'ask', true],
  ['!box', 'never', false],
])('of %s (%s) a human\u2019s word for another one is taken: %s', (server, writing, accepts) => {
  const place = known(srv('1.0.0'))
  place.open([server], writing).acceptPackage('box', 'launch', srv('2.0.0'))
  expect(heldBy(place)).toEqual(srv(accepts ? '2.0.0' : '1.0.0'))
  expect(place.open(['box']).pins('box', 'launch')?.tools.pinned.size).toBe(1)
})

it('a human\u2019s word makes no server known of which nothing stands there', () => {
  const place = lockPlace()
  place.open(['box'], 'ask').acceptPackage('box', 'launch', srv('2.0.0'))
  expect(existsSync(place.file)).toBe(false)
})

it('is that of one launch, and comes back with it', () => {
  const place = known(srv('1.0.0'))
  const lock = place.open(['box', 'box other'])
  expect(lock.packageOf('box', 'other').locked).toBeUndefined()
  lock.setPackage('box', 'other', srv('3.0.0'))
  lock.see('box', 'other', SEEN)
  lock.keep('box')
  expect(lock.packageOf('box', 'launch').locked).toEqual(srv('1.0.0'))
  expect(lock.packageOf('box', 'other').locked).toEqual(srv('3.0.0'))
})

it('accepting all takes the one that runs, and none where the server is started as it is written', () => {
  const place = known(srv('1.0.0'))
  const lock = place.open(['!box'], 'ask')
  lock.setPackage('box', 'launch', srv('2.0.0'))
  lock.acceptAll('box', 'launch', OFFERS)
  expect(heldBy(place)).toEqual(srv('2.0.0'))
  place.open(['!box'], 'ask').acceptAll('box', 'launch', OFFERS)
  expect(heldBy(place)).toBeUndefined()
})

it('a line that can not be used says nothing of it, except to a person who is to put it right (promise 1)', () => {
  const place = known(srv('1.0.0'))
  const text = readFileSync(place.file, 'utf8')
  for (const edited of [text.replace('"1.0.0"', '"1.0.1"'), `${text}<<<<<<< HEAD\n`]) {
    writeFileSync(place.file, edited)
    for (const [server, writing] of [
      ['box', 'seen'],
      ['!box', 'never'],
    ] as const)
      expect(() => place.open([server], writing).packageOf('box', 'launch')).toThrow(/servers\.lock:\d+: /)
    expect(place.open(['!box'], 'ask').packageOf('box', 'launch')).toEqual({
      locked: undefined,
      isStrict: false,
      file: 'servers.lock',
    })
  }
})

it.each([
  { ...srv('latest') },
  { ...srv('1.0.0'), registry: 'other' },
  { ...srv('1.0.0'), more: 1 },
  { registry: 'npm', name: 'srv', version: '1.0.0' },
])('%j is no package, although its hash is right', (of) => {
  const server = { ...NO_PINS, launch: { command: 'npx' }, package: of } as unknown as LockedServer
  const { servers, faulty } = readLockText(
    lockText({ servers: new Map([['box', server]]), faulty: new Map() }),
  )
  expect([servers.size, faulty.get('box')?.fault.message]).toEqual([
    0,
    'what stands here of "box" is damaged',
  ])
})

it.each<[what: string, before: LockedPackage | undefined, now: LockedPackage | undefined, string[]]>([
  ['the same', srv('1.0.0'), srv('1.0.0'), []],
  ['none', undefined, undefined, []],
  ['one that the file has not', undefined, srv('1.0.0'), ['new package']],
  ['another version', srv('1.0.0'), srv('2.0.0'), ['changed package']],
  ['other contents', srv('1.0.0'), srv('1.0.0', 'sha512-b'), ['changed package']],
  ['one that is gone', srv('1.0.0'), undefined, ['gone package']],
])('a person is shown %s', (_what, before, now, expected) => {
  const locked: LockedServer = { ...NO_PINS, launch: {}, ...(before !== undefined && { package: before }) }
  const found = differencesOf({
    locked,
    launches: { now: {} },
    package: now,
    offers: { ...OFFERS, tools: [] },
    isStrict: true,
  })
  expect(found.map(({ what, kind }) => `${what} ${kind}`)).toEqual(expected)
  for (const { changes, what } of found)
    expect(changes).toEqual(
      what === 'gone'
        ? []
        : [
            {
              member: 'package',
              ...(before !== undefined && { before: expect.anything() }),
              after: expect.anything(),
            },
          ],
    )
})
