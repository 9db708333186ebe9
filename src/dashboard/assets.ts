/**
 * The files of the page, by path. Its modules (tools/page.mjs) are served under their paths in page/, so that the relative
 * imports in them lead to each other. Nothing else of the package is.
 */
import { readFileSync } from 'node:fs'
import { documentHtml } from './page/document.ts'
import { styles } from './page/look/style.ts'

export interface Asset {
  readonly type: string
  readonly body: string
}

/** Beside this file when it was built; run from the sources, in what was built last. */
const built = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/dashboard/page.json' : './page.json',
  import.meta.url,
)
const modules = JSON.parse(readFileSync(built, 'utf8')) as Readonly<Record<string, string>>

export const assets: ReadonlyMap<string, Asset> = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: documentHtml }],
  ['/page.css', { type: 'text/css; charset=utf-8', body: styles }],
  ...Object.entries(modules).map(
    ([path, body]) => [path, { type: 'text/javascript; charset=utf-8', body }] as const,
  ),
])
