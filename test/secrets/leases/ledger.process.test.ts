/** What the next start learns from the ledger of a clerk that was killed (promise 8). */
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Ledger } from '../../../src/secrets/leases/ledger.ts'
import type { Held, SettledLease } from '../../../src/secrets/leases/ledger-lines.ts'
import { collectSettled, orphans, settleLedgers } from '../../../src/secrets/leases/left-ledgers.ts'
import type { Holder } from '../../../src/state/holder.ts'

const held: Held = {
  held: 'lease-1',
  store: 'team',
  path: '/db',
  server: 'pg',
  at: '2026-01-01T00:00:00Z',
  expires: '2026-01-01T01:00:00Z',
}
const dead = spawnSync(process.execPath, ['--version']).pid
const OF = { config: '/servers.yaml', environment: 'prod' }

function place(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-ledger-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** As if another process had written it, which is gone, or in another container. */
function leftBehind(
  owner: Partial<Holder> = { pid: dead },
  ageMs = 0,
  write: (ledger: Ledger) => void = (ledger) => ledger.enter(held),
): string {
  const dir = place()
  const ledger = new Ledger(dir, OF, 0)
  onTestFinished(() => ledger.close())
  write(ledger)
  for (const name of readdirSync(dir)) {
    const file = join(dir, name)
    const [first = '', ...rest] = readFileSync(file, 'utf8').trim().split(/\n+/)
    const changed = JSON.stringify({ ...(JSON.parse(first) as Holder), ...owner })
    writeFileSync(file, [changed, ...rest].join('\n'))
    utimesSync(file, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs))
  }
  return dir
}

/** What the next start puts into its audit log. */
function told(dir: string): string[] {
  const found: SettledLease[] = []
  collectSettled(dir, '/servers.yaml', (settled) => found.push(...settled))
  return found.map(({ lease, outcome }) => `${lease.held} ${outcome}`)
}

it('names the environment, because a lease of prod is not to be looked for in dev', () => {
  expect([...orphans(leftBehind(), '/servers.yaml').values()]).toEqual([
    { environment: 'prod', held: [held] },
  ])
})

it('is not of another servers.yaml', () => {
  expect(orphans(leftBehind(), '/other.yaml').size).toBe(0)
})

it.each([
  ['of a clerk that lives', {}, 0, 0],
  ['of a clerk that lives, and was suspended', {}, 3_600_000, 0],
  ['of a clerk that is gone', { pid: dead }, 0, 1],
  ['of a clerk whose process id another one has by now', { began: '1' }, 0, 1],
  ['of a clerk in another container, who touches it', { pid: dead, namespace: 'pid:[1]' }, 30_000, 0],
  ['of a clerk in another container, who is gone', { pid: dead, namespace: 'pid:[1]' }, 300_000, 1],
])('%s, is orphaned only where nobody is behind it', (_whose, owner, ageMs, expected) => {
  expect(orphans(leftBehind(owner, ageMs), '/servers.yaml').size).toBe(expected)
})

it('that was taken away from a clerk that lives is made anew, with all that is open in it', () => {
  const dir = place()
  const ledger = new Ledger(dir, OF, 0)
  onTestFinished(() => ledger.close())
  ledger.enter(held)
  ledger.enter({ ...held, held: 'lease-2' })
  const [name = ''] = readdirSync(dir)
  rmSync(join(dir, name))
  expect(readdirSync(dir)).toEqual([])
  ledger.strike('lease-1')
  ledger.enter({ ...held, held: 'lease-3' })
  const file = join(dir, name)
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"pid":${process.pid}`, `"pid":${dead}`))
  const [orphan] = orphans(dir, '/servers.yaml').values()
  expect(orphan?.held.map((one) => one.held)).toEqual(['lease-2', 'lease-3'])
})

it('settled by another process meanwhile gets no lines that nobody owns', () => {
  const dir = leftBehind()
  const [file = ''] = orphans(dir, '/servers.yaml').keys()
  settleLedgers(file, 'lease-1', 'revoked')
  expect(told(dir)).toEqual(['lease-1 revoked'])
  settleLedgers(file, 'lease-1', 'gone')
  expect(readdirSync(dir)).toEqual([])
})

it('a line behind one of which a full disk took only half is read', () => {
  const dir = leftBehind()
  const [file = ''] = orphans(dir, '/servers.yaml').keys()
  appendFileSync(file, '\n{"held":"lease-0","sto')
  const line = readFileSync(file, 'utf8')
  expect(line.endsWith('"sto')).toBe(true)
  settleLedgers(file, 'lease-1', 'revoked')
  expect(orphans(dir, '/servers.yaml').size).toBe(0)
  expect(told(dir)).toEqual(['lease-1 revoked'])
})

it('tells once what was given back when nobody was there to hear of it, and is gone then', () => {
  const dir = leftBehind({ pid: dead }, 0, (ledger) => {
    ledger.enter(held)
    ledger.enter({ ...held, held: 'lease-2' })
    ledger.renew('lease-2', '2026-01-01T02:00:00Z')
    // The sidecar heard of the one and not of the other.
    ledger.strike('lease-1')
    ledger.strike('lease-2', 'revoked')
    ledger.strike('lease-2', 'revoked')
    ledger.close()
  })
  expect(orphans(dir, '/servers.yaml').size).toBe(0)
  const found: SettledLease[] = []
  collectSettled(dir, '/servers.yaml', (settled) => found.push(...settled))
  expect(found).toMatchObject([
    { lease: { held: 'lease-2', server: 'pg', expires: '2026-01-01T02:00:00Z' }, outcome: 'revoked' },
  ])
  expect(readdirSync(dir)).toEqual([])
  expect(told(dir)).toEqual([])
})

it('tells each try to give back what was left, until one comes to something', () => {
  const dir = leftBehind()
  const [file = ''] = orphans(dir, '/servers.yaml').keys()
  for (const outcome of ['failed', 'failed', 'gone']) {
    settleLedgers(file, 'lease-1', outcome)
    expect(told(dir)).toEqual([`lease-1 ${outcome}`])
    expect(told(dir)).toEqual([])
  }
  expect(readdirSync(dir)).toEqual([])
})

it('goes without a word when nothing is in it, and is left alone while its clerk lives', () => {
  const dir = leftBehind({ pid: dead }, 0, () => {})
  expect(told(dir)).toEqual([])
  expect(readdirSync(dir)).toEqual([])
  const ledger = new Ledger(dir, OF, 0)
  onTestFinished(() => ledger.close())
  ledger.enter(held)
  ledger.strike('lease-1', 'revoked')
  expect(told(dir)).toEqual([])
  expect(readdirSync(dir)).toHaveLength(1)
})
