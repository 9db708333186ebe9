/** The list of requirements (rows.ts) against the test files: every row there once, every test that it names in its file. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ROWS } from './rows.ts'

const TESTS = resolve(import.meta.dirname, '..')

function text(file: string): string {
  try {
    return readFileSync(resolve(TESTS, file), 'utf8')
  } catch {
    return ''
  }
}

/** Is a test of that name written in that file? A name ends where its quotes do, or goes on behind a row's pair. */
function isThere(test: string): boolean {
  const [file = '', name = ''] = test.split(' › ')
  const ends = ["'", '"', '`']
  return name !== '' && ends.some((end) => text(file).includes(`${name}${end}`))
}

test('every row from 1 to 66 is there once, in order', () => {
  expect(ROWS.map(({ row }) => row)).toEqual(Array.from({ length: 66 }, (_unused, index) => index + 1))
})

test('every row has its tests, or one reason', () => {
  const odd = ROWS.filter(({ tests, because, notYet }) => {
    const said = [tests?.join(''), because, notYet].filter((one) => one !== undefined && one !== '')
    return said.length !== 1
  })
  expect(odd).toEqual([])
})

test('every test that a row names is there', () => {
  const missing = ROWS.flatMap(({ row, tests = [] }) =>
    tests.filter((one) => !isThere(one)).map((one) => `${row}: ${one}`),
  )
  expect(missing).toEqual([])
})

test('a test that is not there yet is not there', () => {
  expect(ROWS.flatMap(({ notYet }) => (notYet !== undefined && isThere(notYet) ? [notYet] : []))).toEqual([])
})

test('what is looked for can be missed', () => {
  expect(isThere('requirements/wire.process.test.ts › no such test')).toBe(false)
  expect(isThere('requirements/none.test.ts › leads the answers to the server')).toBe(false)
})
