/** What a host was told is kept for its next start as it would be told now: without what became a secret since (promise 3). */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Greeter } from '../../src/commands/common/greeter.ts'
import type { List, ListingHost } from '../../src/downstream/rooms.ts'
import type { Logger } from '../../src/log.ts'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'

const VALUE = 'hunter-2-hunter-3'
const HOST: ListingHost = { name: 'claude-code', pages: false, capabilities: {} }
const listOf = (description: string): List => ({
  entries: [{ name: 'box_get_x', description }],
  cache: undefined,
})

function scene() {
  const stateDir = mkdtempSync(join(tmpdir(), 'sidemux-greeter-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const redactor = new Redactor()
  let trust = 1
  const open = (): Greeter =>
    new Greeter({
      stateDir,
      log: { debug: () => undefined } as unknown as Logger,
      facts: () => {
        if (trust === 0) throw new Error('the book is damaged')
        return {
          version: '0',
          config: '/w/servers.yaml',
          hash: 'a',
          environment: 'dev',
          profile: undefined,
          surface: undefined,
          lock: 'ENOENT',
          frozen: false,
          trust,
        }
      },
      instructions: () => 'hello',
      isWhole: () => true,
      peek: () => listOf('now'),
      mask: (value) => redactor.maskJson(value).value,
      secretsKnown: () => redactor.known,
    })
  const room = join(stateDir, 'greetings')
  const kept = (): readonly string[] =>
    readdirSync(room).map((name) => readFileSync(join(room, name), 'utf8'))
  return { open, kept, redactor, damage: () => (trust = 0) }
}

it('a value that becomes a secret is nowhere in what is kept, whichever host was told it in whichever run', async () => {
  const { open, kept, redactor } = scene()
  const before = open()
  before.listed('tools', { ...HOST, name: 'cursor' }, listOf(`begin with ${VALUE}`))
  await before.end()
  // What was told, and not what it would be told at its end.
  const killed = open()
  killed.listed('prompts', { ...HOST, name: 'other' }, listOf(`begin with ${VALUE}`))
  const now = open()
  now.listed('tools', HOST, listOf(`begin with ${VALUE}`))
  await expect.poll(() => kept().filter((text) => text.includes(VALUE)).length).toBeGreaterThan(1)
  redactor.add('box', [new Secret(VALUE, 'box.TOKEN')])
  now.listed('prompts', HOST, listOf('harmless'))
  await expect.poll(() => kept().filter((text) => text.includes(VALUE))).toEqual([])
  expect(kept().length).toBeGreaterThan(1)
  await now.end()
})

it('hosts of many names are kept in bounds', async () => {
  const { open, kept } = scene()
  const greeter = open()
  for (let n = 0; n < 40; n += 1) greeter.listed('tools', { ...HOST, name: `h${n}` }, listOf('then'))
  await greeter.end()
  expect(kept().filter((text) => text.includes('"now"'))).toHaveLength(16)
})

it('where it can not be told what was agreed to, the host has its list all the same, and nothing is kept', async () => {
  const { open, damage, kept } = scene()
  damage()
  const greeter = open()
  greeter.listed('tools', HOST, listOf('then'))
  await greeter.end()
  expect(kept).toThrow('ENOENT')
})
