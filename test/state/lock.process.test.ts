/** The lock of what lies in the state directory: one at a time, nobody waits for the dead, and who was late learns it. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Claim, lastClaim, LostLock } from '../../src/state/claim.ts'
import { thisProcess, type Holder } from '../../src/state/holder.ts'
import { LockBusy, withLock, withLockSync } from '../../src/state/lock.ts'
import { createFile } from '../../src/state/replace.ts'

const QUICK = { waitMs: 400, staleMs: 150 }
const dead = spawnSync(process.execPath, ['--version']).pid

interface Place {
  readonly state: string
  readonly file: string
  /** The files of the lock and of rights to write. */
  readonly left: () => string[]
  readonly leave: (text: string, ageMs?: number) => void
}

function place(): Place {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-lock-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  for (const name of ['room', 'locks']) mkdirSync(join(state, name))
  const lock = join(state, 'locks', 'room-file.7')
  return {
    state,
    file: join(state, 'room', 'file'),
    left: () => [...readdirSync(join(state, 'locks')), ...readdirSync(join(state, 'room'))],
    leave(text, ageMs = 0) {
      writeFileSync(lock, text)
      utimesSync(lock, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs))
    },
  }
}

function claim(file: string, number: number): Claim {
  const made = Claim.make(file, number)
  if (made === undefined) throw new Error('somebody else was faster')
  return made
}

/**
 * Gives signs of life. The clock by which they are waited for passes with them only: on a busy machine all of this process may
 * stand still for longer than a holder may be silent.
 */
function livesOn(sign = (): void => undefined): void {
  vi.useFakeTimers({ toFake: ['performance'] })
  const everyMs = Math.floor(QUICK.staleMs / 4)
  const alive = setInterval(() => {
    sign()
    vi.advanceTimersByTime(everyMs)
  }, everyMs)
  onTestFinished(() => {
    clearInterval(alive)
    vi.useRealTimers()
  })
}

const holder = (but: Partial<Holder>): string => JSON.stringify({ ...thisProcess(), ...but })
const HOUR = 3_600_000

it.each([
  ['a killed process', holder({ pid: dead }), 0],
  ['a process whose id another one has by now', holder({ began: '1' }), 0],
  ['a process killed while it wrote', '', 0],
  ['a process killed while it wrote, long ago', '', HOUR],
  ['nobody knows whom', 'not a pid', 0],
  ['nobody knows whom: half of it', holder({}).slice(0, 20), 0],
  ['nobody knows whom: another shape', '{"pid":-1}', 0],
  ['nobody knows whom: bytes', '\0\0\0\0', 0],
  ['a process of another container, long ago', holder({ namespace: 'pid:[1]' }), HOUR],
  ['a process of another container, who gives no sign of life', holder({ namespace: 'pid:[1]' }), 0],
  ['a process of another container, whose clock is ahead', holder({ namespace: 'pid:[1]' }), -HOUR],
  ['a living process that may be another one, long ago', holder({ began: '' }), HOUR],
  ['a living process that is suspended', holder({}), 0],
])('left by %s, is taken over, and leaves nothing behind', async (_whose, text, ageMs) => {
  const sync = place()
  sync.leave(text, ageMs)
  expect(withLockSync(sync.file, QUICK, (held) => held.replace('sync'))).toBeUndefined()
  const { file, left, leave } = place()
  leave(text, ageMs)
  await withLock(file, QUICK, async (held) => held.replace('async'))
  expect([readFileSync(sync.file, 'utf8'), readFileSync(file, 'utf8')]).toEqual(['sync', 'async'])
  expect(left()).toEqual(['room-file.8', 'file'])
})

const ODD: readonly (readonly [string, (path: string) => void])[] = [
  ['a directory', (path) => mkdirSync(path)],
  ['a directory with something in it', (path) => mkdirSync(join(path, 'more'), { recursive: true })],
  ['a link that leads nowhere', (path) => symlinkSync(join(path, 'nowhere'), path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  ['a link to a directory', (path) => symlinkSync(tmpdir(), path)],
  ['a pipe that nobody writes to', (path) => void spawnSync('mkfifo', [path])],
  ['a file of 3 GB', (path) => (writeFileSync(path, ''), truncateSync(path, 3_000_000_000))],
]

it
  .skipIf(process.platform === 'win32')
  .each(
    ODD.flatMap(([what, make]) =>
      [
        'locks/room-file.7',
        'locks/room-file.6',
        'locks/room-file.3.0123456789ab.tmp',
        'room/file.0123456789abcdef.next',
      ].map((name) => [what, name, make] as const),
    ),
  )('%s in the place of %s keeps nobody out', (_what, name, make) => {
  const { state, file } = place()
  make(join(state, name))
  withLockSync(file, QUICK, (held) => held.replace('written'))
  expect(readFileSync(file, 'utf8')).toBe('written')
})

it('is judged by the clock of the file system: who has another one takes it from nobody who works', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR })
  onTestFinished(() => void vi.useRealTimers())
  const { file, state, leave } = place()
  const draft = join(state, 'locks', 'room-file.9.0123456789ab.tmp')
  writeFileSync(draft, '')
  const lasts = join(state, 'locks', 'room-file.7')
  for (const but of [{ namespace: 'pid:[1]' }, { began: '' }]) {
    writeFileSync(lasts, holder(but))
    expect(() => withLockSync(file, { waitMs: 60, staleMs: 1000 }, () => 'in')).toThrow(LockBusy)
  }
  leave(holder({ pid: dead }))
  withLockSync(file, QUICK, (held) => held.replace('written'))
  expect(existsSync(draft)).toBe(true)
})

