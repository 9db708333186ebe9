/** The floors of the house: imports point downwards only, and rooms of one floor don't know each other. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, it } from 'vitest'

const FLOORS = [
  ['errors', 'json', 'canonical', 'duration', 'visible', 'version', 'watch'],
  ['state'],
  ['log', 'secrets', 'policy', 'audit', 'schema'],
  ['redact'],
  ['approval', 'upstream'],
  ['catalog', 'relay'],
  ['dashboard'],
  ['pipeline', 'config'],
  ['downstream', 'large'],
  ['sidecar'],
  ['commands'],
  ['cli'],
]
const src = resolve(import.meta.dirname, '../src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const roomOf = (file: string): string => (file.split(sep)[0] ?? '').replace(/\.ts$/, '')
const floorOf = (room: string): number => FLOORS.findIndex((floor) => floor.includes(room))

it('has a floor for every file of src/', () => {
  expect(files.filter((file) => floorOf(roomOf(file)) === -1)).toEqual([])
})

it('imports downwards only', () => {
  const upwards = files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8')
    const imported = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) =>
      relative(src, resolve(src, dirname(file), path ?? '')),
    )
    return imported
      .filter(
        (target) =>
          roomOf(target) !== roomOf(file) &&
          floorOf(roomOf(target)) >= floorOf(roomOf(file)) &&
          floorOf(roomOf(file)) > 0,
      )
      .map((target) => `${file} -> ${target}`)
  })
  expect(upwards).toEqual([])
})
