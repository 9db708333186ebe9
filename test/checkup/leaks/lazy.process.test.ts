/** The library of token formats is loaded by who checks or migrates, and never by `serve`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { GITHUB } from './support.ts'

const loaded = vi.hoisted(() => vi.fn())

vi.mock('@secretlint/core', async (original) => {
  loaded()
  return original()
})

vi.mock('@secretlint/secretlint-rule-preset-recommend', async (original) => {
  loaded()
  return original()
})

test('only check loads it, once, and it asks nobody', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-lazy-'))
  try {
    writeFileSync(
      join(dir, 'servers.yaml'),
      `version: 1\nservers: { a: { command: x, env: { CFG: ${GITHUB} } } }\n`,
      { mode: 0o600 },
    )
    const choice = { env: {}, cwd: dir }
    await import('../../../src/commands/serve.ts')
    const { requireConfig } = await import('../../../src/config/load.ts')
    const { Sidecar } = await import('../../../src/sidecar/sidecar.ts')
    expect([typeof Sidecar, (await requireConfig(choice)).servers.length]).toEqual(['function', 1])
    const { checkConfig } = await import('../../../src/commands/check.ts')
    expect(loaded).not.toHaveBeenCalled()

    const dials = [
      vi.spyOn(net.Socket.prototype, 'connect'),
      vi.spyOn(http, 'request'),
      vi.spyOn(globalThis, 'fetch'),
    ]
    for (const _ of [1, 2]) {
      const stdout = new PassThrough()
      expect(await checkConfig({}, { ...choice, stdout })).toBe(0)
      expect(String(stdout.read())).toContain('a GitHub token')
    }
    expect(loaded).toHaveBeenCalledTimes(2)
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
