/**
 * What npm would publish: nothing that nobody needs, nothing missing, and no link that leads out of it. That it runs is shown
 * in e2e/package.process.test.ts, and on other Nodes by "npm run nodes".
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { linksOf } from '../docs/links.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const NEEDED =
  /^(?:dist\/.+\.c?js|dist\/(?:bundle\/lines|dashboard\/page)\.json|docs\/pictures\/.+\.(?:png|svg)|(?:package|servers\.schema)\.json|(?:README|CHANGELOG)\.md|LICENSE|THIRD-PARTY-LICENSES\.txt)$/

it('holds what runs or is read, and its documents name nothing that is not in it', () => {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json']
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' })) as [
    { files: { path: string }[]; unpackedSize: number },
  ]
  const files = packed.files.map(({ path }) => path)
  expect(files.length).toBeLessThanOrEqual(60)
  expect(packed.unpackedSize).toBeLessThan(8_000_000)
  expect(files.filter((file) => !NEEDED.test(file))).toEqual([])
  expect(files).toEqual(
    expect.arrayContaining(['dist/cli.js', 'LICENSE', 'README.md', 'servers.schema.json']),
  )
  const dead = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      linksOf(readFileSync(join(ROOT, file), 'utf8'))
        .map(({ target }) => target.split('#')[0] ?? '')
        .filter((target) => target !== '' && !/^(?:https?|mailto):/.test(target))
        .map((target) => posix.join(posix.dirname(file), target))
        .filter((target) => !files.includes(target)),
    )
  expect(dead).toEqual([])
})
