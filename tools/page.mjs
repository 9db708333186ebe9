// node tools/page.mjs, after tsc: puts the modules of the page into one file, since what is published has few. They stay
// modules: each is served under its own path, as it was written and without its map (src/dashboard/assets.ts).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'

const DIST = resolve(import.meta.dirname, '../dist')
const PAGE = join(DIST, 'dashboard/page')
/** Made by the sidecar, and not sent as modules. */
const OWN = ['document.js', 'look/']

const textOf = (file) => readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
const names = readdirSync(PAGE, { recursive: true })
  .map((name) => name.replaceAll(sep, '/'))
  .filter((name) => name.endsWith('.js') && !OWN.some((own) => name.startsWith(own)))
const modules = Object.fromEntries([
  ...names.toSorted().map((name) => [`/${name}`, textOf(join(PAGE, name))]),
  // An import of it above page/ leads to the root.
  ['/visible.js', textOf(join(DIST, 'visible.js'))],
])
mkdirSync(join(DIST, 'dashboard'), { recursive: true })
writeFileSync(join(DIST, 'dashboard/page.json'), JSON.stringify(modules))
