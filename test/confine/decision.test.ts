/** Whether a local server is confined, and what is said of one that isn't (promises 1 and 2). */
import { describe, expect, test } from 'vitest'
import type { Confiner } from '../../src/confine/confiner/confiner.ts'
import { networkRules, type NetworkRules } from '../../src/confine/network.ts'
import { decideConfinement, unconfinedServers, weaklyConfined } from '../../src/confine/decision.ts'

const THERE: Confiner = { kind: 'bubblewrap', program: '/usr/bin/bwrap' }
const NONE: Confiner = { kind: 'none', why: 'bubblewrap is not installed', hint: 'install it' }
const LANDLOCK: Confiner = {
  kind: 'landlock',
  program: '/usr/bin/perl',
  abi: 7,
  instead: 'bubblewrap is not installed',
}
const server = (mode: 'auto' | 'off' | 'required', line: string, network: NetworkRules = { kind: 'all' }) => {
  const [command = '', ...args] = line.includes(' -c ') ? line.split(/ (-c) /) : line.split(' ')
  return { rules: { mode, network }, command, args }
}

describe('a server', () => {
  test.each<['auto' | 'off' | 'required', string, string, string]>([
    ['auto', 'npx -y x', 'confine', 'plain nothing'],
    ['required', 'npx -y x', 'confine', 'refuse'],
    ['off', 'npx -y x', 'plain off', 'plain off'],
    ['auto', 'docker run -i x', 'plain container', 'plain container'],
    ['auto', '/usr/local/bin/podman run x', 'plain container', 'plain container'],
    ['auto', '/home/u/.docker/bin/docker run x', 'plain container', 'plain container'],
    ['auto', 'sh -c docker run -i x', 'plain container', 'plain container'],
    ['auto', '/bin/bash -c exec docker run -i x', 'plain container', 'plain container'],
    // These are no clients, whatever they are called with.
    ['auto', 'node server.js docker run', 'confine', 'plain nothing'],
    ['auto', './docker run', 'confine', 'plain nothing'],
    ['auto', '/home/u/project/docker run', 'confine', 'plain nothing'],
    ['auto', 'sh -c docker run x; cat ~/.ssh/id', 'confine', 'plain nothing'],
    ['auto', 'sh -c docker run $(cat ~/.ssh/id)', 'confine', 'plain nothing'],
    ['auto', 'sh -c node docker run', 'confine', 'plain nothing'],
    ['auto', '/home/u/project/sh -c docker run -i x', 'confine', 'plain nothing'],
    ['auto', './node_modules/.bin/bash -c docker run -i x', 'confine', 'plain nothing'],
    ['auto', '/usr/../home/u/project/docker run', 'confine', 'plain nothing'],
    ['auto', 'sh -c /usr/bin/../../home/u/docker run', 'confine', 'plain nothing'],
    ['required', 'docker run -i x', 'confine', 'refuse'],
  ])('that says %s of %j: %s, and %s where nothing confines', (mode, line, there, none) => {
    const decided = [THERE, NONE].map((confiner) => {
      const decision = decideConfinement(server(mode, line), confiner)
      return decision.kind === 'plain' ? `plain ${decision.reason}` : decision.kind
    })
    expect(decided).toEqual([there, none])
  })
})

describe('a server that is to reach less than all of the network', () => {
  const NAMED = networkRules(['api.example.com'])
  test.each<[string, string, NetworkRules, Confiner, string | RegExp]>([
    ['in bubblewrap', 'npx x', NAMED, THERE, 'confine'],
    ['in bubblewrap, without any', 'npx x', { kind: 'none' }, THERE, 'confine'],
    ['under Landlock, without any', 'npx x', { kind: 'none' }, LANDLOCK, 'confine'],
    ['under Landlock', 'npx x', NAMED, LANDLOCK, /^may reach named hosts only, and that takes bubblewrap: /],
    ['where nothing confines', 'npx x', NAMED, NONE, /^may reach named hosts only, and nothing is confined/],
    ['where nothing confines, without any', 'npx x', { kind: 'none' }, NONE, /^is to have no network, and /],
    ['as the client of a container', 'docker run x', { kind: 'none' }, THERE, /client of a container/],
  ])('%s', (_, line, network, confiner, expected) => {
    const decision = decideConfinement(server('auto', line, network), confiner)
    expect(decision.kind === 'refuse' ? decision.why : decision.kind).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    )
    expect(unconfinedServers([{ id: 'a', ...server('auto', line, network) }], confiner)).toEqual([])
  })

  test('runs unconfined only where its entry says so', () => {
    expect(decideConfinement(server('off', 'npx x', { kind: 'none' }), THERE)).toMatchObject({
      reason: 'off',
    })
  })
})

test('what runs unconfined is named with its reason and the promises that are lost by it', () => {
  const servers = [
    { id: 'a', ...server('auto', 'npx a') },
    { id: 'b', ...server('off', 'npx b') },
    { id: 'c', ...server('auto', 'docker run c') },
    { id: 'd', ...server('auto', 'npx d') },
  ]
  const lost = 'promises 2, 3, 4, 6 and 8 do not hold against it'
  expect(unconfinedServers(servers, NONE)).toEqual([
    {
      ids: ['a', 'd'],
      reason: 'nothing',
      message: `a and d run unconfined, since bubblewrap is not installed. So each of them can read what you can, what the other servers are given too: ${lost}`,
      hint: 'install it',
    },
    {
      ids: ['b'],
      reason: 'off',
      message: `b runs unconfined, since its entry says "sandbox: off". So it can read what you can, what the other servers are given too: ${lost}`,
      hint: expect.stringContaining('"sandbox:"'),
    },
    {
      ids: ['c'],
      reason: 'container',
      message:
        'c runs unconfined, since it is the client of a container, and what runs in there has what that command gives it',
      hint: expect.stringContaining('--privileged'),
    },
  ])
  expect(unconfinedServers(servers, THERE).map(({ ids }) => ids)).toEqual([['b'], ['c']])
})

test('who is confined by what closes less is named, with why', () => {
  const servers = [
    { id: 'a', ...server('auto', 'npx a') },
    { id: 'b', ...server('off', 'npx b') },
  ]
  expect(weaklyConfined(servers, LANDLOCK)?.message).toMatch(
    /^a is confined by Landlock, since bubblewrap is not/,
  )
  expect(weaklyConfined(servers, THERE)).toBeUndefined()
})
