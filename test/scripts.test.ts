/**
 * Every script (.mjs, .cjs) still finds all that it loads and starts: a bench or an attack that nobody runs on each change
 * breaks without a word when what it needs is moved or called otherwise. rolldown links them all, the modules of `dist/` as
 * what they are built from, and says which module or which name isn't there. No script is run, and nothing need be built.
 */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { expect, it } from 'vitest'
import { filesUnder, read, ROOT } from './docs/repository.ts'

const DIST = join(ROOT, 'dist')
const scripts = filesUnder('attack', 'bench', 'test', 'tools').filter((path) => /\.[mc]js$/.test(path))

/** What a file of the build is made from. */
const sourceOf = (path: string): string =>
  path.startsWith(DIST) ? path.replace(DIST, join(ROOT, 'src')).replace(/\.js$/, '.ts') : path

/** A script that there is not. */
const MADE_UP = 'bench/made-up.mjs'

/**
 * What keeps one of them from being linked; empty where nothing does.
 *
 * @param text of the one that there is not, with `'/` for the root
 */
async function unlinked(paths: readonly string[], text = ''): Promise<string> {
  const undefinedNames: string[] = []
  const bundle = await rolldown({
    input: paths.map((path) => join(ROOT, path)),
    platform: 'node',
    treeshake: false,
    external: /^[^./]/,
    onLog: (_level, { code, message }) =>
      void (code === 'IMPORT_IS_UNDEFINED' && undefinedNames.push(message)),
    plugins: [
      {
        name: 'sources',
        resolveId: {
          filter: { id: /(?:^|\/)(?:dist|made-up\.mjs)(?:\/|$)/ },
          handler: (id, importer) => sourceOf(resolve(dirname(importer ?? '/'), id)),
        },
        load: { filter: { id: /made-up\.mjs$/ }, handler: () => text.replaceAll(`'/`, `'../`) },
      },
    ],
  })
  try {
    await bundle.generate()
    return undefinedNames.join('\n')
  } catch (error) {
    return String(error)
  } finally {
    await bundle.close()
  }
}

/** The paths that it makes of its own folder and of one written out, from the root. */
function pathsIn(script: string, text: string): string[] {
  const own = join(ROOT, dirname(script))
  const bases = new Map([['import.meta.dirname', own]])
  const named = /^(?:export )?const (\w+) = (?:(?:join|resolve)\()?import\.meta\.dirname(?:, '([^']*)'\))?$/gm
  for (const [, name = '', path = ''] of text.matchAll(named)) bases.set(name, join(own, path))
  return [...text.matchAll(/(?:join|resolve)\(([\w.]+), '([^']*)'/g)].flatMap(([, base = '', path = '']) => {
    const from = bases.get(base)
    return from === undefined ? [] : [join(from, path)]
  })
}

it('every script is linked with all that it imports', async () => {
  expect(scripts.length).toBeGreaterThan(200)
  expect(await unlinked(scripts)).toBe('')
})

it.each([
  ["import { Budget } from '/dist/wire/budget.js'", ''],
  ["import { Cost } from '/dist/wire/budget.js'", 'Cost'],
  ["import * as budget from '/dist/wire/budget.js'\nnew budget.Cost()", 'Cost'],
  ["import { Budget } from '/dist/wire/gone.js'", 'gone.js'],
  ["await import('/dist/wire/gone.js')", 'gone.js'],
  ["import { Counted } from '/bench/counting.mjs'", 'Counted'],
  ["import { Counting } from '/bench/gone.mjs'", 'gone.mjs'],
  ['import {', 'PARSE_ERROR'],
])('a script %j is linked, or told to lack %j', async (text, lacks) => {
  const fault = await unlinked([MADE_UP], text)
  if (lacks === '') expect(fault).toBe('')
  else expect(fault).toContain(lacks)
})

it('every program and file that a script names beside itself is there', () => {
  const named = scripts.flatMap((script) =>
    pathsIn(script, read(script)).map((path) => [script, path] as const),
  )
  expect(named.length).toBeGreaterThan(30)
  // Of what is built only modules have a source; the executable and the page are made by tools/.
  const isModule = (path: string): boolean => !path.startsWith(DIST) || path.endsWith('.js')
  const gone = named.filter(([, path]) => isModule(path) && !existsSync(sourceOf(path)))
  expect(gone.map(([script, path]) => `${script}: ${path.slice(ROOT.length + 1)}`)).toEqual([])
})

it('every module of the build that a script loads by a path made while it runs is there, with its names', async () => {
  const loads = scripts.map(read).filter((text) => /\bimport\((?!['"])/.test(text))
  const LOAD = /(?:const (\{[\w, ]+\}) = await \w+\(|(?<!from ))'([\w/-]+\.js)'/g
  const loaded = loads.flatMap((text) =>
    [...text.matchAll(LOAD)].map(([, names, path = '']) =>
      names === undefined ? `import '/dist/${path}'` : `export ${names} from '/dist/${path}'`,
    ),
  )
  expect(loaded.length).toBeGreaterThan(10)
  expect(await unlinked([MADE_UP], [...new Set(loaded)].join('\n'))).toBe('')
})
