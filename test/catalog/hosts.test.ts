import { expect, it } from 'vitest'
import { hostTraits } from '../../src/catalog/hosts.ts'

/** The names that real hosts gave (facts of November 2026), and those of the conformance suite and the SDKs. */
it.each([
  ['claude-code', true, 4000],
  ['claude-ai', true, 4000],
  ['local-agent-mode-mux', true, 4000],
  // It never lists again.
  ['codex-mcp-client', true, 15_000],
  ['Visual Studio Code', true, 4000],
  ['cursor-vscode', true, 4000],
  ['opencode', true, 4000],
  ['continue-cli-client', true, 4000],
  ['Cline', true, 4000],
  ['mcp', true, 4000],
  ['gemini-cli-mcp-client', false, 4000],
  ['conformance-bridge', false, 4000],
  ['mcp-inspector', false, 4000],
  [undefined, false, 4000],
])('%s', (name, flat, listWaitMs) => {
  expect(hostTraits(name)).toEqual({ flat, listWaitMs })
})