it.each([
  ['elsewhere', { namespace: 'pid:[1]' }, HOUR],
  ['elsewhere', { namespace: 'pid:[1]' }, -HOUR],
  ['here', {}, HOUR],
  ['here', {}, -HOUR],
])(
  'is not taken from who works %s, though the clock was set since its last sign of life',
  async (_where, but, ms) => {
    const { file, leave, state } = place()
    leave(holder(but), ms)
    const lock = join(state, 'locks', 'room-file.7')
    livesOn(() => utimesSync(lock, new Date(), new Date()))
    await expect(withLock(file, QUICK, async () => 'in')).rejects.toThrow(LockBusy)
  },
)

it('a holder who works says so by the same clock', () => {
  const { file, state } = place()
  const own = claim(file, 1)
  const lock = join(state, 'locks', 'room-file.1')
  utimesSync(lock, new Date(0), new Date(0))
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - HOUR })
  onTestFinished(() => void vi.useRealTimers())
  const { holder: before } = lastClaim(file)
  own.refresh()
  expect(lastClaim(file)).toMatchObject({ number: 1, holder: before })
  expect(lastClaim(file).changedMs).toBeGreaterThan(Date.now() + HOUR / 2)
})

it('is not taken from a holder who works, however long, and who waits is told who has it', async () => {
  const { file } = place()
  const busy = await withLock(file, QUICK, async () => {
    livesOn()
    return withLock(file, QUICK, async () => 'in').catch((error: unknown) => error)
  })
  expect(busy).toBeInstanceOf(LockBusy)
  expect(busy).toMatchObject({ code: 'EBUSY', holder: `process ${process.pid}` })
  expect(withLockSync(file, QUICK, () => 'free again')).toBe('free again')
})

it('is given back also when the work fails, and passes the failure on', async () => {
  const { file } = place()
  await expect(withLock(file, QUICK, () => Promise.reject(new Error('of the work')))).rejects.toThrow(
    'of the work',
  )
  expect(() => withLockSync(file, QUICK, () => JSON.parse('{') as unknown)).toThrow(SyntaxError)
  expect(withLockSync(file, QUICK, () => 'in')).toBe('in')
})

it('of a number that is taken can be had by nobody else', () => {
  const { file } = place()
  expect(Claim.make(file, 1)).toBeDefined()
  expect(Claim.make(file, 1)).toBeUndefined()
})

it('of a number that was taken and cleared away long ago is none', () => {
  const { file } = place()
  claim(file, 1)
  const second = claim(file, 2)
  expect(Claim.make(file, 1)).toBeUndefined()
  second.replace('the second')
  expect(readFileSync(file, 'utf8')).toBe('the second')
})

it('a holder who was passed by can not write over what is newer, nor give back what is not its own', () => {
  const { file } = place()
  const late = claim(file, 1)
  const next = claim(file, 2)
  expect(() => late.check()).toThrow(LostLock)
  expect(() => late.replace('old')).toThrow(LostLock)
  expect(existsSync(file)).toBe(false)
  next.replace('new')
  expect(() => late.replace('old')).toThrow(LostLock)
  late.refresh()
  late.release()
  expect(lastClaim(file)).toMatchObject({ number: 2, holder: { pid: process.pid } })
  next.replace('newer')
  next.release()
  expect(lastClaim(file)).toMatchObject({ number: 2, holder: undefined })
  expect(readFileSync(file, 'utf8')).toBe('newer')
})

it('who wrote before it was passed by has written', () => {
  const { file } = place()
  const early = claim(file, 1)
  early.replace('early')
  const next = claim(file, 2)
  expect(readFileSync(file, 'utf8')).toBe('early')
  expect(() => early.replace('again')).toThrow(LostLock)
  next.release()
})

it('one who lost it begins anew, on what there is by then', async () => {
  const { file } = place()
  writeFileSync(file, 'a')
  const seen: string[] = []
  await withLock(file, QUICK, async (held) => {
    const text = readFileSync(file, 'utf8')
    seen.push(text)
    if (seen.length === 1) {
      const other = claim(file, 2)
      other.replace(`${text}b`)
      other.release()
    }
    held.replace(`${text}c`)
  })
  expect(seen).toEqual(['a', 'ab'])
  expect(readFileSync(file, 'utf8')).toBe('abc')
})

it('what a killed writer had begun is cleared away, and what others of the room have is not', () => {
  const { state, file, left } = place()
  const old = join(state, 'locks', 'room-file.3.0123456789ab.tmp')
  writeFileSync(old, '')
  utimesSync(old, new Date(0), new Date(0))
  writeFileSync(join(state, 'room', 'file.0123456789abcdef.next'), 'half')
  writeFileSync(join(state, 'room', 'file-2.0123456789abcdef.next'), 'of another file')
  writeFileSync(join(state, 'locks', 'room-file-2.4'), '')
  withLockSync(file, QUICK, (held) => held.replace('whole'))
  expect(left().toSorted()).toEqual(['file', 'file-2.0123456789abcdef.next', 'room-file-2.4', 'room-file.1'])
})

it('a file is made once, whole, and the one that is there stays', () => {
  const { file, left } = place()
  expect(createFile(file, 'first', true)).toBe(true)
  expect(createFile(file, 'second', true)).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('first')
  expect(left()).toEqual(['file'])
})
