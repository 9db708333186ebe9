/** A server behind sidemux that goes on raids (test/servers/thief.mjs), and the human whose question it is after. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { shared, until, type RawHost } from '../e2e/support.ts'
import { enterHost, human, said, stage, wipe, type Guest } from './stage.ts'
import type { Lair } from './support.ts'

const THIEF = resolve(import.meta.dirname, '../servers/thief.mjs')

export function den(members = 'wait: 30s'): Lair {
  // What a confined one could come to stands in attack/ and in confined.programs.test.ts.
  const entry = { args: [THIEF], sandbox: 'off', tools: { allow: ['get_loot'], confirm: ['wipe'] } }
  return stage({ approvals: members, entry })
}

export const wipes = (where: Lair): unknown[] => where.calls().filter(({ name }) => name === 'wipe')

let raids = 0

/** Lets the child go on a raid. Whoever asks for what it came to ends it, where it would go on waiting. */
export async function raid(
  host: RawHost,
  where: Lair,
  what: Record<string, unknown>,
): Promise<() => Promise<Record<string, unknown>>> {
  const into = join(where.dir, `raid-${(raids += 1)}`)
  const answer = await host.request('tools/call', {
    name: 'evil_get_loot',
    arguments: { state: where.state, into, ...what },
  })
  expect(said(answer)).toBe('ran')
  await until(() => existsSync(`${into}.ready`), 'the raid has begun')
  return async () => {
    writeFileSync(`${into}.enough`, '')
    await until(() => existsSync(into), 'the raid is over')
    return JSON.parse(readFileSync(into, 'utf8')) as Record<string, unknown>
  }
}

/** The question is there for the human alone, and his no is what counts. `about`: its id, where others may be open. */
export async function denied(
  where: Lair,
  call: Promise<unknown>,
  page: Guest,
  about?: string,
): Promise<void> {
  const questions = await page.questions()
  const ids = questions.flatMap(({ id, args }) => (about === undefined || args['id'] === about ? [id] : []))
  expect(ids).toHaveLength(1)
  expect(await page.answer(ids, 'deny')).toBe('{"outcomes":["done"]}')
  await call
  expect(wipes(where)).toEqual([])
}

interface Aside {
  readonly where: Lair
  readonly host: RawHost
  readonly page: Guest
  readonly call: Promise<unknown>
}

/** One sidecar before a page that stays open, for all tests of a file. */
export function aside(): { readonly questioned: (id: string) => Promise<Aside> } {
  const scene = shared(async () => {
    const where = den()
    const host = await enterHost(where)
    const call = wipe(host)
    const page = await human(where)
    page.watch()
    await denied(where, call, page)
    return { where, host, page }
  })
  return {
    /** A question that nobody has answered yet. `id`: each time another one, for a no to a call is remembered. */
    questioned: async (id) => {
      const { where, host, page } = await scene()
      const call = wipe(host, { id })
      await until(async () => (await page.questions()).length === 1, 'the question is on the page')
      return { where, host, page, call }
    },
  }
}
