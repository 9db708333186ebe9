/** Which file of an npm package is the server, as npx would choose it. */
import { expect, it } from 'vitest'
import { programOf, readManifest } from '../../src/packages/npm/program.ts'

it.each([
  ['the only one', { bin: 'main.js' }, undefined, 'main.js'],
  ['the only one by a name', { bin: { other: 'a.js' } }, undefined, 'a.js'],
  ['one file by two names', { bin: { one: 'a.js', two: 'a.js' } }, undefined, 'a.js'],
  ['of several that with the name of the package', { bin: { one: 'a.js', srv: 'b.js' } }, undefined, 'b.js'],
  ['none of several without that name', { bin: { one: 'a.js', two: 'b.js' } }, undefined, undefined],
  ['that which is named', { bin: { one: 'a.js', srv: 'b.js' } }, 'one', 'a.js'],
  ['none where the name is of no program', { bin: 'main.js' }, 'other', undefined],
  ['none where it has no program', {}, undefined, undefined],
])('%s', (_what, members, wanted, file) => {
  const manifest = readManifest(JSON.stringify({ name: '@scope/srv', version: '1.0.0', ...members }))
  if (manifest === undefined) throw new Error('no manifest')
  expect(programOf(manifest, wanted)).toBe(file)
})
