/** What is wrong keeps down what it belongs to, and everything where it could be a rule (promise 1). */
import { describe, expect, test } from 'vitest'
import { keptDownReason, keptDownWords } from '../../src/config/kept-down.ts'
import { storeFor } from '../../src/secrets/stores/identity.ts'
import { carryOn } from '../../src/sidecar/carry.ts'
import { load } from './support.ts'

const servers = 'servers:\n  good: { command: x }\n  uses: { command: y, env: { T: "${team:/x}" } }\n'
const store = 'secrets: { team: { type: dotenv, path: .env } }\n'

describe('what an error keeps down', () => {
  const everything = undefined
  const cases: readonly [what: string, text: string, up: readonly string[] | undefined, profile?: string][] =
    [
      ['an unknown key at the top', `version: 1\n${store}${servers}aprovals: {}\n`, everything],
      ['another version', `version: 2\n${store}${servers}`, everything],
      [
        'approvals that can not be read',
        `version: 1\n${store}${servers}approvals: { channels: page }\n`,
        everything,
      ],
      ['audit that can not be read', `version: 1\n${store}${servers}audit: { required: "no" }\n`, everything],
      [
        'defaults that can not be read',
        `version: 1\n${store}${servers}defaults: { sandbox: on }\n`,
        everything,
      ],
      ['an environment that is none', `version: 1\nenvironment: ../x\n${store}${servers}`, everything],
      ['a section twice', `version: 1\n${store}${servers}audit: {}\naudit: {}\n`, everything],
      ['servers twice', `version: 1\n${store}${servers}${servers}`, everything],
      ['stores that are no mapping', `version: 1\nsecrets: [team]\n${servers}`, everything],
      [
        'an approval that expires at once',
        `version: 1\n${store}${servers}approvals: { expire: 0s }\n`,
        everything,
      ],
      [
        'a comment of another language at the top',
        `version: 1\n${store}${servers}// audit: {}\n`,
        everything,
      ],
      [
        'a store of no type that there is',
        `version: 1\nsecrets: { team: { type: dotnev, path: x } }\n${servers}`,
        ['good'],
      ],
      [
        'a setting of a store',
        'version: 1\nsecrets: { team: { type: dotenv, path: "${x" } }\n' + servers,
        ['good'],
      ],
      [
        'a store that nobody uses',
        `version: 1\nsecrets: { team: { type: dotenv, path: .env }, other: { type: x } }\n${servers}`,
        ['good', 'uses'],
      ],
      ['a store that is not declared', `version: 1\n${servers}`, ['good']],
      [
        'a lease of a broken store',
        `version: 1\nsecrets: { v: { type: valt } }\nservers:\n  a: { command: x, leases: { db: { store: v, path: p } }, env: { U: "\${lease:db#u}" } }\n  b: { command: y }\n`,
        ['b'],
      ],
      [
        'a profile that was not chosen',
        `version: 1\n${store}${servers}profiles: { p: { severs: [good] } }\n`,
        ['good', 'uses'],
      ],
      [
        'the profile that was chosen',
        `version: 1\n${store}${servers}profiles: { p: { severs: [good] } }\n`,
        everything,
        'p',
      ],
      [
        'another profile than the one that was chosen',
        `version: 1\n${store}${servers}profiles: { p: { severs: [good] }, q: { servers: [good] } }\n`,
        ['good'],
        'q',
      ],
      ['a profile that there is not', `version: 1\n${store}${servers}`, everything, 'p'],
      [
        'rules of one server',
        `version: 1\n${store}${servers}  odd: { command: z, tools: { confrm: [x] } }\n`,
        ['good', 'uses'],
      ],
      [
        'a limit of one server',
        `version: 1\n${store}${servers}  odd: { command: z, rateLimit: many }\n`,
        ['good', 'uses'],
      ],
      [
        'an alias that repeats what is wrong',
        `version: 1\n${store}servers:\n  a: &a { command: x, env: { A: {} } }\n  b: *a\n  c: { command: y }\n`,
        ['c'],
      ],
      [
        'two names that become one: who has it as it is written keeps it',
        `version: 1\nservers:\n  My Srv: { command: x }\n  my-srv: { command: y }\n`,
        ['my-srv'],
      ],
      [
        'a name that is none',
        `version: 1\nservers:\n  sidemux: { command: x }\n  b: { command: y }\n`,
        ['b'],
      ],
      [
        'a login at a store',
        `version: 1\n${store}servers:\n  a: { command: x, auth: { team: { token: x } } }\n  b: { command: y }\n`,
        ['b'],
      ],
    ]
  test.each(cases)('%s', async (_, text, up, profile) => {
    const { runnable, config, problems } = await load(text, { profile })
    expect(config).toBeUndefined()
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true)
    expect(runnable?.servers.map(({ id }) => id)).toEqual(up)
  })
})

