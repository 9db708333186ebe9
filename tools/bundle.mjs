// node tools/bundle.mjs, after tsc: puts the modules that a program of sidemux loads, and the packages that they load,
// into few files in dist/bundle (bundling.mjs).
//
// The single modules stay in dist for tests that load one of them. Those with which a program begins lead into the bundle,
// and only these and the bundle are published (`files` in package.json). The licences of the packages are in licences.mjs.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundled, DIST, PROGRAMS, ROOT } from './bundling.mjs'
import { inAscii, linesOf } from './finish.mjs'
import { writeLicences } from './licences.mjs'

const BUNDLE = join(DIST, 'bundle')
rmSync(BUNDLE, { recursive: true, force: true })
const chunks = await bundled('es')
mkdirSync(BUNDLE)
for (const { fileName, code } of chunks) writeFileSync(join(BUNDLE, fileName), inAscii(code))
writeFileSync(join(BUNDLE, 'lines.json'), JSON.stringify(linesOf(chunks, ROOT, DIST)))
for (const name of PROGRAMS) {
  const up = '../'.repeat(name.split('/').length - 1)
  writeFileSync(join(DIST, `${name}.js`), `export * from '${up}bundle/${name.replaceAll('/', '-')}.js'\n`)
}
writeLicences(
  chunks.flatMap((file) => file.moduleIds ?? []),
  join(ROOT, 'THIRD-PARTY-LICENSES.txt'),
)
