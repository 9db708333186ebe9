/** Each test file's name says what it needs, and none needs more than that (alone.ts sees what happens as it runs). */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { leftOut, PROJECTS, skippedIn } from './reporter.ts'

const TESTS = resolve(import.meta.dirname, '..')
const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.test.ts'),
)
const IMPORT = /(?:from|import\(|import)\s*'(\.[^']+)'/g

/** The project that a file's name names: `unit` where it names none. */
const projectOf = (file: string): string => /\.([^.]+)\.test\.ts$/.exec(file)?.[1] ?? 'unit'

/** A test file and what it is made of below test/, with the text of each. */
function partsOf(file: string, parts = new Map<string, string>()): Map<string, string> {
  if (parts.has(file)) return parts
  const text = readFileSync(join(TESTS, file), 'utf8')
  parts.set(file, text)
  for (const [, path = ''] of text.matchAll(IMPORT)) {
    const part = join(dirname(file), path)
    if (!part.startsWith('..')) partsOf(part, parts)
  }
  return parts
}

const isMadeOf = (file: string, sign: RegExp): boolean =>
  [...partsOf(file).values()].some((text) => sign.test(text))

it('every file names a project that there is', () => {
  const named = PROJECTS.filter((name) => name !== 'e2e')
  expect(files.filter((file) => !named.includes(projectOf(file)))).toEqual([])
})

it('no unit test is made of what was built, of a browser or of a program', () => {
  const built = /\.\.\/dist[/]|needs[.]mjs'|from 'playwright[-]core'/
  const unit = files.filter((file) => projectOf(file) === 'unit')
  expect(unit.filter((file) => isMadeOf(file, built))).toEqual([])
})

it('no helper has hooks of its own, which only the first file of a process would get', () => {
  const helpers = new Map(
    files.flatMap((file) => [...partsOf(file)].filter(([part]) => !files.includes(part))),
  )
  for (const setup of ['alone', 'tidy']) helpers.delete(`projects/${setup}.ts`)
  const hooked = [...helpers].filter(([, text]) => /^(?:before|after)(?:Each|All)[(]/m.test(text))
  expect(hooked.map(([part]) => part)).toEqual([])
})

it('no test mocks a module, which others of its process have loaded', () => {
  expect(files.filter((file) => isMadeOf(file, /\bvi[.](?:do)?[mM]ock[(]/))).toEqual([])
})

it('who needs a browser or a program is in the project that has it', () => {
  const browser = files.filter((file) => isMadeOf(file, /from 'playwright[-]core'/))
  expect(browser.filter((file) => projectOf(file) !== 'browser')).toEqual([])
  const programs = files.filter((file) => isMadeOf(file, /\bneeds[(]'/))
  expect(programs.filter((file) => projectOf(file) !== 'programs')).toEqual([])
})

it.each([
  [PROJECTS, undefined],
  [
    ['unit', 'process'],
    'Not run: the tests of the projects e2e, browser, programs. "npm run test:all" runs them too.',
  ],
])('a run of %j says what it left out', (run, said) => {
  expect(leftOut(run)).toBe(said)
})

it('a skipped test is named', () => {
  const children = { allTests: (state: string) => [{ fullName: `with age (${state})` }] }
  expect(skippedIn([{ relativeModuleId: 'test/a.test.ts', children } as never])).toEqual([
    'test/a.test.ts > with age (skipped)',
  ])
})
