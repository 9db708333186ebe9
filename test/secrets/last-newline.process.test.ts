/** The line break behind a token is nobody's; the one behind a PEM or an OpenSSH key belongs to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { readValue } from '../../src/commands/secrets/read-value.ts'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import { parseTemplate } from '../../src/secrets/reference.ts'
import { Resolver } from '../../src/secrets/resolve/resolve.ts'
import { openStores } from '../../src/secrets/stores/index.ts'

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq=\n-----END PRIVATE KEY-----'
const SSH = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'b3BlbnNzaC1r\n'.repeat(6)}-----END OPENSSH PRIVATE KEY-----`

const values: readonly (readonly [what: string, content: string, value: string])[] = [
  ['a token', 'ghp_0123456789\n', 'ghp_0123456789'],
  ['a token of Windows', 'ghp_0123456789\r\n', 'ghp_0123456789'],
  ['a token without', 'ghp_0123456789', 'ghp_0123456789'],
  ['a token behind a byte order mark', '\uFEFFghp_0123456789\n', 'ghp_0123456789'],
  ['one line of JSON', '{"a":"b"}\n', '{"a":"b"}'],
  ['a PEM', `${PEM}\n`, `${PEM}\n`],
  ['a PEM of Windows', `${PEM}\n`.replaceAll('\n', '\r\n'), `${PEM}\n`.replaceAll('\n', '\r\n')],
  ['a PEM without', PEM, PEM],
  ['two PEMs', `${PEM}\n${PEM}\n`, `${PEM}\n${PEM}\n`],
  ['an OpenSSH key', `${SSH}\n`, `${SSH}\n`],
  ['a JSON of several lines', '{\n  "a": "b"\n}\n', '{\n  "a": "b"\n}\n'],
]
const STORES: Readonly<Record<string, StoreOptions>> = {
  files: { type: 'file', path: '.' },
  program: { type: 'exec', command: ['cat', '{path}'] },
}

async function resolved(reference: string, content: string): Promise<string | undefined> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-newline-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'secret'), content)
  const env = { PATH: process.env['PATH'] }
  const context = { environment: undefined, baseDir: dir, env }
  const resolver = new Resolver({
    stores: await openStores(new Map(Object.entries(STORES)), context),
    env,
    baseDir: dir,
  })
  const parsed = parseTemplate(reference)
  if (!parsed.ok) throw new Error('no template')
  const { fields } = await resolver.resolve('srv', [{ field: 'T', template: parsed.template }])
  await resolver.close()
  return fields.get('T')?.secrets[0]?.reveal()
}

const places = ['${file:secret}', '${files:secret}', '${program:secret}']
it.each(places.flatMap((place) => values.map((value) => [place, ...value] as const)))(
  '%s: %s',
  async (place, _what, content, value) => {
    expect(await resolved(place, content)).toBe(value)
  },
)

it.each(values)('sidemux secrets set NAME < FILE: %s', async (_what, content, value) => {
  const stdin = new PassThrough()
  stdin.end(content)
  const io = {
    stdin,
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    env: {},
    cwd: '/',
    exit: () => undefined,
  }
  expect(await readValue('NAME', io)).toBe(value)
})
