/** `secrets policy` where an entry is wrong: the others get theirs, and the one is told (promise 1). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { policy } from '../../src/commands/secrets/policy.ts'

async function run(server?: string): Promise<{ out: string; err: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-policy-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const yaml = [
    'version: 1',
    'secrets: { team: { type: vault, kvVersion: 2, address: "https://vault.example.com", auth: { method: token, token: x } } }',
    'servers:',
    '  good: { command: x, env: { A: "${team:/app#key}" } }',
    '  odd: { comand: x }',
  ].join('\n')
  writeFileSync(join(dir, 'servers.yaml'), yaml, { mode: 0o600 })
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  await policy(
    { ...(server !== undefined && { server }), json: false, write: false },
    { stdout, stderr, stdin: new PassThrough(), env: {}, cwd: dir, exit: () => undefined },
  )
  return { out: String(stdout.read()), err: String(stderr.read()) }
}

test('the policy of the others is printed, and what is wrong with the odd one is told beside it', async () => {
  const { out, err } = await run()
  expect(out).toContain('secret/data/app')
  expect(err).toMatch(/^kept down: odd\n.*unknown key "comand"/)
})

test('the odd one itself has none', async () => {
  await expect(run('odd')).rejects.toThrow(/"odd" is kept down/)
})
