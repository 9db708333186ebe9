// npm run executable: makes one program of sidemux and the Node that runs this, in dist/executable/sidemux (Node's "single
// executable application"). It needs no Node and no file beside it. What it is made of is what is published, as CommonJS,
// since the first file of such a program can't be a module. Proven on Linux x64; on macOS and Windows it does the same,
// unproven: there the program has to be signed, too.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'postject'
import { bundled, DIST, PEERS, PROGRAMS, ROOT } from './bundling.mjs'
import { inAscii, linesOf } from './finish.mjs'
import { writeLicences } from './licences.mjs'

/** By Node, for whoever looks for where the blob is. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const OUT = join(DIST, 'executable')
const program = join(OUT, process.platform === 'win32' ? 'sidemux.exe' : 'sidemux')
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT)
const assets = {}
const add = (name, text) => {
  const file = join(OUT, name.replaceAll('/', '+'))
  writeFileSync(file, text)
  assets[name] = file
}
const chunks = await bundled('cjs')
/** A package of a store is looked for beside the program, and not by a loader that such a program has none of. */
const peers = new RegExp(`import\\((['"])(${PEERS.join('|')})\\1\\)`, 'g')
for (const { fileName, code } of chunks)
  add(
    `dist/bundle/${fileName}`,
    inAscii(code).replaceAll(
      peers,
      (_whole, _quote, name) => `Promise.resolve().then(() => require("${name}"))`,
    ),
  )
add('dist/bundle/lines.json', JSON.stringify(linesOf(chunks, ROOT, DIST)))
add('dist/dashboard/page.json', readFileSync(join(DIST, 'dashboard/page.json'), 'utf8'))
add('inside.cjs', readFileSync(join(import.meta.dirname, 'executable-inside.cjs'), 'utf8'))
add(
  'programs.json',
  JSON.stringify(
    Object.fromEntries(PROGRAMS.map((name) => [`${name}.js`, `${name.replaceAll('/', '-')}.js`])),
  ),
)
const blob = join(OUT, 'blob')
const config = join(OUT, 'config')
writeFileSync(
  config,
  JSON.stringify({ main: assets['inside.cjs'], output: blob, assets, disableExperimentalSEAWarning: true }),
)
execFileSync(process.execPath, ['--experimental-sea-config', config], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
copyFileSync(process.execPath, program)
chmodSync(program, 0o755)
await inject(program, 'NODE_SEA_BLOB', readFileSync(blob), {
  sentinelFuse: FUSE,
  ...(process.platform === 'darwin' && { machoSegmentName: 'NODE_SEA' }),
})
for (const file of [...Object.values(assets), blob, config]) rmSync(file)
writeLicences(
  chunks.flatMap((file) => file.moduleIds ?? []),
  join(OUT, 'THIRD-PARTY-LICENSES.txt'),
)
process.stdout.write(`${program}: ${Math.round(statSync(program).size / 1e6)} MB\n`)
