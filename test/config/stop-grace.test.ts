/** How long a server may take to end: what is written, else what it is. */
import { expect, it } from 'vitest'
import { accepted, briefs } from './support.ts'

async function graceOf(entry: string, defaults = ''): Promise<number | undefined> {
  const { servers } = await accepted(`version: 1\nservers: { a: ${entry} }\n${defaults}`)
  return servers[0]?.stopGraceMs
}

it.each([
  ['{ command: npx, args: [-y, server] }', 2000],
  ['{ url: "https://mcp.example.com/" }', 2000],
  ['{ command: docker, args: [run, -i, --rm, mcp/fetch] }', 10_000],
  ['{ command: docker, args: [--context, far, run, -i, mcp/fetch] }', 10_000],
  ['{ command: /usr/local/bin/docker, args: [exec, -i, box, server] }', 10_000],
  ["{ command: 'C:\\Program Files\\Docker\\docker.exe', args: [run, -i, mcp/fetch] }", 10_000],
  ['{ command: docker, args: [compose, run, --rm, server] }', 10_000],
  ['{ command: podman, args: [run, -i, mcp/fetch] }', 10_000],
  ['{ command: sh, args: [-c, "exec docker run -i --rm mcp/fetch"] }', 10_000],
  ['{ command: sudo, args: [docker, run, -i, mcp/fetch] }', 10_000],
  ['{ command: docker-mcp, args: [run] }', 2000],
  ['{ command: npx, args: [-y, docker, --version] }', 2000],
  ['{ command: docker, args: [run, mcp/fetch], stopGrace: 30s }', 30_000],
])('%s', async (entry, ms) => {
  expect(await graceOf(entry)).toBe(ms)
})

it('is that of defaults where an entry says nothing, also for a container', async () => {
  const defaults = 'defaults: { stopGrace: 4s }\n'
  expect(await graceOf('{ command: docker, args: [run, mcp/fetch] }', defaults)).toBe(4000)
  expect(await graceOf('{ command: x, stopGrace: 100ms }', defaults)).toBe(100)
})

it.each(['0s', '99ms', '6m', '10', '"10"', 'soon'])('%s is refused with its place', async (written) => {
  expect(await briefs(`version: 1\nservers:\n  a: { command: x, stopGrace: ${written} }\n`)).toEqual([
    expect.stringMatching(/^3:\d+: "stopGrace": expected a duration (?:from 100ms to 5m|such as)/),
  ])
})
