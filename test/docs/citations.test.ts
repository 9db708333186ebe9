/** A comment, or a test's title, cites only what its reader can open: files of this repository, promises by their number, standards. */
import { expect, it } from 'vitest'
import { documents, filesUnder, read } from './repository.ts'

const PROMISES = 10
/** Words by which notes and plans from elsewhere were cited. */
const ELSEWHERE = /\((?:see )?contract\b|\bcontract:|\bissue (?:#?\d|["'‘“])|\bdesign\/|\blab\/|\.md \d/iu
/** A file by name or by path; not a name with a star, nor one behind a variable such as DIR. */
const FILE = /(?<![\w./*{}$:@-])(?:\.{1,2}\/)*((?:[\w.-]+\/)*[\w-][\w.-]*\.(?:md|ts|mts|mjs))\b(?![\w/*])/gu

/** Here and in what is pasted, `//` and the names behind it are examples. */
const OWN = new Set(['test/docs/citations.test.ts', 'test/config/pastes/forms.ts'])

const code = filesUnder('src', 'test', 'bench', 'tools').filter((path) =>
  /\.(ts|mts|mjs|js|sh|css)$/.test(path),
)

const endingsOf = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => path.split('/').map((_, index, names) => names.slice(index).join('/')))

/** Line number and text of each comment and of each test's title. A `//` within an address begins none. */
function commentsOf(path: string): [line: number, text: string][] {
  return read(path)
    .split('\n')
    .flatMap((line, index): [number, string][] => {
      const comment = /^\s*(?:\/\*\*?|\*(?!\/)|#(?!!))(.*)|(?<![:'"`\w/])\/\/(.*)/.exec(line)
      const title = /^\s*(?:it|test|describe)\b[^'"`]*(['"`])(.*)\1/u.exec(line)?.[2]
      const said = comment?.[1] ?? comment?.[2] ?? title
      return said === undefined ? [] : [[index + 1, said]]
    })
}

/** @param known every ending of a path that there is */
function problemOf(text: string, known: ReadonlySet<string>): string | undefined {
  const elsewhere = ELSEWHERE.exec(text)
  if (elsewhere !== null) return `cites what is not in the repository: ${elsewhere[0]}`
  for (const [, path = ''] of text.matchAll(FILE)) if (!known.has(path)) return `there is no ${path}`
  for (const [, list = ''] of text.matchAll(/\bpromises? ((?:\d+(?:, | and | to )?)+)/giu))
    for (const number of list.match(/\d+/g) ?? [])
      if (Number(number) < 1 || Number(number) > PROMISES) return `there is no promise ${number}`
  return undefined
}

it('finds a citation of what is elsewhere, of a document that is gone and of a promise too many', () => {
  const known = new Set(endingsOf(['README.md', 'docs/secrets.md', 'src/policy/glob.ts']))
  expect(problemOf('Where state lives (contract: Command line).', known)).toMatch(/contract/)
  expect(problemOf('One line a server (issue "servers", 11).', known)).toMatch(/issue/)
  expect(problemOf('See issue 13.', known)).toMatch(/issue/)
  expect(problemOf('Measured (facts/house.md).', known)).toBe('there is no facts/house.md')
  expect(problemOf('As docs/gone.md says.', known)).toBe('there is no docs/gone.md')
  expect(problemOf('Is short for every host (secrets.md 0.3).', known)).toMatch(/\.md 0/)
  expect(problemOf('See globs.ts.', known)).toBe('there is no globs.ts')
  expect(problemOf('See policy/glob.ts, ./glob.ts and docs/secrets.md#references.', known)).toBeUndefined()
  expect(problemOf('Held by promises 4 and 12.', known)).toBe('there is no promise 12')
  expect(
    problemOf('Held by promises 4, 5 and 8; docs/secrets.md, RFC 8785 section 3.2.', known),
  ).toBeUndefined()
})

it('cites nothing that is not in the repository', () => {
  const known = new Set(endingsOf([...documents(), ...code, 'vitest.config.ts']))
  const problems = code
    .filter((path) => !OWN.has(path))
    .flatMap((path) =>
      commentsOf(path).flatMap(([line, text]) => {
        const problem = problemOf(text, known)
        return problem === undefined ? [] : [`${path}:${line} ${problem}`]
      }),
    )
  expect(problems).toEqual([])
})

it('numbers the promises in SECURITY.md as comments cite them', () => {
  const numbers = [...read('SECURITY.md').matchAll(/^(\d+)\. \*\*/gmu)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: PROMISES }, (_, index) => index + 1))
})

it('finds in README.md what messages send their readers to', () => {
  const sent = code
    .filter((path) => path.startsWith('src/'))
    .flatMap((path) => [...read(path).matchAll(/"([^"\n]+)" in the README|README\.md, "([^"\n]+)"/gu)])
    .map(([, first, second]) => first ?? second ?? '')
  expect(sent.length).toBeGreaterThan(0)
  expect(sent.filter((heading) => !read('README.md').includes(heading))).toEqual([])
})
