/** When a server starts and when it is ended for being idle: what is written, else what it is (promise 9). */
import { expect, it } from 'vitest'
import { accepted, briefs } from './support.ts'

const MINUTE = 60_000

it.each([
  ['{ command: x }', '', 'lazy', 10 * MINUTE, false],
  ['{ url: "https://mcp.example.com/" }', '', 'lazy', 10 * MINUTE, false],
  ['{ command: x, start: eager }', '', 'eager', 0, false],
  ['{ command: x, start: eager, idle: 30m }', '', 'eager', 30 * MINUTE, true],
  ['{ command: x, idle: 30m }', '', 'lazy', 30 * MINUTE, true],
  ['{ command: x, idle: off }', '', 'lazy', 0, true],
  ['{ command: x, idle: 0 }', '', 'lazy', 0, true],
  ['{ command: x, idle: 0s }', '', 'lazy', 0, true],
  ['{ command: x }', 'start: eager', 'eager', 0, false],
  ['{ command: x, start: lazy }', 'start: eager', 'lazy', 10 * MINUTE, false],
  ['{ command: x }', 'idle: 5m', 'lazy', 5 * MINUTE, false],
  ['{ command: x }', 'idle: off', 'lazy', 0, false],
  ['{ command: x, start: eager }', 'idle: 5m', 'eager', 0, false],
  ['{ command: x }', 'start: eager, idle: 5m', 'eager', 5 * MINUTE, false],
])('%s with defaults { %s }', async (entry, defaults, start, ms, isOwn) => {
  const { servers } = await accepted(`version: 1\nservers: { a: ${entry} }\ndefaults: { ${defaults} }\n`)
  expect(servers[0]).toMatchObject({ start, idle: { ms, isOwn } })
})

it.each(['99ms', '10', '"10"', 'never', 'true'])('idle: %s is refused with its place', async (written) => {
  expect(await briefs(`version: 1\nservers:\n  a: { command: x, idle: ${written} }\n`)).toEqual([
    expect.stringMatching(/^3:\d+: "idle": expected a duration/),
  ])
})

it('start: later is refused with its place', async () => {
  expect(await briefs('version: 1\nservers:\n  a: { command: x, start: later }\n')).toEqual([
    expect.stringMatching(/^3:\d+: "start"/),
  ])
})
