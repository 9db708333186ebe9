/** In which order and how many at a time servers are started (promise 9: one slow server delays nobody). */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { idleSince } from '../../src/upstream/life/starting/idle.ts'
import { nextOf, Turns, type TurnsOptions } from '../../src/upstream/life/starting/turns.ts'
import { environment, spec, startFleet } from './harness.ts'

it.each([
  ['nothing waits', [], undefined],
  ['the order of servers.yaml', [at(2), at(0), at(1)], 0],
  ['what nothing is known of before what is listed already', [at(0, 'known'), at(1)], 1],
  ['what is called before everything', [at(0), at(1, 'known'), at(2, 'known', 'called')], 2],
  ['of several called ones as well', [at(3, 'called'), at(1, 'called', 'known')], 1],
] as const)('%s', (_what, waiting, place) => {
  expect(nextOf([...waiting])?.place).toBe(place)
})

it('gives the turns that there are, and the next when one ends, in the order of need', async () => {
  const { turns, began, take } = stand({ size: 2, holdMs: 60_000 }, { known: ['a', 'b'] })
  const ends = new Map('abcd'.split('').map((id) => [id, take(id)]))
  await setImmediate()
  expect(began).toEqual(['c', 'd'])
  turns.hurry('b')
  const endOfC = await ends.get('c')
  endOfC?.()
  endOfC?.()
  await setImmediate()
  expect(began).toEqual(['c', 'd', 'b'])
  ;(await ends.get('d'))?.()
  await setImmediate()
  expect(began).toEqual(['c', 'd', 'b', 'a'])
})

it('is next also when it was called before it came to wait, and only this once', async () => {
  const { turns, began, take } = stand({ size: 1, holdMs: 60_000 })
  turns.hurry('c')
  const [, , c] = [take('a'), take('b'), take('c')]
  await setImmediate()
  expect(began).toEqual(['c'])
  void take('c')
  ;(await c)()
  await setImmediate()
  expect(began).toEqual(['c', 'a'])
})

it('does not wait for one that hangs, and its end comes to nothing afterwards', async () => {
  const { began, take } = stand({ size: 1, holdMs: 10 })
  const [a, b, c] = [take('a'), take('b'), take('c')]
  await Promise.all([b, c])
  expect(began).toEqual(['a', 'b', 'c'])
  for (const hangs of [a, b, c]) (await hangs)()
})

it('does not wait for those that hang while the machine is idle, and does while it is busy', async () => {
  let idle = 0.1
  const { began, take } = stand({ size: 2, holdMs: 60_000, idle: () => idle })
  const all = 'abcdef'.split('').map((id) => take(id))
  await setTimeout(700)
  expect(began).toEqual(['a', 'b'])
  idle = 0.9
  await Promise.all(all)
  expect(began).toEqual('abcdef'.split(''))
})

it('what is called waits for none that hangs, and there is an end to that too', async () => {
  const { turns, began, take } = stand({ size: 1, holdMs: 60_000 })
  for (const id of 'abcd') void take(id)
  await setImmediate()
  turns.hurry('d')
  await setImmediate()
  expect(began).toEqual(['a', 'd'])
  turns.hurry('c')
  await setImmediate()
  expect(began).toEqual(['a', 'd'])
})

it.each([
  ['nothing is counted', { idle: 0, all: 0 }, 0],
  ['it was busy', { idle: 0, all: 10 }, 0],
  ['half of it was idle', { idle: 5, all: 10 }, 0.5],
])('how idle the machine was: %s', (_what, more, expected) => {
  const counted = [
    { idle: 70, all: 100 },
    { idle: 70 + more.idle, all: 100 + more.all },
  ]
  const idle = idleSince(() => counted.shift() ?? { idle: 0, all: 0 })
  expect([idle(), idle()]).toEqual([0, expected])
})

it('what is called off leaves the line at once, and takes no turn from the others', async () => {
  const { began, take } = stand({ size: 1, holdMs: 60_000 })
  const stop = new AbortController()
  const first = take('a')
  const off = take('b', stop.signal)
  void take('c')
  await setImmediate()
  stop.abort()
  ;(await off)()
  await setImmediate()
  expect(began.filter((id) => id !== 'b')).toEqual(['a'])
  ;(await first)()
  await setImmediate()
  expect(began.filter((id) => id !== 'b')).toEqual(['a', 'c'])
  await take('d', AbortSignal.abort())
})

it('what waits for a secret takes no turn, and what hangs has one for a while only', async () => {
  // It never answers anything. A server that is silent on the probe alone is taken for an older one after a while, and starts.
  const hanging = ['-e', 'setInterval(() => undefined, 60_000)']
  const hangs = {
    id: 'hangs',
    startTimeoutMs: 600_000,
    launch: async () => ({ command: process.execPath, args: hanging, cwd: '/', env: environment() }),
  }
  const waits = { id: 'waits', startTimeoutMs: 600_000, launch: () => new Promise<never>(() => undefined) }
  const rest = ['a', 'b'].map((id) => spec(id, 'echo'))
  const { fleet, of } = startFleet([waits, hangs, ...rest], { starting: { size: 1, holdMs: 200 } })
  await fleet.settled((id) => id === 'a' || id === 'b')
  expect(of('launched').map(({ id }) => id)).toEqual(['hangs', 'a', 'b'])
  expect(
    of('ready')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['a', 'b'])
})

it('one turn, one process that starts; a call to one that waits makes it the next', async () => {
  const specs = ['a', 'b', 'c'].map((id) => spec(id, 'echo'))
  const { fleet, events } = startFleet(specs, { starting: { size: 1, holdMs: 60_000 } })
  await fleet.listed('c', 'tools', new AbortController().signal)
  await fleet.settled()
  const seen = events.flatMap(({ kind, id }) =>
    kind === 'launched' || kind === 'ready' ? [`${kind} ${id}`] : [],
  )
  expect(seen).toEqual('cab'.split('').flatMap((id) => [`launched ${id}`, `ready ${id}`]))
})

function at(place: number, ...facts: ('called' | 'known')[]) {
  return { place, called: facts.includes('called'), known: facts.includes('known') }
}

function stand(options: TurnsOptions, { known = [] }: { known?: readonly string[] } = {}) {
  const began: string[] = []
  const turns = new Turns(
    { isKnown: (id) => known.includes(id), placeOf: (id) => 'abcdef'.indexOf(id) },
    options,
  )
  const take = async (id: string, signal = new AbortController().signal): Promise<() => void> => {
    const end = await turns.take(id, signal)
    began.push(id)
    return end
  }
  return { turns, began, take }
}
