import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Asker, Channel, HostInfo } from '../../../src/approval/facts/channel.ts'
import { LearnedChannels } from '../../../src/approval/hosts/learned.ts'
import { CHANNEL_NAMES, type ChannelName } from '../../../src/approval/facts/pending.ts'
import { ApprovalQueue } from '../../../src/approval/queue.ts'
import { Seal } from '../../../src/approval/facts/seal.ts'
import { asked as request } from '../asked.ts'

const workedIn = (book: LearnedChannels, host: HostInfo | undefined): readonly ChannelName[] =>
  CHANNEL_NAMES.filter((channel) => book.worked(host, channel))

const claude = { name: 'claude-code', version: '2.1.332' }

function state(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

it('knows in the next run, and in another sidecar, by name and version', () => {
  const dir = state()
  const one = new LearnedChannels(dir)
  const beside = new LearnedChannels(dir)
  expect(workedIn(beside, claude)).toEqual([])
  one.answered(claude, 'page')
  one.answered(claude, 'page')
  beside.answered(claude, 'terminal')
  for (const book of [one, beside, new LearnedChannels(dir)]) {
    expect(workedIn(book, claude)).toEqual(['page', 'terminal'])
    expect(workedIn(book, { ...claude, version: '2.1.333' })).toEqual([])
    expect(workedIn(book, { name: 'claude-code' })).toEqual([])
    expect(workedIn(book, undefined)).toEqual([])
  }
  expect(statSync(join(dir, 'hosts')).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(join(dir, 'hosts')))
    expect(statSync(join(dir, 'hosts', name)).mode & 0o777).toBe(0o600)
})

it.each(['__proto__', '../../../etc/passwd', 'a\0b', '\u202E', 'x'.repeat(1e6), ''])(
  'keeps a host that calls itself %j apart from others',
  (name) => {
    const dir = state()
    const book = new LearnedChannels(dir)
    book.answered({ name }, 'elicitation')
    expect(workedIn(book, { name })).toEqual(['elicitation'])
    expect(workedIn(book, { name: `${name}.` })).toEqual([])
    expect(readdirSync(dir)).toEqual(['hosts'])
  },
)

it('is bounded, and forgets the oldest', () => {
  const dir = state()
  const book = new LearnedChannels(dir)
  for (let at = 0; at < 300; at += 1) {
    book.answered({ name: `host ${at}` }, 'page')
    for (const name of at === 0 ? readdirSync(join(dir, 'hosts')) : [])
      utimesSync(join(dir, 'hosts', name), 1000, 1000)
  }
  expect(readdirSync(join(dir, 'hosts')).length).toBeLessThanOrEqual(256)
  expect(workedIn(book, { name: 'host 0' })).toHaveLength(0)
  expect(workedIn(book, { name: 'host 299' })).toHaveLength(1)
})

it.each([
  ['a file in place of the directory', (dir: string) => writeFileSync(join(dir, 'hosts'), 'x')],
  [
    'a directory that can not be read',
    (dir: string) => (mkdirSync(join(dir, 'hosts')), chmodSync(join(dir, 'hosts'), 0)),
  ],
  ['a state directory that is gone', (dir: string) => rmSync(dir, { recursive: true })],
  [
    'files of somebody else',
    (dir: string) => (mkdirSync(join(dir, 'hosts')), writeFileSync(join(dir, 'hosts', 'x-page.json'), '{')),
  ],
])('%s harms nothing', (_what, damage) => {
  const dir = state()
  damage(dir)
  const book = new LearnedChannels(dir)
  expect(() => book.answered(claude, 'page')).not.toThrow()
  expect(() => workedIn(book, claude)).not.toThrow()
})

function run(dir: string, answers: Partial<Record<ChannelName, 'approved' | 'denied'>>, which = request) {
  const asked: string[] = []
  const channel = (name: ChannelName): Channel => ({
    name,
    ask: async () => {
      asked.push(name)
      return answers[name] === undefined ? { kind: 'cancelled' } : { kind: answers[name] }
    },
  })
  const queue = new ApprovalQueue({
    channels: [channel('elicitation'), channel('page'), channel('terminal')],
    learned: new LearnedChannels(dir),
    seal: new Seal('session'),
    waitMs: 5000,
    leadMs: 5000,
    expireMs: 60_000,
    now: Date.now,
    onEvent: async () => {},
  })
  const call = async (host: Asker['host'] = claude): Promise<string[]> => {
    asked.length = 0
    const asker: Asker = { kind: 'none', why: 'asked by the fakes', ...(host && { host }) }
    await queue.decide(which, asker, new AbortController().signal)
    return [...asked]
  }
  return call
}

it.each(['approved', 'denied'] as const)(
  'a question begins where one was %s before, and asks the others after it',
  async (word) => {
    const dir = state()
    expect(await run(dir, { terminal: word })()).toEqual(['elicitation', 'page', 'terminal'])
    expect(await run(dir, { terminal: word })()).toEqual(['terminal'])
    // Where it reaches nobody any more, nobody is left out.
    expect(await run(dir, { page: 'approved' })()).toEqual(['terminal', 'elicitation', 'page'])
    expect(await run(dir, { page: 'approved' })({ name: 'codex' })).toEqual(['elicitation', 'page'])
  },
)

it('an answer elsewhere to what the form could not show teaches nothing about the form', async () => {
  const dir = state()
  const long = { ...request, facts: { ...request.facts, args: { text: 'x'.repeat(10_000) } } }
  expect(await run(dir, { page: 'approved' }, long)()).toEqual(['elicitation', 'page'])
  expect(workedIn(new LearnedChannels(dir), claude)).toHaveLength(0)
})

it('what nobody answered teaches nothing', async () => {
  const dir = state()
  await run(dir, {})()
  expect(workedIn(new LearnedChannels(dir), claude)).toHaveLength(0)
})
