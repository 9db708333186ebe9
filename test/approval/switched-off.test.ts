/** A switch that is off by the schema too counts as absent in grants (promise 4: few questions, each right). */
import { expect, it } from 'vitest'
import { withoutSwitchedOff } from '../../src/approval/grants/switched-off.ts'

const inputSchema = {
  type: 'object',
  properties: {
    force: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: true },
    dryRun: { type: 'boolean' },
    branch: { type: 'string', default: 'main' },
    depth: { type: 'number', default: 0 },
    nested: { type: 'object', default: false },
  },
}

it.each<[string, Record<string, unknown>, unknown, readonly string[]]>([
  ['off, and off by default', { force: false }, inputSchema, []],
  ['on', { force: true }, inputSchema, ['force']],
  ['on by default: a server may not keep to it', { verify: true }, inputSchema, ['verify']],
  ['off, and on by default', { verify: false }, inputSchema, ['verify']],
  ['off, and nothing is said', { dryRun: false }, inputSchema, ['dryRun']],
  ['a text as by default', { branch: 'main' }, inputSchema, ['branch']],
  ['a number as by default', { depth: 0 }, inputSchema, ['depth']],
  ['what only looks like off', { force: 'false' }, inputSchema, ['force']],
  ['what only looks like off, too', { force: 0 }, inputSchema, ['force']],
  ['nothing', { force: null }, inputSchema, ['force']],
  ['another name', { Force: false }, inputSchema, ['Force']],
  ['a name that objects have anyway', { constructor: false }, inputSchema, ['constructor']],
  ['the others stay', { force: false, branch: 'x' }, inputSchema, ['branch']],
  ['without a schema', { force: false }, undefined, ['force']],
  ['with a schema that says nothing', { force: false }, { type: 'object' }, ['force']],
])('%s', (_what, args, schema, left) => {
  expect(Object.keys(withoutSwitchedOff(args, schema))).toEqual(left)
})
