import { describe, expect, test } from 'vitest'
import { call, pidFile, spec, startFleet, textOf, until } from './harness.ts'

describe('a child is spoken to in the era that it knows', () => {
  const cases = [
    { server: 'modern', version: '2026-07-28', era: '2026-07-28', starts: 1 },
    { server: 'legacy', version: '2025-11-25', era: 'legacy', starts: 1 },
    { server: 'silent', version: '2025-11-25', era: 'legacy', starts: 1 },
    { server: 'dies-on-probe', version: '2025-11-25', era: 'legacy', starts: 2 },
    { server: 'chatty', version: '2025-11-25', era: 'legacy', starts: 1 },
  ]
  test.each(cases)('$server: $version, $starts start(s)', async ({ server, version, era, starts }) => {
    const pids = pidFile()
    const { fleet, child, eras } = startFleet([spec('one', server, { env: { PIDS: pids.path } })], {
      probeTimeoutMs: 600,
    })
    await fleet.settled()
    expect(child('one').state).toMatchObject({ kind: 'ready', protocolVersion: version })
    expect(eras.get('one')).toBe(era)
    expect(textOf(await call(child('one'), 'echo', { text: 'hé' }))).toBe('hé')
    expect(pids.pids()).toHaveLength(starts)
  })
})
