/**
 * Rotation of secrets that a program keeps: the real pass with gpg, the real age, and an exec store that is polled.
 * Where a program is missing, its case is skipped with a printed reason.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { needs } from '../servers/needs.mjs'
import { passStore } from '../servers/pass-store.ts'
import { RawHost, atEnd, everythingIn, place, shared, textOf, until, type Place } from './support.ts'

const child = JSON.stringify(resolve(import.meta.dirname, '../servers/token.mjs'))
/** Of each store's own, since what is masked is named by the server that got it. */
const oldOf = (id: string): string => `${id}-old-secret-0123456789`
const newOf = (id: string): string => `${id}-new-secret-9876543210`

interface Case {
  readonly name: string
  /** Of the store, and of the server that uses it. */
  readonly id: string
  readonly programs: readonly string[]
  readonly store: string
  readonly reference: string
  /** Makes what is needed and keeps the old value; returns how to put the new one in its place. */
  prepare(where: Place): () => void
}

const cases: readonly Case[] = [
  {
    name: 'pass insert, with a prefix',
    id: 'pass',
    programs: ['pass', 'gpg'],
    store: '{ type: pass, directory: store, prefix: "{environment}/" }',
    reference: 'github/token',
    prepare({ dir, env }) {
      const store = passStore(dir, env)
      atEnd(store.end)
      const insert = (value: string): void => store.insert('dev/github/token', `${value}\nlogin: x\n`)
      insert(oldOf('pass'))
      return () => insert(newOf('pass'))
    },
  },
  {
    name: 'an age file that is replaced',
    id: 'age',
    programs: ['age', 'age-keygen'],
    store: '{ type: age, identity: key.txt }',
    reference: 'token.age',
    prepare({ dir }) {
      execFileSync('age-keygen', ['-o', join(dir, 'key.txt')], { stdio: 'pipe' })
      const recipient = /age1\w+/.exec(readFileSync(join(dir, 'key.txt'), 'utf8'))?.[0] ?? ''
      const encrypt = (value: string): void => {
        execFileSync('age', ['-r', recipient, '-o', join(dir, 'new.age')], { input: value, stdio: 'pipe' })
        renameSync(join(dir, 'new.age'), join(dir, 'token.age'))
      }
      encrypt(oldOf('age'))
      return () => encrypt(newOf('age'))
    },
  },
  {
    name: 'what a program prints, polled',
    id: 'exec',
    programs: [],
    store: '{ type: exec, command: [cat, "{path}"], poll: 10s }',
    reference: 'kept.txt',
    prepare({ dir }) {
      writeFileSync(join(dir, 'kept.txt'), oldOf('exec'))
      return () => writeFileSync(join(dir, 'kept.txt'), newOf('exec'))
    },
  },
]

const here = cases.filter(({ programs }) => needs(...programs))
const referenceOf = ({ id, reference }: Case): string => `\${${id}:${reference}}`

/** One sidecar with a server for each store, and one whose secret stays as it is. */
const scene = shared(async () => {
  const where = place(
    [
      'version: 1',
      'secrets:',
      ...here.map(({ id, store }) => `  ${id}: ${store}`),
      '  steady: { type: dotenv, path: .env }',
      'servers:',
      ...here.map(
        (one) => `  ${one.id}: { command: node, args: [${child}], env: { TOKEN: "${referenceOf(one)}" } }`,
      ),
      `  stays: { command: node, args: [${child}], env: { TOKEN: "\${steady:TOKEN}" } }`,
    ].join('\n'),
    { '.env': 'TOKEN=steady-secret-0001\n' },
  )
  const replace = new Map(here.map((one) => [one.id, one.prepare(where)]))
  const host = new RawHost(where)
  await host.initialize()
  await host.request('tools/list')
  const pidOf = async (server: string): Promise<string> => {
    const answer = await host.request('tools/call', { name: `${server}_get_token`, arguments: {} })
    const { result } = answer
    if (result === undefined || result['isError'] === true)
      throw new Error(`a call was lost: ${JSON.stringify(answer)}`)
    return textOf(result).split(' ')[0] ?? ''
  }
  const pids = async (): Promise<Map<string, string>> =>
    new Map(
      await Promise.all(
        [...here.map(({ id }) => id), 'stays'].map(async (id) => [id, await pidOf(id)] as const),
      ),
    )
  return { where, host, pidOf, pids, replace }
})

describe('a changed secret', () => {
  it.each(here)('replaces the server that uses it, and no other: $name', async ({ id }) => {
    const { pidOf, pids, replace } = await scene()
    const before = await pids()
    expect(before.get(id)).toMatch(/^\d+$/)
    // Beyond the look that there is soon after each launch, so that only watching can notice it.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    replace.get(id)?.()
    await until(async () => (await pidOf(id)) !== before.get(id), 'another process answers')
    const after = await pids()
    expect([...after.keys()].filter((server) => after.get(server) !== before.get(server))).toEqual([id])
  })

  it('is not in what the host got, in a log or in the state: neither the old value nor the new one', async () => {
    const { where, host } = await scene()
    host.process.stdin?.end()
    expect(await host.exited()).toEqual({ code: 0, signal: null })
    const everything = JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
    for (const one of here) {
      for (const value of [oldOf(one.id), newOf(one.id)]) expect(everything.includes(value)).toBe(false)
      expect(everything).toContain(`[redacted:${one.id}.TOKEN]`)
      expect(everything).toContain(referenceOf(one))
    }
  })
})
