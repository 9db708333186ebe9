import { expect, it } from 'vitest'
import { tooManyTools } from '../../src/catalog/tool-limits.ts'

it.each([
  [0, []],
  [40, []],
  [41, ['40 (Cursor)']],
  [100, ['40 (Cursor)']],
  [101, ['40 (Cursor)', '100 (Windsurf)']],
  [128, ['40 (Cursor)', '100 (Windsurf)']],
  [129, ['40 (Cursor)', '100 (Windsurf)', '128 (Copilot in JetBrains and Eclipse)', '128 (VS Code']],
])('of %i listed tools it names the hosts that take fewer', (listed, hosts) => {
  const { message = '' } = tooManyTools(listed) ?? {}
  for (const host of hosts) expect(message).toContain(host)
  expect(message.match(/\d+ \(/g) ?? []).toHaveLength(hosts.length)
})
