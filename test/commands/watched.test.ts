/** What `secrets check` says of watching, and how a running sidecar tells that a watch fails. */
import { describe, expect, test } from 'vitest'
import { watchLines } from '../../src/commands/secrets/watched.ts'
import type { Logger } from '../../src/log.ts'
import type { SecretUse } from '../../src/secrets/resolve/resolve.ts'
import type { WatchNews } from '../../src/secrets/resolve/watch-health.ts'
import { tellLeaseLooks, tellWatch } from '../../src/sidecar/children/lookouts.ts'

const watch = () => () => {}
const STORES = new Map([
  ['team', { type: 'vault', watch }],
  ['kc', { type: 'keychain' }],
  ['vars', { type: 'env' }],
])
const use = (store: string, outcome: SecretUse['outcome']): SecretUse => ({
  field: 'env.A',
  reference: `\${${store}:A}`,
  store,
  outcome,
})

test.each<[uses: SecretUse[], lines: RegExp[]]>([
  [[use('team', 'ok'), use('vars', 'ok'), use('lease', 'ok'), use('file', 'denied')], []],
  [[use('team', 'ok'), use('team', 'denied')], [/^team: a server that runs goes on/]],
  [[use('kc', 'ok'), use('kc', 'ok')], [/^kc: nobody looks .* poll: on the store/]],
  [[use('kc', 'denied'), use('vars', 'not_found')], []],
])('secrets check %#', (uses, lines) => {
  const told = watchLines(uses, STORES)
  expect(told).toHaveLength(lines.length)
  for (const [at, line] of lines.entries()) expect(told[at]).toMatch(line)
})

describe('a running sidecar', () => {
  const since = Date.parse('2026-11-28T12:00:00Z')
  const failing: WatchNews = {
    kind: 'failing',
    store: 'team',
    servers: ['a', 'b'],
    since,
    code: 'auth',
    message: 'Vault refuses the token',
    hint: 'put a new one',
  }
  const working: WatchNews = { kind: 'working', store: 'team', servers: ['a'], since }

  function told(tell: typeof tellWatch, news: WatchNews): { lines: string[]; records: object[] } {
    const lines: string[] = []
    const records: object[] = []
    const log = { warn: (_facts: object, text: string) => lines.push(text) } as unknown as Logger
    tell(news, { note: (type, facts) => records.push({ type, ...facts }) }, log)
    return { lines, records }
  }

  test('says one line with store, reason, since when, servers and what follows, and a record for each server', () => {
    const { lines, records } = told(tellWatch, failing)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /store "team" .*since 2026-11-28T12:00:00.000Z: Vault refuses the token \(put a new one\).*servers a, b go on with the values of before.*not noticed.*looked at again by itself/,
    )
    const record = {
      type: 'secret',
      phase: 'watch-failing',
      store: 'team',
      outcome: 'auth',
      since: '2026-11-28T12:00:00.000Z',
    }
    expect(records).toEqual([
      { ...record, server: 'a' },
      { ...record, server: 'b' },
    ])
  })

  test('says that it works again, and of leases that they can not be looked up', () => {
    expect(told(tellWatch, working)).toMatchObject({
      lines: [
        expect.stringMatching(
          /"team" can be watched again, as it could not since 2026.*: a changed secret of server a is noticed/,
        ),
      ],
      records: [{ phase: 'watch-working', server: 'a', outcome: 'ok' }],
    })
    expect(told(tellLeaseLooks, failing)).toMatchObject({
      lines: [expect.stringMatching(/whether leases are still alive.*noticed at its next renewal only/)],
      records: [{ phase: 'lease-looks-failing', server: 'a' }, { server: 'b' }],
    })
  })
})
