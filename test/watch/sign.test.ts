/** Files that others change are seen to have changed, with the system's events and without them. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WatchedDirectory } from '../../src/watch/directory.ts'
import { LOOK_EVERY_MS, signOf, watchSign } from '../../src/watch/sign.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sidemux-sign-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const file = (): string => join(dir, 'a')
const write = (): void => writeFileSync(file(), 'longer than before')
const replace = (): void => {
  writeFileSync(join(dir, 'b'), 'one')
  renameSync(join(dir, 'b'), file())
}
const remove = (): void => rmSync(file())
const CHANGES: readonly [string, () => void][] = [
  ['it is written', write],
  ['another file is put in its place', replace],
  ['it is removed', remove],
]

describe('the sign of a file', () => {
  it.each(CHANGES)('is another one when %s', (_what, change) => {
    writeFileSync(file(), 'one')
    const before = signOf(file())
    expect(signOf(file())).toBe(before)
    change()
    expect(signOf(file())).not.toBe(before)
  })

  it('is an error of the system where nothing can be looked at', () => {
    expect(signOf(file())).toBe('ENOENT')
    writeFileSync(file(), '')
    expect(signOf(join(file(), 'b'))).toBe('ENOTDIR')
    expect(signOf('a\0b')).toBe('ERR_INVALID_ARG_VALUE')
  })
})

describe('without events', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))

  it.each(CHANGES)('a look tells once when %s', (_what, change) => {
    writeFileSync(file(), 'one')
    const onChange = vi.fn()
    // What is watched for events isn't there, so that only looks can tell.
    const stop = watchSign(join(dir, 'none', 'a'), 'file', onChange, () => signOf(file()))
    vi.advanceTimersByTime(LOOK_EVERY_MS)
    expect(onChange).not.toHaveBeenCalled()
    change()
    vi.advanceTimersByTime(3 * LOOK_EVERY_MS)
    expect(onChange).toHaveBeenCalledOnce()
    stop()
  })

  it('nothing is told once it is stopped', () => {
    const onChange = vi.fn()
    watchSign(file(), 'file', onChange)()
    write()
    vi.advanceTimersByTime(3 * LOOK_EVERY_MS)
    expect(onChange).not.toHaveBeenCalled()
  })
})

describe('an event of the system', () => {
  /** Resolves with the first event that `act` causes below `path`. */
  async function event(path: string, names: ReadonlySet<string> | undefined, act: () => void): Promise<void> {
    let directory: WatchedDirectory | undefined
    await new Promise<void>((resolve, reject) => {
      directory = new WatchedDirectory(path, resolve, names)
      directory.arm().then(act, reject)
    })
    directory?.close()
  }

  it.each([
    ['a file is written', write],
    ['another file is put in its place', replace],
  ])('comes when %s', async (_what, act) => event(dir, new Set(['a']), act))

  it('comes when anything appears, where no name is given', async () =>
    event(dir, undefined, () => mkdirSync(join(dir, 'x'))))

  it('comes when a directory appears that isn’t there yet', async () =>
    event(join(dir, 'x', 'y'), undefined, () => mkdirSync(join(dir, 'x'))))
})
