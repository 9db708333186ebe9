/** What the pages must say: README in little room, each verb and option with its words, every page where it is found. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { help } from '../../src/commands/help.ts'
import { VERBS } from '../../src/commands/verbs.ts'
import { linksOf } from './links.ts'
import { documents, filesUnder, read, ROOT } from './repository.ts'

const MOST_LINES = 120
const MOST_COLUMNS = 160
const MOST_PICTURE_BYTES = 150_000

describe('README.md', () => {
  const lines = read('README.md').split('\n')

  it('is short', () => {
    expect(lines.length).toBeLessThanOrEqual(MOST_LINES)
    expect(lines.filter((line) => Array.from(line).length > MOST_COLUMNS)).toEqual([])
  })

  it('shows a picture, and names commands that are there', () => {
    expect(linksOf(read('README.md')).filter(({ isImage }) => isImage).length).toBeGreaterThan(0)
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...read('README.md').matchAll(/npm run ([\w:-]+)/gu)].map(([, name = '']) => name)
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})

describe('docs/commands.md', () => {
  const page = read('docs/commands.md')
  const said = page + read('docs/audit.md')
  const options = Object.entries(VERBS).flatMap(([verb, { options: own }]) =>
    Object.keys(own).map((name) => [verb, `--${name}`] as const),
  )

  it.each(Object.keys(VERBS))('has a section about %s', (verb) => {
    const heads = [...page.matchAll(/^## (.+)$/gmu)].map(([, head = '']) => head.split(/ and | /u)).flat()
    expect(heads).toContain(verb)
  })

  it.each(options)('says what %s %s does, as --help does', (verb, option) => {
    expect(said).toMatch(new RegExp(`${option}(?![\\w-])`, 'u'))
    expect(help(verb) + help()).toContain(option)
  })
})

it('every picture is small, and shown somewhere (npm run pictures takes them)', () => {
  const pictures = filesUnder('docs/pictures')
  const shown = documents().flatMap((page) =>
    linksOf(read(page)).map(({ target }) => target.split('/').at(-1)),
  )
  expect(pictures.filter((path) => statSync(join(ROOT, path)).size > MOST_PICTURE_BYTES)).toEqual([])
  expect(pictures.filter((path) => !shown.includes(path.split('/').at(-1)))).toEqual([])
})

it('examples/README.md leads to every example', () => {
  const linked = new Set(linksOf(read('examples/README.md')).map(({ target }) => `examples/${target}`))
  const files = filesUnder('examples').filter((path) => path.endsWith('.yaml'))
  expect(files.length).toBeGreaterThan(5)
  expect(files.filter((path) => !linked.has(path))).toEqual([])
})

it('docs/README.md leads to every page of docs/', () => {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md')
  const linked = new Set(linksOf(read('docs/README.md')).map(({ target }) => target))
  expect(pages.filter((name) => !linked.has(name))).toEqual([])
})
