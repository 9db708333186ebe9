/**
 * A store that is away while it is watched, for every store and every way of being away: what changed meanwhile is seen
 * within one interval of its return, and that it was away is told.
 */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import type { Store, WatchTrouble } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { onTestFinished, together } from '../together.ts'
import { until } from '../until.ts'
import { NAMES, RIGS, VALUE, type Name, useRigs } from './rigs.ts'

together()
useRigs()

const POLL_MS = 150
/** A request and its answer, on a busy machine. Who looked half as often after each miss would come after nine seconds. */
const SLACK_MS = 5000
const MISSES = 6
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Watching {
  /** When each change was seen. */
  readonly seen: readonly number[]
  readonly changes: () => number
  readonly troubles: (WatchTrouble | undefined)[]
}

/** Once a look has gone well: before it, what is there is taken for what was there. A busy machine may be too late for the first. */
async function watching(store: Store, path: string): Promise<Watching> {
  const seen: number[] = []
  const troubles: (WatchTrouble | undefined)[] = []
  const stop = store.watch?.(
    [{ path }],
    () => seen.push(performance.now()),
    (trouble) => troubles.push(trouble),
  )
  onTestFinished(() => stop?.())
  await until(() => troubles.includes(undefined), 'a look that goes well')
  return { seen, changes: () => seen.length, troubles }
}

const AWAY: readonly [what: string, kind: string, code: (name: Name) => string][] = [
  ['failing', 'broken', () => 'unavailable'],
  ['closing connections', 'drop', () => 'unavailable'],
  ['a login page', 'html', () => 'unavailable'],
  ['refusing its login', 'expired', (name) => (name === 'vault' ? 'denied' : 'auth')],
  ['denying', 'denied', () => 'denied'],
]

describe.concurrent.each(NAMES)('%s', (name) => {
  test.concurrent.for(AWAY)(
    '%s for a few looks: told, and its change is seen within one interval of its return',
    async ([, kind, code], { expect }) => {
      const rig = await RIGS[name](0, POLL_MS)
      onTestFinished(rig.close)
      const { store, server, path, on } = rig
      const { seen, troubles } = await watching(store, path)
      server.fail(kind, { on })
      await expect.poll(() => troubles.at(-1)?.times ?? 0).toBeGreaterThanOrEqual(MISSES)
      expect(troubles.at(-1)?.error.code).toBe(code(name))
      rig.set('second-value-0123456789')
      expect(seen).toEqual([])
      server.heal()
      const backAt = performance.now()
      await expect.poll(() => seen.length).toBe(1)
      expect((seen[0] ?? 0) - backAt).toBeLessThan(POLL_MS + SLACK_MS)
      await expect.poll(() => troubles.at(-1)).toBeUndefined()
    },
  )

  test.concurrent('one taken away is told, and seen within one interval of its return', async ({
    expect,
  }) => {
    const rig = await RIGS[name](0, POLL_MS)
    onTestFinished(rig.close)
    const { seen, changes, troubles } = await watching(rig.store, rig.path)
    rig.unset()
    await expect.poll(() => troubles.at(-1)?.times ?? 0).toBeGreaterThanOrEqual(MISSES)
    expect(troubles.at(-1)?.error.code).toBe('not_found')
    expect(changes()).toBe(0)
    rig.set('second-value-0123456789')
    const backAt = performance.now()
    await expect.poll(changes).toBe(1)
    expect((seen[0] ?? 0) - backAt).toBeLessThan(POLL_MS + SLACK_MS)
    await expect.poll(() => troubles.at(-1)).toBeUndefined()
  })

  test.concurrent('two servers that use one secret ask once, and both are told', async ({ expect }) => {
    const rig = await RIGS[name](0, POLL_MS)
    onTestFinished(rig.close)
    const both = await Promise.all([watching(rig.store, rig.path), watching(rig.store, rig.path)])
    await pause(2 * POLL_MS)
    const before = rig.server.count(rig.on)
    await pause(4 * POLL_MS)
    expect(rig.server.count(rig.on) - before).toBeLessThanOrEqual(5)
    rig.server.fail('denied', { on: rig.on })
    for (const { troubles } of both) await expect.poll(() => troubles.at(-1)?.times ?? 0).toBeGreaterThan(1)
    rig.server.heal()
    rig.set('second-value-0123456789')
    for (const { changes } of both) await expect.poll(changes).toBe(1)
  })
})

describe.concurrent('files', () => {
  type Kind = 'file' | 'dotenv'
  const text = (kind: Kind, value: string): string => (kind === 'file' ? value : `TOKEN=${value}\n`)

  async function rig(kind: Kind): Promise<Watching & { dir: string; file: string }> {
    const dir = await mkdtemp(join(tmpdir(), 'sidemux-away-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    const within = join(dir, 'secrets')
    const file = join(within, kind === 'file' ? 'TOKEN' : '.env')
    await mkdir(within)
    await writeFile(file, text(kind, VALUE))
    const options = kind === 'file' ? { type: kind, path: within } : { type: kind, path: file }
    const context = { environment: 'dev', baseDir: dir, env: {}, pollMs: POLL_MS }
    const watched = await watching(await openStore('disk', options, context), 'TOKEN')
    return { ...watched, dir, file }
  }

  test.for<Kind>(['file', 'dotenv'])(
    '%s: its directory removed and made again, and again',
    async (kind, { expect }) => {
      const { dir, file, changes, troubles } = await rig(kind)
      for (const [at, value] of ['second-value-01', 'third-value-012'].entries()) {
        await rm(join(dir, 'secrets'), { recursive: true })
        await expect.poll(() => troubles.at(-1)?.times ?? 0).toBeGreaterThanOrEqual(MISSES)
        expect(troubles.at(-1)?.error.code).toBe('not_found')
        await mkdir(join(dir, 'secrets'))
        await writeFile(file, text(kind, value))
        await expect.poll(changes, { interval: 10 }).toBe(at + 1)
        await expect.poll(() => troubles.at(-1)).toBeUndefined()
      }
    },
  )

  test.for<Kind>(['file', 'dotenv'])(
    '%s: replaced by a link, whose end is then replaced',
    async (kind, { expect }) => {
      const { dir, file, changes } = await rig(kind)
      await mkdir(join(dir, 'secrets', 'a'))
      await mkdir(join(dir, 'secrets', 'b'))
      await writeFile(join(dir, 'secrets', 'a', 'it'), text(kind, 'second-value-01'))
      await writeFile(join(dir, 'secrets', 'b', 'it'), text(kind, 'third-value-012'))
      for (const [at, to] of ['a', 'b'].entries()) {
        await symlink(join(dir, 'secrets', to, 'it'), join(dir, 'link'))
        await rename(join(dir, 'link'), file)
        await expect.poll(changes).toBe(at + 1)
      }
      await writeFile(join(dir, 'secrets', 'b', 'new'), text(kind, 'fourth-value-01'))
      await rename(join(dir, 'secrets', 'b', 'new'), join(dir, 'secrets', 'b', 'it'))
      await expect.poll(changes).toBe(3)
    },
  )
})
