import { expect, test } from 'vitest'
import { keptArguments } from '../../../src/audit/facts/arguments.ts'
import { GENESIS, seal } from '../../../src/audit/chain/chain.ts'
import { canonicalHash, canonicalJson } from '../../../src/json/canonical.ts'
import { EntryReader } from '../../../src/commands/policy/recorded-call.ts'
import { parseJson } from '../../../src/json/parse.ts'

const line = (facts: Record<string, unknown>): string => seal('call', '', facts, GENESIS).line

test.each<[string, unknown, Record<string, unknown> | undefined, boolean]>([
  ['as they were sent', parseJson('{"id":9007199254740993,"__proto__":{"a":1}}'), undefined, true],
  ['none', {}, undefined, true],
  ['cut', { text: 'x'.repeat(9000) }, undefined, false],
  ['with a secret masked', { token: 's3cret' }, { arguments: { token: '[redacted:a.T]' } }, false],
  ['as a hash and their shape', { path: 'a' }, { arguments: undefined, shape: { path: 'string(1)' } }, false],
])('the arguments of a call in an audit log: %s', (_what, args, kept, known) => {
  const reader = new EntryReader()
  reader.read(
    line({
      id: '1',
      phase: 'intent',
      name: 'box_x',
      args: canonicalHash(args),
      ...(kept ?? keptArguments(args)),
    }),
  )
  const end = { id: '1', phase: 'outcome', server: 'box', tool: 'x', verdict: 'confirm', outcome: 'ok' }
  const entry = reader.read(line(end)) as { args?: unknown }
  expect(entry).toMatchObject({ kind: 'call', of: { server: 'box', tool: 'x' }, before: 'confirm' })
  expect(canonicalJson(entry.args ?? null)).toBe(known ? canonicalJson(args) : 'null')
})
