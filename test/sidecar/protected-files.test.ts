/** What no confined server sees (promise 2): the files of stores, also those of other environments. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { RefusedPlaces } from '../../src/egress/refused-places.ts'
import { confinementOf } from '../../src/sidecar/children/confinement.ts'

test("a store's files of every environment are protected", () => {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-protected-'))
  try {
    for (const name of ['.env.dev', '.env.production', '.env.dev.bak', 'notes.md', 'servers.yaml'])
      writeFileSync(join(dir, name), '')
    const config = {
      file: join(dir, 'servers.yaml'),
      dir,
      environment: 'dev',
      stores: new Map([['local', { type: 'dotenv', path: '.env.{environment}' }]]),
    } as unknown as Config
    const confinement = confinementOf({
      config: () => config,
      stateDir: join(dir, 'state'),
      env: {},
      refused: new RefusedPlaces(() => undefined),
    })
    expect(confinement.protect()).toEqual(
      expect.arrayContaining(
        ['servers.yaml', '.env.dev', '.env.production', '.env.dev.bak'].map((name) => join(dir, name)),
      ),
    )
    expect(confinement.protect()).not.toContain(join(dir, 'notes.md'))
  } finally {
    rmSync(dir, { recursive: true })
  }
})
