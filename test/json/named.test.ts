/** Names from outside are only names, also those that every object of JavaScript has (promises 4 and 5). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { GrantBook } from '../../src/approval/grants/grant-book.ts'
import { offerFor } from '../../src/approval/grants/grant-offer.ts'
import { Catalog } from '../../src/catalog/catalog.ts'
import { lockPlace } from '../catalog/lock-in.ts'
import { localStateSchema } from '../../src/dashboard/neighbours/replies.ts'
import { EntryReader } from '../../src/commands/policy/recorded-call.ts'
import { members, named, variable } from '../../src/json/named.ts'
import { Continuations } from '../../src/pipeline/continuation.ts'
import { readLocal } from '../../src/secrets/local.ts'
import { LocalSecrets } from '../../src/secrets/stores/local/secrets.ts'
import type { Tool } from '../../src/upstream/messages/tool.ts'

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', '0', '10']

function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-names-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const toolOf = (name: string, description = 'as it was'): Tool => ({
  name,
  description,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
})
const offering = (tool: Tool) => ({
  tools: [toolOf('get_other'), tool],
  prompts: [],
  resources: [],
  templates: [],
  capabilities: {},
  cache: {},
})

describe.each(NAMES)('%s', (name) => {
  it('as a tool is pinned, over a restart too, and a change of it asks', () => {
    const dir = stateDir()
    const servers = [{ id: 'box', launchHash: 'launch', rules: { allow: ['*'] } }]
    const run = (): Catalog => new Catalog(servers, lockPlace(dir).open(['box']))
    const verdictOf = (catalog: Catalog, tool: Tool): string | undefined => {
      catalog.take('box', offering(tool))
      return catalog.entries().find(({ target }) => target.name === name)?.target.verdict.kind
    }
    const catalog = run()
    expect(verdictOf(catalog, toolOf(name))).toBe('allow')
    expect(verdictOf(catalog, toolOf(name, 'poisoned'))).toBe('confirm')
    expect(verdictOf(run(), toolOf(name, 'poisoned'))).toBe('confirm')
    expect(verdictOf(run(), toolOf(name))).toBe('allow')
  })

  it('as a member of a definition is a change like any other', () => {
    const dir = stateDir()
    const servers = [{ id: 'box', launchHash: 'launch', rules: { allow: ['*'] } }]
    const plain = toolOf('get_it')
    const more = JSON.parse(JSON.stringify(plain).replace('{', `{${JSON.stringify(name)}:{"a":1},`)) as Tool
    for (const [first, then, kinds] of [
      [plain, more, ['allow', 'confirm']],
      [more, more, ['confirm', 'confirm']],
    ] as const) {
      for (const [tool, kind] of [
        [first, kinds[0]],
        [then, kinds[1]],
      ] as const) {
        const catalog = new Catalog(servers, lockPlace(dir).open(['box']))
        catalog.take('box', offering(tool))
        expect(catalog.find('tool', 'box_get_it')?.target.verdict.kind).toBe(kind)
      }
    }
  })

  it('as an argument is granted by its value, or not at all', () => {
    const dir = stateDir()
    const hash = 'a'.repeat(64)
    const subject = { server: 's', tool: 't', launchHash: hash, toolHash: hash, ruleHash: hash }
    const args = JSON.parse(`{${JSON.stringify(name)}:"x"}`) as Record<string, unknown>
    const offer = offerFor('write', args, false)
    const grants = (): GrantBook =>
      new GrantBook({ stateDir: dir, configFile: '/x', now: () => 1000, onError: () => undefined })
    if (name === '__proto__') return expect(offer).toBeUndefined()
    if (offer === undefined) throw new Error('not offered')
    grants().remember(subject, { args, shown: args, offer }, { fixed: [name], uses: 1, ms: 60_000 })
    expect(grants().use(subject, {})).toBeUndefined()
    expect(grants().use(subject, { [name]: 'y' })).toBeUndefined()
    expect(grants().use(subject, args)?.left).toBe(0)
  })

  it('as an argument is shown on the page of a neighbour', () => {
    const pending = {
      id: 'q',
      facts: { server: 's', tool: 't', risk: 'write', why: 'w', args: {}, changes: [] },
      text: 'x',
      askedAt: 1,
      expiresAt: 2,
      waiting: true,
      state: 'open',
    }
    const sidecar = { id: 'a', pid: 1, config: '/x', startedAt: 1 }
    const text = JSON.stringify({ sidecar, pending: [pending], more: 0, pageOpen: false, pageComing: false })
    const raw: unknown = JSON.parse(text.replace('"args":{}', `"args":{${JSON.stringify(name)}:7}`))
    const args = localStateSchema.parse(raw).pending[0]?.facts.args ?? {}
    expect(Object.entries(args)).toEqual([[name, 7]])
  })

  it('as a secret of this machine is kept and read', async () => {
    const local = new LocalSecrets(stateDir())
    await local.set(name, 'value', 'file', AbortSignal.timeout(5000))
    const entry = local.entries().get(name)
    expect(entry && (await local.value(name, entry, AbortSignal.timeout(5000)))).toBe('value')
  })

  it('as a variable is none that nobody has set, and is read where somebody has', async () => {
    const env = JSON.parse(`{${JSON.stringify(name)}:"x"}`) as NodeJS.ProcessEnv
    const read = async (from: NodeJS.ProcessEnv): Promise<unknown> =>
      readLocal({ kind: 'env', name }, { env: from, baseDir: '/' })
    expect(await read({})).toMatchObject({ ok: false })
    expect(await read(env)).toEqual({ ok: true, value: 'x' })
    expect([variable(process.env, name), variable(env, name)]).toEqual([undefined, 'x'])
  })

  it('as an argument of a replayed call is judged with it', () => {
    const line = `{"server":"s","tool":"t","args":{${JSON.stringify(name)}:1}}`
    const entry = new EntryReader().read(line)
    expect(JSON.stringify(entry)).toContain(`{${JSON.stringify(name)}:1}`)
  })

  it('as the name of a server’s question comes back to it', async () => {
    const continuations = new Continuations({ session: 's', expireMs: 1000, now: () => 0 })
    const asked = JSON.parse(`{${JSON.stringify(name)}:{"method":"roots/list"}}`) as Record<string, never>
    const bound = { binding: 'b', confirmed: false, configHash: 'c', next: { kind: 'state' } } as const
    const sealed = continuations.seal({ ...bound, asked })
    const opened = continuations.open(sealed ?? '', 'b')
    expect(JSON.stringify(opened)).toContain(JSON.stringify(name))
  })

  it('is in a map, and in none that does not have it', () => {
    expect([...named(z.number()).parse(JSON.parse(`{${JSON.stringify(name)}:1}`))]).toEqual([[name, 1]])
    expect(named(z.number()).parse({}).get(name)).toBeUndefined()
    const one: unknown = JSON.parse(`{${JSON.stringify(name)}:1}`)
    expect(Object.entries(members(z.number()).parse(one))).toEqual([[name, 1]])
  })
})

it.each([
  ['a list', []],
  ['nothing', null],
  ['a word', 'x'],
])('%s is no such object', (_what, value) => {
  expect(named(z.number()).safeParse(value).success).toBe(false)
})
