/** `sidemux secrets policy`: which servers, which format, and what stands beside the policies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { secrets } from '../../src/commands/secrets/dispatch.ts'
import type { SecretsOptions } from '../../src/commands/secrets/options.ts'

const YAML = `version: 1
environment: prod
secrets:
  team: { type: vault, address: "\${env:ADDR}", kvVersion: 2, prefix: "{environment}_", auth: { method: token, token: "\${env:T}" } }
  cloud: { type: aws-sm, region: eu-west-1 }
  box: { type: dotenv, path: .env }
servers:
  a: { command: x, env: { A: "\${team:/a}" } }
  b: { command: x, env: { A: "\${team:/b}", B: "\${cloud:db}" } }
  c: { command: x, auth: { team: { method: approle, roleId: r } }, env: { A: "\${team:/c}" } }
  d: { command: x, env: { A: "\${box:D}" } }
  e: { command: x, environments: [dev], env: { A: "\${team:/e}" } }
`

async function run(given: Partial<SecretsOptions>, yaml = YAML): Promise<{ stdout: string; stderr: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-policy-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'servers.yaml'), yaml)
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const options = { path: join(dir, 'servers.yaml'), json: false, write: false, ...given }
  await secrets(['policy'], options, { stdin, stdout, stderr, env: {}, cwd: dir, exit: () => undefined })
  const text = (stream: PassThrough): string => String(stream.read() ?? '')
  return { stdout: text(stdout), stderr: text(stderr) }
}

test('HCL: a part a server, comments that are comments, who shares a login, who needs nothing', async () => {
  const { stdout, stderr } = await run({ format: 'vault' })
  expect(stderr).toBe('')
  const said = stdout.split('\n').filter((line) => line.startsWith('#') || line.startsWith('path "secret'))
  expect(said).toEqual([
    '# a at store team',
    '# b has the same login, which so needs these rights too; a login of its own: auth: { team: … } of a',
    'path "secret/data/prod_a" {',
    '# b at store team',
    '# a has the same login, which so needs these rights too; a login of its own: auth: { team: … } of b',
    'path "secret/data/prod_b" {',
    '# c at store team (as c)',
    'path "secret/data/prod_c" {',
    '# d refers to nothing that a policy for vault could say',
  ])
})

test('a single JSON document stands alone, so that it can be sent as it is', async () => {
  const { stdout, stderr } = await run({ format: 'aws' })
  expect(JSON.parse(stdout)).toMatchObject({ Version: '2012-10-17' })
  expect(stderr).toMatch(/^# b at store cloud\n# .*KMS.*\n# replace <account-id>\n# a refers to nothing/)
})

test('--server and --json', async () => {
  const { stdout } = await run({ server: 'c', json: true })
  const [row, ...others] = JSON.parse(stdout) as Record<string, unknown>[]
  expect(others).toEqual([])
  expect(row).toMatchObject({ format: 'vault', server: 'c', store: 'team@c', notes: [], placeholders: [] })
  expect(row?.['policy']).toContain('path "secret/data/prod_c" {')
  const none = JSON.parse((await run({ server: 'd', format: 'gcp', json: true })).stdout) as unknown
  expect(none).toEqual([
    { format: 'gcp', server: 'd', store: null, policy: null, notes: [], placeholders: [] },
  ])
})

test('another environment has other servers and names', async () => {
  const { stdout } = await run({ format: 'vault', environment: 'dev', server: 'e' })
  expect(stdout).toContain('path "secret/data/dev_e" {')
})

test.each<[string, Partial<SecretsOptions>, RegExp, RegExp]>([
  ['several kinds of stores', {}, /several kinds: vault, aws/, /--format vault/],
  ['no store that has policies', { server: 'd' }, /no server refers/, /type infisical, vault/],
  [
    'a format that there is none of',
    { format: 'toml' },
    /no such format/,
    /infisical, vault, aws, azure, gcp/,
  ],
  ['a server that there is none of', { server: 'zzz' }, /no server "zzz"/, /there are a, b, c, d/],
  ['a server of another environment', { server: 'e' }, /no server "e"/, /./],
])('%s is told', async (_what, given, message, hint) => {
  await expect(run(given)).rejects.toMatchObject({
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
    exitCode: 2,
  })
})

test('--format belongs to no other action', async () => {
  const options = { json: false, write: false, format: 'aws' }
  const io = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    env: {},
    cwd: '/',
    exit: () => undefined,
  }
  await expect(secrets(['list'], options, io)).rejects.toThrow(
    '--format and --server belong to "secrets policy"',
  )
})
