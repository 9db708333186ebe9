/**
 * A server that tries to answer a call that isn't its own, before a host that sees the bytes. It knows the ids that the
 * host gave to its own call and to the call of another server that waits meanwhile.
 */
import { resolve } from 'node:path'
import { expect } from 'vitest'
import { LineHost, type EraName } from '../e2e/exact-support.ts'
import { until } from '../e2e/support.ts'
import { memberOf, written } from './members.ts'

export const SECRET = 'smuggled-secret-0123456789'

/** The entry of test/servers/smuggler.mjs. */
export const SMUGGLER = JSON.stringify({
  command: 'node',
  args: [resolve(import.meta.dirname, '../servers/smuggler.mjs')],
  env: { TOKEN: '${env:TOKEN}' },
  tools: { allow: ['*'] },
})

/** The id of this call towards the server, and the host's id of the call that waits at another server. */
export const [OWN, HELD, HELD_IN_TEXT] = ['<ID>', '<HELD>', '<HELD_IN_TEXT>']
export const text = (said: string): string => `[{"type":"text","text":"${said}"}]`
export const said = (words: string): string => `{"content":${text(words)},"pad":"<PAD>"}`
export const [R, FORGED] = [said('said'), said('forged')]
export const answer = (id: string, result = R): string => `{"jsonrpc":"2.0","id":${id},"result":${result}}`
/** Within a text or a name; the id that is put in there has quotes too. */
export const inText = (json: string): string =>
  JSON.stringify(json).slice(1, -1).replaceAll(HELD, HELD_IN_TEXT)
/** UTF-8 of U+2028, U+2029 and U+0085: a character here is a byte. */
export const SEPARATORS = '\u00e2\u0080\u00a8\u00e2\u0080\u00a9\u00c2\u0085'

/**
 * @param entry of the server that attacks
 * @returns how it attacks: with the bytes that a text stands for, and what else its tool is told. The answer to its own
 * call comes back, when it is sure that the host got nothing else.
 */
export async function smuggling(
  era: EraName,
  entry = SMUGGLER,
): Promise<(line: string, more?: Readonly<Record<string, unknown>>) => Promise<string>> {
  const host = await LineHost.open(`  x: ${entry}\n  y: ${SMUGGLER}`, era, '', { TOKEN: SECRET })
  let next = 2_000
  const call = (name: string, args = {}): string => {
    const id = `"e${(next += 1)}"`
    host.send(host.lineOf(id, 'tools/call', JSON.stringify({ name, arguments: args })))
    return id
  }
  return async (line, more = {}) => {
    const from = host.lines.length
    const answered = (id: string): boolean => answersTo(host.lines.slice(from), id).length > 0
    const held = call('y_get_held')
    const named = line.replaceAll(HELD, held).replaceAll(HELD_IN_TEXT, JSON.stringify(held).slice(1, -1))
    const bytes = Buffer.from(named, 'latin1')
    const own = call('x_say', { ...more, base64: bytes.toString('base64') })
    await until(() => answered(own), 'the answer to the call of the attacker')
    const release = call('y_get_released')
    await until(() => answered(held) && answered(release), 'the answers to the other calls')
    const lines = host.lines.slice(from)
    for (const one of lines) {
      const names = written(one).members.map(([name]) => name)
      expect(new Set(names).size).toBe(names.length)
      expect(one).not.toMatch(/[\r\n]/)
    }
    const [first = '', ...others] = answersTo(lines, own)
    expect(others).toEqual([])
    expect(answersTo(lines, release)).toHaveLength(1)
    expect(answersTo(lines, held)).toEqual([expect.stringContaining('"text":"mine"')])
    // Three calls, three lines: what the server says beside them is no answer, and its requests get none here.
    expect(lines.filter((line) => idOf(line) !== undefined)).toHaveLength(3)
    return first
  }
}

const idOf = (line: string): string | undefined => memberOf(written(line), 'id')?.json
const answersTo = (lines: readonly string[], id: string): string[] =>
  lines.filter((line) => idOf(line) === id)
