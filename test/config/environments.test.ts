/** `environments:` of a server: where it is started, and that what it says is judged everywhere. */
import { PassThrough } from 'node:stream'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkConfig } from '../../src/commands/check.ts'
import { loadConfig, type LoadedConfig } from '../../src/config/load.ts'

async function within<T>(yaml: string, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-environments-'))
  try {
    writeFileSync(join(dir, 'servers.yaml'), yaml)
    return await use(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const load = (yaml: string, choice: { environment?: string; profile?: string } = {}): Promise<LoadedConfig> =>
  within(yaml, (dir) => loadConfig({ ...choice, env: {}, cwd: dir }))

const CONFINED = async () => ({ kind: 'bubblewrap', program: '/usr/bin/bwrap' }) as const

const THREE = [
  'version: 1',
  'environment: dev',
  'servers:',
  '  all: { command: x }',
  '  some: { command: x, environments: [dev, staging] }',
  '  prod: { command: x, environments: [prod] }',
  'profiles: { few: { servers: [all, prod] } }',
].join('\n')

describe('a server is in', () => {
  test.each<[{ environment?: string; profile?: string }, here: string[], elsewhere: string[]]>([
    [{}, ['all', 'some'], ['prod']],
    [{ environment: 'staging' }, ['all', 'some'], ['prod']],
    [{ environment: 'prod' }, ['all', 'prod'], ['some']],
    [{ environment: 'other' }, ['all'], ['some', 'prod']],
    [{ profile: 'few' }, ['all'], ['prod']],
    [{ profile: 'few', environment: 'prod' }, ['all', 'prod'], []],
  ])('%j: %j, not %j', async (choice, here, elsewhere) => {
    const { config, problems } = await load(THREE, choice)
    expect(problems).toEqual([])
    expect(config?.servers.map(({ id }) => id)).toEqual(here)
    expect(config?.elsewhere.map(({ id }) => id)).toEqual(elsewhere)
  })

  test('its launch is the same one that was approved elsewhere (promise 5)', async () => {
    const hashes = await Promise.all(
      ['[dev]', '[dev, prod]'].map(async (list) => {
        const { config } = await load(
          `version: 1\nservers: { a: { command: x, cwd: /, environments: ${list} } }\n`,
        )
        return config?.servers[0]?.launchHash
      }),
    )
    expect(hashes[0]).toBe(hashes[1])
  })
})

describe('is refused', () => {
  test.each<[list: string, message: RegExp, hint: RegExp | undefined]>([
    ['[]', /^"environments": expected at least one environment$/, /name one, as in \[dev\]/],
    ['dev', /^"environments": expected a list .*, found text$/, undefined],
    ['["a b"]', /^item 1 of "environments": expected the name of an environment, such as dev$/, undefined],
    ['[dev, ""]', /^item 2 of "environments": expected the name of an environment/, undefined],
    ['[1]', /^item 1 of "environments": expected text, found a number$/, /put it in quotes/],
  ])('%s', async (list, message, hint) => {
    const { config, problems } = await load(
      `version: 1\nservers: { a: { command: x, environments: ${list} } }\n`,
    )
    expect(config).toBeUndefined()
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toMatch(message)
    if (hint !== undefined) expect(problems[0]?.hint).toMatch(hint)
  })

  test('a broken reference, also of a server that is elsewhere', async () => {
    const yaml = 'version: 1\nservers: { a: { command: x, environments: [prod], env: { T: "${nope:x}" } } }\n'
    const { config, problems } = await load(yaml)
    expect(config).toBeUndefined()
    expect(problems).toMatchObject([
      { line: 2, severity: 'error', message: '"T": no store is called "nope"' },
    ])
  })
})

describe('sidemux check', () => {
  async function run(yaml: string, json = false): Promise<{ code: number; out: string }> {
    return within(yaml, async (dir) => {
      const stdout = new PassThrough()
      const code = await checkConfig(
        { json },
        { stdout, env: { SIDEMUX_STATE_DIR: dir }, cwd: dir },
        CONFINED,
      )
      return { code, out: String(stdout.read()) }
    })
  }

  test('says in a line what is left out, and that it is no problem', async () => {
    const { code, out } = await run(THREE)
    expect(out).toBe(
      'not in environment dev: prod (environments: [prod])\nservers.yaml: 2 servers, 0 stores, no problems\n',
    )
    expect(code).toBe(0)
    expect(JSON.parse((await run(THREE, true)).out)).toMatchObject({
      problems: [],
      elsewhere: [{ id: 'prod', environments: ['prod'] }],
    })
  })

  test('finds a token in plain in a server that is elsewhere (promise 3)', async () => {
    const { out } = await run(
      'version: 1\nservers: { a: { command: x, environments: [prod], env: { API_TOKEN: "plain-token-0123456789" } } }\n',
    )
    expect(out).toMatch(/servers\.yaml:2:\d+: warning: /)
    expect(out).not.toContain('plain-token')
  })
})

test.each<[poll: string, expected: RegExp | undefined]>([
  ['10s', undefined],
  ['1h', undefined],
  [
    '9999ms',
    /^"poll": expected 10s or more, since each look asks the back end; write poll: 10s, or leave it out$/,
  ],
  ['soon', /^"poll": expected a duration such as 500ms/],
])('poll: %s', async (poll, expected) => {
  const yaml = `version: 1\nsecrets: { d: { type: doppler, token: "\${env:T}", poll: ${poll} } }\nservers: { a: { command: x } }\n`
  const { problems } = await load(yaml)
  const said = problems.map(({ message, hint }) =>
    [message, ...(hint === undefined ? [] : [hint])].join('; '),
  )
  if (expected === undefined) expect(said).toEqual([])
  else expect(said).toEqual([expect.stringMatching(expected)])
})
