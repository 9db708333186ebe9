/** What bounds a price in a test is work (test/work.ts), and what bounds a wait is what else would have come: a busy machine fails a clock. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const TESTS = resolve(import.meta.dirname, '..')
const CLOCKED = /expect\((?:performance|Date)\.now\(\) - \w+\)\.toBeLessThan/g

it('no clock says what anything may take', () => {
  const counts = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map(
      (path) =>
        [
          path.replaceAll('\\', '/'),
          [...readFileSync(join(TESTS, path), 'utf8').matchAll(CLOCKED)].length,
        ] as const,
    )
    .filter(([, count]) => count > 0)
  expect(Object.fromEntries(counts)).toEqual({})
})
