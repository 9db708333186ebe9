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
import { Ledger, orphans, settleLedger } from '../../../src/secrets/leases/ledger.ts'
import type { Holder } from '../../../src/state/holder.ts'

const held = { held: 'lease-1', store: 'team', path: '/db', server: 'pg', at: '2026-01-01T00:00:00Z' }
const dead = spawnSync(process.execPath, ['--version']).pid
const OF = { config: '/servers.yaml', environment: 'prod' }

function place(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-ledger-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** As if another process had written it, which is gone, or in another container. */
function leftBehind(owner: Partial<Holder> = { pid: dead }, ageMs = 0): string {
  const dir = place()
  const ledger = new Ledger(dir, OF, 0)
  onTestFinished(() => ledger.close())
  ledger.enter(held)
  for (const name of readdirSync(dir)) {
    const file = join(dir, name)
    const [first = '', ...rest] = readFileSync(file, 'utf8').trim().split(/\n+/)
    const changed = JSON.stringify({ ...(JSON.parse(first) as Holder), ...owner })
    writeFileSync(file, [changed, ...rest].join('\n'))
    utimesSync(file, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs))
  }
  return dir
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
  settleLedger(join(dir, name), ['lease-1', 'lease-2'], 2)
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
  settleLedger(file, ['lease-1'], 1)
  settleLedger(file, ['lease-1'], 2)
  expect(readdirSync(dir)).toEqual([])
})

it('a line behind one of which a full disk took only half is read', () => {
  const dir = leftBehind()
  const [file = ''] = orphans(dir, '/servers.yaml').keys()
  appendFileSync(file, '\n{"held":"lease-0","sto')
  const line = readFileSync(file, 'utf8')
  expect(line.endsWith('"sto')).toBe(true)
  settleLedger(file, ['lease-1'], 3)
  expect([...orphans(dir, '/servers.yaml').values()][0]?.held).toEqual([])
})
