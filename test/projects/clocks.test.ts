/** What a price is bounded by in a unit test is work (test/work.ts) and no clock: a busy machine fails those. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const TESTS = resolve(import.meta.dirname, '..')
const CLOCKED = /expect\((?:performance|Date)\.now\(\) - \w+\)\.toBeLessThan/g

/** How often each shows that a wait ends long before another would; there nothing works meanwhile. */
const WAITS: Readonly<Record<string, number>> = {
  'secrets/infisical-traps.test.ts': 2,
  'secrets/resolve.test.ts': 2,
  'secrets/watch-away.test.ts': 1,
}

it('no clock says what a computation may cost', () => {
  const counts = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[^.]+\.test\.ts$/.test(path))
    .map(
      (path) =>
        [
          path.replaceAll('\\', '/'),
          [...readFileSync(join(TESTS, path), 'utf8').matchAll(CLOCKED)].length,
        ] as const,
    )
    .filter(([, count]) => count > 0)
  expect(Object.fromEntries(counts)).toEqual(WAITS)
})