describe('what is said of it', () => {
  test('one line a server, bounded, with its place and no value (promise 3)', async () => {
    const many = Array.from(
      { length: 30 },
      (_, index) => `  s${index}: { command: x, env: { T: [q7Zx9K] } }\n`,
    ).join('')
    const { runnable } = await load(`version: 1\nservers:\n${many}`)
    const words = runnable === undefined ? '' : (keptDownWords(runnable) ?? '')
    const lines = words.split('\n')
    expect(lines).toHaveLength(1 + 20 + 1 + 1)
    expect(lines[1]).toMatch(
      /^- "s0" is not started: \/.*servers\.yaml:3:\d+: "T": expected text, or a mapping with "value"$/,
    )
    expect(lines[21]).toBe('- and 10 more')
    expect(words).not.toContain('q7Zx9K')
    expect(words.length).toBeLessThan(8000)
  })

  test('a call of a server that is fine is not refused', async () => {
    const { runnable } = await load(`version: 1\n${servers}`)
    if (runnable === undefined) throw new Error('not runnable')
    expect(keptDownReason('good', runnable)).toBeUndefined()
    expect(keptDownReason('', runnable)).toBeUndefined()
    expect(keptDownReason('uses', runnable)?.reason).toMatch(
      /"uses" is kept down: .*no store is called "team"/,
    )
  })
})

describe('an edit with something wrong in it', () => {
  const before = `version: 1\n${store}${servers}`
  const edits: readonly [what: string, text: string, up: readonly string[], runs: readonly string[]][] = [
    [
      'in an entry that runs',
      `version: 1\n${store}${servers.replace('command: x', 'comand: x')}`,
      ['good', 'uses'],
      ['good'],
    ],
    ['in an entry that is new', `${before}  odd: { comand: z }\n`, ['good', 'uses'], []],
    ['in a store', before.replace('dotenv', 'dotnev'), ['good', 'uses'], ['uses']],
    [
      'in an entry that is switched off',
      before.replace('command: x', 'comand: x, disabled: true'),
      ['uses'],
      [],
    ],
    [
      'in an entry of another environment',
      before.replace('command: x', 'comand: x, environments: [prod]'),
      ['uses'],
      [],
    ],
    ['in an entry with another name', before.replace('  good:', '  _good:'), ['uses'], []],
    [
      'in an entry that is gone',
      before.replace('  good: { command: x }\n', '  other: { comand: x }\n'),
      ['uses'],
      [],
    ],
  ]
  test.each(edits)('%s', async (_, text, up, runs) => {
    const [was, now] = [await load(before), await load(text)]
    if (was.runnable === undefined || now.runnable === undefined) throw new Error('not runnable')
    const config = carryOn(was.runnable, now.runnable)
    expect(config.servers.map(({ id }) => id)).toEqual(up)
    expect(config.odd.filter((entry) => entry.runs === true).map(({ id }) => id)).toEqual(runs)
    expect([...config.stores.keys()]).toEqual(['team'])
  })

  test('a server that is held keeps its store, and the others have the edited one', async () => {
    const load1 = async (text: string) => {
      const { runnable } = await load(text)
      if (runnable === undefined) throw new Error('not runnable')
      return runnable
    }
    const was = await load1(before)
    const edited = await load1(before.replace('.env', '.other'))
    const { stores } = carryOn(was, edited, new Set(['uses']))
    expect(stores.get(storeFor(stores, 'team', 'uses'))).toEqual(was.stores.get('team'))
    expect(stores.get(storeFor(stores, 'team', 'good'))).toEqual(edited.stores.get('team'))
    expect([...carryOn(was, was, new Set(['uses'])).stores.keys()]).toEqual(['team'])
  })

  test('what goes on keeps its old rules until its entry is right', async () => {
    const rules = before.replace('command: x', 'command: x, tools: { block: [a] }')
    const broken = rules.replace('block: [a]', 'blok: [b]')
    const right = rules.replace('[a]', '[b]')
    const load1 = async (text: string) => {
      const { runnable } = await load(text)
      if (runnable === undefined) throw new Error('not runnable')
      return runnable
    }
    const carried = carryOn(await load1(rules), await load1(broken))
    expect(carried.servers[0]?.tools).toEqual({ block: ['a'] })
    // Again something wrong, and then right.
    const again = carryOn(carried, await load1(`${broken}# more\n`))
    expect(again.servers[0]?.tools).toEqual({ block: ['a'] })
    expect(carryOn(again, await load1(right)).servers[0]?.tools).toEqual({ block: ['b'] })
  })
})
