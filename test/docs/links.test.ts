/** No link, image or anchor of any document leads nowhere, and README's work from the package's page too. */
import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorsOf, linksOf, undefinedReferences } from './links.ts'
import { documents, read, ROOT } from './repository.ts'

/** How a file or folder of this repository is named from elsewhere. */
const OURS =
  /^https:\/\/(?:github\.com\/sidemux\/sidemux\/(?:blob|tree|raw)|raw\.githubusercontent\.com\/sidemux\/sidemux)\/main\/(.*)$/
const ELSEWHERE = /^(https?:|mailto:)/

/** @param known stands for the documents of the repository where given */
function problemOf(
  from: string,
  target: string,
  pageOf: (path: string) => string | undefined,
): string | undefined {
  const ours = OURS.exec(target)?.[1]
  if (ours === undefined && ELSEWHERE.test(target)) return undefined
  const [path = '', anchor] = (ours ?? target).split('#')
  const file =
    ours !== undefined ? path : path === '' ? from : posix.join(posix.dirname(from), decodeURI(path))
  const page = pageOf(file.replace(/\/$/u, ''))
  if (page === undefined) return `there is no ${file}`
  return anchor === undefined || anchorsOf(page).has(anchor) ? undefined : `${file} has no #${anchor}`
}

function pageInRepository(path: string): string | undefined {
  const place = join(ROOT, path)
  if (!existsSync(place)) return undefined
  return statSync(place).isDirectory() || !path.endsWith('.md') ? '' : read(path)
}

describe('links', () => {
  it.each(documents())('%s leads nowhere else than it says', (document) => {
    const problems = linksOf(read(document)).flatMap(({ line, target }) => {
      const problem = problemOf(document, target, pageInRepository)
      return problem === undefined ? [] : [`${document}:${line} ${problem}`]
    })
    expect([...problems, ...undefinedReferences(read(document))]).toEqual([])
  })

  it.each(['README.md', 'CHANGELOG.md'])(
    'of %s are absolute, or lead to what is in the package',
    (document) => {
      const { files } = JSON.parse(read('package.json')) as { files: string[] }
      const packed = [...files, 'README.md', 'LICENSE', 'package.json'] // npm packs the last three whatever `files` says
      const outside = linksOf(read(document)).filter(
        ({ target }) =>
          !ELSEWHERE.test(target) &&
          !target.startsWith('#') &&
          !packed.some((file) => target === file || target.startsWith(`${file.replace(/\/?\**$/u, '')}/`)),
      )
      expect(outside).toEqual([])
    },
  )
})

describe('what looks for dead links', () => {
  const pages: Readonly<Record<string, string>> = {
    'README.md':
      '# One\n## Two `words`, here!\n## Two words here\n<a id="own"></a>\n```\n# no heading\n```\n',
    'docs/a.md': '# A_b ‑ ü\n',
    'docs/a.png': '',
  }
  const pageOf = (path: string): string | undefined => pages[path]

  it.each([
    ['docs/a.md', '../README.md#two-words-here', undefined],
    ['docs/a.md', '../README.md#two-words-here-1', undefined],
    ['docs/a.md', '../README.md#own', undefined],
    ['docs/a.md', '../README.md#no-heading', 'README.md has no #no-heading'],
    ['docs/a.md', '#a_b--ü', undefined],
    ['docs/a.md', 'b.md', 'there is no docs/b.md'],
    ['README.md', 'https://github.com/sidemux/sidemux/blob/main/docs/a.md#x', 'docs/a.md has no #x'],
    ['README.md', 'https://raw.githubusercontent.com/sidemux/sidemux/main/docs/a.png', undefined],
    ['README.md', 'https://github.com/sidemux/sidemux/tree/main/gone', 'there is no gone'],
    ['README.md', 'https://example.com/gone', undefined],
  ])('in %s: %s', (from, target, problem) => {
    expect(problemOf(from, target, pageOf)).toBe(problem)
  })

  it('finds inline ones, images, images in links, definitions and HTML, and none in code', () => {
    const page = [
      '[a](one.md "title") ![b](two.png) [![c](three.png)](four.md)',
      '[d]: five.md',
      '<img src="six.png"> `[e](no.md)`',
      '```md\n[f](no.md)\n```',
      '| [g `x`](seven.md#h) | <!-- [i](no.md) --> |',
    ].join('\n')
    const targets = linksOf(page).map(({ target }) => target)
    expect(new Set(targets)).toEqual(
      new Set(['one.md', 'two.png', 'three.png', 'four.md', 'five.md', 'six.png', 'seven.md#h']),
    )
    expect(undefinedReferences(`${page}\n[j][d] [k][e]`)).toEqual(['e'])
    expect(linksOf(page).find(({ target }) => target === 'seven.md#h')?.line).toBe(7)
  })
})
