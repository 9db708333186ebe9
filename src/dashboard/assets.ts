/**
 * What the page consists of, by path. Its modules are served under their file names, flat, so that the relative
 * imports in them lead to each other; `../../visible.js` leads to the root as well. Nothing else of the package is.
 */
import { readFileSync } from 'node:fs'
import { documentHtml } from './page/document.ts'
import { styles } from './page/style.ts'

export interface Asset {
  readonly type: string
  readonly body: string
}

const MODULES = [
  'page',
  'address',
  'card',
  'connection',
  'diff',
  'elements',
  'exact',
  'grant-form',
  'guard',
  'moments',
  'pieces',
  'questions',
  'scope',
  'server-words',
  'show-values',
  'sql',
  'surroundings',
  'together',
  'tool-name',
  'values',
  'words',
]
/** Beside this file when it was built; run from the sources, in what was built last. */
const built = new URL(import.meta.url.endsWith('.ts') ? '../../dist/dashboard/' : './', import.meta.url)

export const assets: ReadonlyMap<string, Asset> = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: documentHtml }],
  ['/page.css', { type: 'text/css; charset=utf-8', body: styles }],
  ...MODULES.map((name) => [`/${name}.js`, script(`page/${name}.js`)] as const),
  ['/visible.js', script('../visible.js')],
])

function script(file: string): Asset {
  const text = readFileSync(new URL(file, built), 'utf8')
  // The maps aren't served.
  return { type: 'text/javascript; charset=utf-8', body: text.replace(/^\/\/# sourceMappingURL=.*$/m, '') }
}
