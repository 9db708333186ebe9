/** What cancels a call does what an AbortSignal does (cancellation.ts). */
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  abortSignalOf,
  Cancellation,
  controllerForMany,
  forMany,
  NEVER,
  type StopSignal,
} from '../src/cancellation.ts'
import { Packages } from '../src/packages/packages.ts'
import { BRIEFLY } from '../src/upstream/session/exchange.ts'

interface Made {
  readonly signal: StopSignal
  readonly cancel: (reason?: unknown) => void
}

/** Both kinds, and the real signal of ours: whoever listens can't tell them apart. */
const KINDS: readonly (readonly [string, () => Made])[] = [
  [
    'AbortSignal',
    () => {
      const controller = new AbortController()
      return { signal: controller.signal, cancel: (reason) => controller.abort(reason) }
    },
  ],
  [
    'Cancellation',
    () => {
      const signal = new Cancellation()
      return { signal, cancel: (reason) => signal.cancel(reason) }
    },
  ],
  [
    'the AbortSignal of a Cancellation',
    () => {
      const cancellation = new Cancellation()
      return { signal: abortSignalOf(cancellation), cancel: (reason) => cancellation.cancel(reason) }
    },
  ],
]

describe.each(KINDS)('%s', (_name, make) => {
  it('tells each listener once, in order, and none that was taken out or that comes later', () => {
    const { signal, cancel } = make()
    const told: string[] = []
    const twice = (): void => void told.push('twice')
    const gone = (): void => void told.push('gone')
    const late = (): void => void told.push('taken out by another one')
    signal.addEventListener('abort', twice)
    signal.addEventListener('abort', twice)
    signal.addEventListener('abort', gone)
    signal.addEventListener('abort', () => {
      told.push('second')
      signal.removeEventListener('abort', late)
      signal.addEventListener('abort', () => void told.push('added too late'))
    })
    signal.addEventListener('abort', late)
    signal.removeEventListener('abort', gone)
    cancel('first')
    cancel('second')
    signal.addEventListener('abort', twice)
    expect(told).toEqual(['twice', 'second'])
    expect(signal).toMatchObject({ aborted: true, reason: 'first' })
  })

  it('has a reason to throw, its own where none is given', () => {
    const { signal, cancel } = make()
    signal.throwIfAborted()
    expect(signal).toMatchObject({ aborted: false, reason: undefined })
    cancel()
    expect(() => signal.throwIfAborted()).toThrow(expect.objectContaining({ name: 'AbortError' }))
  })
})

it('is one AbortSignal for all who need one, also after it was cancelled', () => {
  const cancellation = new Cancellation()
  const signal = abortSignalOf(cancellation)
  expect(abortSignalOf(cancellation)).toBe(signal)
  expect(abortSignalOf(signal)).toBe(signal)
  cancellation.cancel('why')
  expect(signal).toMatchObject({ aborted: true, reason: 'why' })
  const late = new Cancellation()
  late.cancel('before')
  expect(abortSignalOf(late)).toMatchObject({ aborted: true, reason: 'before' })
})

/** Node would print its suspicion of a leak, which a host takes for words of the sidecar. */
it.each<[string, StopSignal]>([
  ['never cancelled', NEVER],
  ['of a request that nobody waits for, to any number of servers', BRIEFLY.signal],
  ['made for many', controllerForMany().signal],
  ['one of several, made for many', forMany(AbortSignal.any([new AbortController().signal]))],
  [
    'of all installs',
    new Packages({
      stateDir: '/nowhere',
      configFile: '/nowhere',
      now: () => 0,
      inLock: () => ({ locked: undefined, isStrict: false, file: 'servers.lock' }),
      onInstalling: () => {},
    }).closed,
  ],
])('a signal that is %s may be listened to by many at once', async (_what, signal) => {
  const warnings: string[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  const listeners = Array.from({ length: 30 }, () => (): void => {})
  for (const listener of listeners) signal.addEventListener('abort', listener)
  for (const listener of listeners) signal.removeEventListener('abort', listener)
  await new Promise((resolve) => setImmediate(resolve))
  expect(warnings).toEqual([])
})
