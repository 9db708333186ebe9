/** What is kept of the servers' lists between runs: for whom, how much, and for how long. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { LastListed, type ListedAs } from '../../src/catalog/listed/last-listed.ts'
import type { Offers } from '../../src/upstream/messages/offer.ts'

const DAY = 24 * 3_600_000
const AS: ListedAs = { server: 'box', launchHash: 'l', circumstances: { environment: 'dev', told: {} } }

it('gives back what was kept, without its cache hints, as if it was said just now', async () => {
  const { open } = shelf()
  const listed = offers('look', { odd: [1, { $ref: '#' }], ['__proto__']: 1 })
  await open().keep(AS, {
    ...listed,
    cache: { tools: { ttlMs: 5, cacheScope: 'public' } },
    instructions: 'Hi.',
  })
  expect(open().get(AS)?.offers).toEqual({ ...listed, instructions: 'Hi.' })
  expect(Date.now() - (open().get(AS)?.at ?? 0)).toBeLessThan(DAY)
})

it.each<[string, Partial<ListedAs>]>([
  ['another server', { server: 'tub' }],
  ['another launch', { launchHash: 'other' }],
  ['another environment', { circumstances: { environment: 'prod', told: {} } }],
  ['a client that can do more', { circumstances: { environment: 'dev', told: { roots: {} } } }],
])('is not for %s', async (_what, other) => {
  const { open } = shelf()
  await open().keep(AS, offers('look'))
  expect(open().get({ ...AS, ...other })).toBeUndefined()
})

it.each<[string, (file: string) => void]>([
  ['half of it', (file) => writeFileSync(file, readFileSync(file).subarray(0, 200))],
  ['nothing', (file) => writeFileSync(file, '')],
  ['something else', (file) => writeFileSync(file, '{"version":2}')],
  ['deeper than anybody reads', (file) => writeFileSync(file, '['.repeat(100_000))],
  ['more than is read', (file) => writeFileSync(file, ' '.repeat(3 * 1024 * 1024))],
  [
    'that of another server',
    (file) => writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"box"', '"tub"')),
  ],
  ['a directory', (file) => (rmSync(file), mkdirSync(file))],
  ['a link', (file) => (rmSync(file), symlinkSync('/etc/hostname', file))],
])('%s in its place is as if there was none, and a warning', async (_what, damage) => {
  const { open, dir, files, warnings } = shelf()
  await open().keep(AS, offers('look'))
  const [name = ''] = files()
  damage(join(dir, 'listed', name))
  expect(open().get(AS)).toBeUndefined()
  expect(warnings).toEqual([expect.stringContaining('is not used')])
})

it('is not for another servers.yaml, and for people the newest of a launch counts', async () => {
  const { open, age } = shelf()
  const able = { ...AS, circumstances: { told: { roots: {} } } }
  await open().keep(AS, offers('look'))
  age(DAY)
  await open().keep(able, offers('write'))
  expect(open('/other/servers.yaml').get(AS)).toBeUndefined()
  expect(open('/other/servers.yaml').latest('box', 'l')).toBeUndefined()
  expect(open().latest('box', 'other')).toBeUndefined()
  expect(open().latest('box', 'l')?.offers.tools).toMatchObject([{ name: 'write' }])
})

it('says when it was listed last, also where it lists the same again', async () => {
  const { open, age } = shelf()
  const one = open()
  await one.keep(AS, offers('look'))
  age(3 * DAY)
  expect(Date.now() - (open().get(AS)?.at ?? 0)).toBeGreaterThan(2 * DAY)
  await one.keep(AS, offers('look'))
  expect(Date.now() - (open().get(AS)?.at ?? 0)).toBeLessThan(DAY)
})

it('takes out what became a secret since, whoever it was listed for, and stays as old as it is', async () => {
  const { open, age } = shelf()
  const able = { ...AS, circumstances: { told: { roots: {} } } }
  for (const as of [AS, able]) await open().keep(as, offers('look', { description: 'sekrit' }))
  age(3 * DAY)
  await open().mask((listed) => ({ ...listed, tools: offers('look', { description: 'masked' }).tools }))
  for (const as of [AS, able]) {
    const { offers: listed, at = 0 } = open().get(as) ?? {}
    expect(listed?.tools).toMatchObject([{ description: 'masked' }])
    expect(Date.now() - at).toBeGreaterThan(2 * DAY)
  }
})

it('keeps nothing for a host that tells of itself what has no canonical form, and goes on', async () => {
  const { open } = shelf()
  const odd = { ...AS, circumstances: { told: { sampling: { tools: { x: '\ud800' } } } } }
  await open().keep(odd, offers('look'))
  expect(open().get(odd)).toBeUndefined()
})

it('keeps no listing that is too large, nor what was there before it', async () => {
  const { open, files, warnings } = shelf()
  await open().keep(AS, offers('look'))
  await open().keep(AS, offers('look', { description: 'x'.repeat(3 * 1024 * 1024) }))
  expect([files(), warnings]).toEqual([[], [expect.stringContaining('larger than')]])
})

it('sweeps what is of no server here, too old, too much, or was never finished, and nothing of others', async () => {
  const { open, dir, age, files } = shelf()
  const keepAs = async (one: Partial<ListedAs>): Promise<void> =>
    open().keep({ ...AS, ...one }, offers('look'))
  await keepAs({ launchHash: 'old' })
  await open('/other/servers.yaml').keep({ ...AS, server: 'old' }, offers('look'))
  writeFileSync(join(dir, 'listed', 'x.json.0011.tmp'), '')
  writeFileSync(join(dir, 'listed', 'README'), 'not ours')
  age(31 * DAY)
  for (let launch = 0; launch < 10; launch += 1) await keepAs({ launchHash: `l${launch}` })
  await keepAs({ server: 'gone' })
  await open('/other/servers.yaml').keep({ ...AS, server: 'gone' }, offers('look'))
  await open().sweep(new Set(['box']), Date.now())
  const left = files().map((name) => name.split('-').slice(1, -2).join('-'))
  expect(left.toSorted()).toEqual(['', ...Array.from({ length: 8 }, () => 'box'), 'gone'])
})

function offers(name: string, more: Record<string, unknown> = {}): Offers {
  return {
    tools: [{ name, ...more }],
    prompts: [],
    resources: [],
    templates: [],
    capabilities: {},
    cache: {},
  }
}

function shelf() {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-listed-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const warnings: string[] = []
  const files = (): string[] => readdirSync(join(dir, 'listed'))
  return {
    dir,
    files,
    warnings,
    open: (config = '/home/servers.yaml') => new LastListed(dir, config, (text) => warnings.push(text)),
    /** All that is there now is older by this. */
    age: (ms: number): void => {
      const then = new Date(Date.now() - ms)
      for (const name of files()) utimesSync(join(dir, 'listed', name), then, then)
    },
  }
}
