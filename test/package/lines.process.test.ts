/** An error of what is published tells where it comes from in the sources, although it runs in a bundle. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { readableStack } from '../../src/stack.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const BUNDLE = join(ROOT, 'dist/bundle')
const LINES = pathToFileURL(join(BUNDLE, 'lines.json'))

function told(places: readonly string[]): readonly string[] {
  const error = new Error('made up')
  error.stack = places.join('\n')
  return readableStack(error, LINES).split('\n')
}

it('leads from each function of the bundle to the line where it is written', () => {
  const found = readdirSync(BUNDLE)
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) =>
      readFileSync(join(BUNDLE, name), 'utf8')
        .split('\n')
        .flatMap((text, index) => {
          const [, called] = /^(?:async )?function (\w{6,})\(/.exec(text) ?? []
          const place = pathToFileURL(join(BUNDLE, name)).href
          return called === undefined ? [] : [{ called, place: `${place}:${index + 1}:10` }]
        }),
    )
  const places = told(found.map(({ place }) => place))
  const own = found.flatMap(({ called }, index) => {
    const [, file = '', line] = /^(src\/.+\.ts):(\d+)$/.exec(places[index] ?? '') ?? []
    // A program of another language stands in that one.
    const isOurs = line !== undefined && file !== 'src/approval/channels/desktop/windows.ts'
    return isOurs ? [{ called, file, line: Number(line) }] : []
  })
  const texts = new Map<string, readonly string[]>()
  const wrong = own.filter(({ called, file, line }) => {
    const text = texts.get(file) ?? readFileSync(join(ROOT, file), 'utf8').split('\n')
    texts.set(file, text)
    return text[line - 1]?.includes(`function ${called}`) !== true
  })
  expect(wrong).toEqual([])
  expect(own.length).toBeGreaterThan(1000)
})

it('leaves alone what it does not know, and a stack that it has no lines for', () => {
  const places = [
    'Error: made up',
    '    at a (file:///x/dist/bundle/serve.js:9999999:1)',
    '    at b (/x/bundle/none.js:1:1)',
    '    at c (node:fs:1:1)',
  ]
  expect(told(places).filter((_line, index) => index !== 1)).toEqual(
    places.filter((_line, index) => index !== 1),
  )
  const error = new Error('made up')
  expect(readableStack(error, new URL('file:///nowhere/lines.json'))).toBe(error.stack)
})
