/** The library of token formats asks nobody, and is behind an import that is made on use. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { GITHUB } from './support.ts'

test('check finds a token by it, and asks nobody', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-lazy-'))
  try {
    writeFileSync(
      join(dir, 'servers.yaml'),
      `version: 1\nservers: { a: { command: x, env: { CFG: ${GITHUB} } } }\n`,
      { mode: 0o600 },
    )
    const choice = { env: {}, cwd: dir }
    const { checkConfig } = await import('../../../src/commands/check.ts')

    const dials = [
      vi.spyOn(net.Socket.prototype, 'connect'),
      vi.spyOn(http, 'request'),
      vi.spyOn(globalThis, 'fetch'),
    ]
    const stdout = new PassThrough()
    expect(await checkConfig({}, { ...choice, stdout })).toBe(0)
    expect(String(stdout.read())).toContain('a GitHub token')
    for (const dial of dials) expect(dial).not.toHaveBeenCalled()
  } finally {
    vi.restoreAllMocks()
    rmSync(dir, { recursive: true })
  }
})

test('one file of src/ names it, behind an import that is made on use', () => {
  const src = resolve(import.meta.dirname, '../../../src')
  const naming = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && readFileSync(join(src, file), 'utf8').includes("'@secretlint/"),
  )
  expect(naming).toEqual([join('secrets', 'tokens', 'find.ts')])
  expect(readFileSync(join(src, naming[0] ?? ''), 'utf8')).not.toMatch(/^import .*@secretlint/m)
})
