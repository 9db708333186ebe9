/** What the next start learns from the ledger of a clerk that was killed (promise 8). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Ledger, orphans } from '../../../src/secrets/leases/ledger.ts'

const held = { held: 'lease-1', store: 'team', path: '/db', server: 'pg', at: '2026-01-01T00:00:00Z' }

/** As if the process that wrote it had been killed. */
function leftBehind(environment: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-ledger-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  new Ledger(dir, { config: '/servers.yaml', environment }, 0).enter(held)
  const dead = spawnSync(process.execPath, ['--version']).pid
  for (const name of readdirSync(dir)) {
    const text = readFileSync(join(dir, name), 'utf8').replace(`"pid":${process.pid}`, `"pid":${dead}`)
    writeFileSync(join(dir, name), text)
    renameSync(join(dir, name), join(dir, name.replace(String(process.pid), String(dead))))
  }
  return dir
}

it('names the environment, because a lease of prod is not to be looked for in dev', () => {
  expect([...orphans(leftBehind('prod'), '/servers.yaml').values()]).toEqual([
    { environment: 'prod', held: [held] },
  ])
})

it('is not of another servers.yaml', () => {
  expect(orphans(leftBehind('prod'), '/other.yaml').size).toBe(0)
})
