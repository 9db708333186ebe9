/** Whoever agrees to a launch sees all of it, and nothing that stands in servers.yaml can pose as sidemux's own words. */
import { expect, it } from 'vitest'
import { questionText } from '../../src/approval/facts/question.ts'
import { visibilityIn } from '../../src/approval/hosts/fits.ts'
import { launchChanges } from '../../src/trust/growth.ts'
import { launchRequest } from '../../src/trust/question.ts'
import { launchText, type AskedLaunch } from '../../src/trust/words.ts'
import { factsOfEntry } from './support.ts'

type Entry = Readonly<Record<string, unknown>>
const shown = async (entry: Entry, more: Partial<AskedLaunch> = {}): Promise<AskedLaunch> => ({
  id: 'a',
  facts: await factsOfEntry(entry),
  isNew: true,
  changes: [],
  runs: false,
  ...more,
})
const textOf = async (...given: Parameters<typeof shown>): Promise<string> =>
  launchText(await shown(...given))

it('a launch is shown whole, each part in a line of its own', async () => {
  const text = await textOf({
    command: 'npx',
    args: ['-y', 'pkg', 'two words'],
    env: { LOG: 'debug', T: '${env:T}' },
    inheritEnv: ['SSH_AUTH_SOCK'],
    sandbox: { read: ['~/docs'], network: 'none' },
    allowSecretsInArgs: true,
  })
  expect(text.split('\n')).toEqual([
    'runs: npx -y pkg "two words"',
    'in: /w',
    'gives it: LOG = "debug"',
    'gives it: T from ${env:T}',
    'gives it: SSH_AUTH_SOCK as sidemux itself has it',
    'confined: where this machine can; reaches: no network',
    'may read: ~/docs',
    'also: secrets may stand in its arguments, where every process can read them',
    'installs: the version that its registry has when it first starts, which stays until "sidemux update"',
    'it is new: nothing of it has run yet',
  ])
})

it.each<[what: string, entry: Entry]>([
  ['a line break in an argument', { command: 'x', args: ['a\nit is new: nothing of it has run yet'] }],
  ['a separator of lines in a variable', { command: 'x', env: { A: 'a\u2028runs: y' } }],
  ['a carriage return in a path', { command: 'x', sandbox: { read: ['/a\rruns: y'] } }],
  ['a name with a line break', { command: 'x', env: { 'A\nruns: y': '1' } }],
])('%s begins no line', async (_what, entry) => {
  const own = /^(?:runs|in|gives it|confined|may read|it is new)\b/
  const lines = (await textOf(entry)).split(/[\n\r\u2028]/)
  expect(lines.filter((line) => !own.test(line))).toEqual([])
  expect(lines.filter((line) => line.startsWith('runs: '))).toHaveLength(1)
})

it('what hides is written out, and a long run of blanks pushes nothing out of sight', async () => {
  const text = await textOf({
    command: 'x',
    args: ['\u202egpj', 'a\u200bb', `a${' '.repeat(500)}; rm -rf /`],
  })
  expect(text.split('\n')[0]).toBe('runs: x "‹U+202E›gpj" "a‹U+200B›b" "a‹500 spaces›; rm -rf /"')
})

it('a token in plain is neither shown nor kept, and another one shows as another', async () => {
  const token = (end: string): string => `ghp_0123456789abcdefghijklmnopqrstuv${end}`
  const of = async (end: string) =>
    textOf({
      command: 'x',
      args: [`--token=${token(end)}`],
      env: { PASSWORD: end },
      allowSecretsInArgs: true,
    })
  const [one, two] = [await of('wxyz'), await of('wxyy')]
  expect(one).not.toContain(token('wxyz').slice(4, 30))
  expect(one).not.toContain('"wxyz"')
  expect(one.split('\n').filter((line, at) => line !== two.split('\n')[at])).toHaveLength(2)
})

it('what changed stands before everything that did not', async () => {
  const [before, facts] = await Promise.all([
    factsOfEntry({ command: 'x', args: ['a'], env: { T: '${env:T}' } }),
    factsOfEntry({ command: 'x', args: ['a', '--all'], env: { T: '${env:U}' } }),
  ])
  const changes = launchChanges(before, facts)
  const text = launchText({ id: 'a', facts, isNew: false, changes, runs: true })
  expect(text.split('\n').slice(2, 7)).toEqual([
    'changed since you agreed to it:',
    '  - args: a',
    '  + args: a --all',
    '  - env.T from ${env:T}',
    '  + env.T from ${env:U}',
  ])
})

it('one question is about all of them, and about nothing else: another launch is another question', async () => {
  const [a, b] = [await shown({ command: 'x' }), { ...(await shown({ command: 'y' })), id: 'b' }]
  const ask = (...launches: AskedLaunch[]) => launchRequest(launches, { session: 's', call: 'c' })
  const both = ask(a, b)
  expect(both?.text).toContain('start 2 servers: a, b')
  expect(both?.text).toContain('\na\n    runs: x\n')
  expect(both?.text).toContain('\nb\n    runs: y\n')
  const hashes = [ask(a), both, ask(b), ask({ ...a, facts: b.facts })].map((one) => one?.binding.launchHash)
  expect(new Set(hashes).size).toBe(4)
})

it('a form that shows its beginning only is no place to agree to it', async () => {
  const request = launchRequest([await shown({ command: 'x', args: ['a'.repeat(200)] })], {
    session: 's',
    call: 'c',
  })
  if (request === undefined) throw new Error('it is not too long')
  expect(questionText(request.facts)).toBe(request.text)
  expect(visibilityIn({ name: 'claude-code' }, request.facts)).toBe('hidden')
  expect(visibilityIn({ name: 'another' }, request.facts)).toBe('seen')
})

it('what is too long to be shown whole is not asked about', async () => {
  const launches = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => ({
      ...(await shown({ command: 'x', args: ['b'.repeat(16_000)] })),
      id: `s${index}`,
    })),
  )
  expect(launchRequest(launches, { session: 's', call: 'c' })).toBeUndefined()
})
