import { expect, it } from 'vitest'
import type { Grant } from '../../src/approval/grants/grants.ts'
import type { Target } from '../../src/catalog/target.ts'
import type { VerdictKind } from '../../src/policy/rules.ts'
import { locked } from '../../src/sidecar/host/host-lock.ts'

const MARK = 'anthropic/requiresUserInteraction'
const NOW = 1_000_000

const target = (name: string, kind: VerdictKind = 'confirm'): Target => ({
  kind: 'tool',
  server: 'box',
  name,
  emitted: `box_${name}`,
  definition: {},
  verdict: { kind, risk: 'destructive', rule: 'risk', reason: '' },
  hash: `hash of ${name}`,
  launchHash: 'l',
  changes: [],
})
const subjectOf = ({ server, name, launchHash, hash }: Target) => ({
  server,
  tool: name,
  launchHash,
  toolHash: hash,
  ruleHash: 'r',
})
const grant = (tool: string, change: Partial<Grant> = {}, subject: object = {}): Grant => ({
  id: tool,
  subject: { ...subjectOf(target(tool)), ...subject },
  risk: 'write',
  createdAt: 0,
  expiresAt: NOW + 1,
  left: undefined,
  used: 0,
  fixed: {},
  free: [],
  salt: '',
  ...change,
})

it.each<[string, Target, Grant[], boolean]>([
  ['a tool that asks', target('wipe'), [], true],
  ['one that runs without a question', target('wipe', 'allow'), [], false],
  ['one that is granted', target('wipe'), [grant('wipe')], false],
  ['one where another is granted', target('wipe'), [grant('other')], true],
  ['one that was granted until now', target('wipe'), [grant('wipe', { expiresAt: NOW })], true],
  ['one whose grant is used up', target('wipe'), [grant('wipe', { left: 0 })], true],
  [
    'one that was granted as another definition',
    target('wipe'),
    [grant('wipe', {}, { toolHash: 'x' })],
    true,
  ],
  ['one that was granted under other rules', target('wipe'), [grant('wipe', {}, { ruleHash: 'x' })], true],
  ['one that was granted for another launch', target('wipe'), [grant('wipe', {}, { launchHash: 'x' })], true],
])('marks %s as its verdict and its grants say', (_what, one, grants, isLocked) => {
  const tool = { name: one.emitted, _meta: { other: 1, [MARK]: false } }
  const beside = { name: 'box_beside' }
  const list = locked([tool, beside], [one], { grants, subject: subjectOf, now: NOW })
  expect(list[0]).toEqual(isLocked ? { ...tool, _meta: { other: 1, [MARK]: true } } : tool)
  expect(list[1]).toBe(beside)
})
