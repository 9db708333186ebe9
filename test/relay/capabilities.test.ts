import { describe, expect, it } from 'vitest'
import { elicitationModes, mirrored } from '../../src/relay/capabilities.ts'
import { relayRules, type RelayRules } from '../../src/relay/options.ts'

const all = {
  elicitation: { form: { applyDefaults: true }, url: {} },
  sampling: { tools: {}, context: {} },
  roots: { listChanged: true },
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html'] }, 'example.com/x': {} },
  tasks: { list: {} },
  experimental: { x: {} },
  'x-unknown': {},
}

describe('what a server is told of the host (promise 7)', () => {
  const cases: [string, Record<string, unknown>, Partial<RelayRules>, unknown][] = [
    ['nothing', {}, {}, {}],
    [
      'everything, by default',
      all,
      {},
      { elicitation: { form: { applyDefaults: true }, url: {} }, roots: { listChanged: true } },
    ],
    [
      'everything, all allowed',
      all,
      { sampling: 'allow', apps: true },
      {
        elicitation: { form: { applyDefaults: true }, url: {} },
        sampling: { tools: {}, context: {} },
        roots: { listChanged: true },
        extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html'] } },
      },
    ],
    [
      'sampling that is confirmed',
      all,
      { sampling: 'confirm', elicitation: 'off', roots: 'off' },
      { sampling: { tools: {}, context: {} } },
    ],
    ['nothing that is allowed', all, { elicitation: 'off', roots: 'off' }, {}],
    ['forms in the old way', { elicitation: {} }, {}, { elicitation: {} }],
    ['forms with settings of no mode', { elicitation: { applyDefaults: true } }, {}, { elicitation: {} }],
    ['pages only', { elicitation: { url: {} } }, {}, { elicitation: { url: {} } }],
    ['a mode that is none', { elicitation: { url: true } }, {}, {}],
    ['what is no object', { elicitation: true, sampling: [], roots: null }, { sampling: 'allow' }, {}],
    ['roots that never change', { roots: {} }, {}, { roots: {} }],
    ['sampling without more', { sampling: { tools: 1 } }, { sampling: 'allow' }, { sampling: {} }],
    ['apps that the host has not', { extensions: { 'example.com/x': {} } }, { apps: true }, {}],
  ]
  it.each(cases)('%s', (_what, host, rules, told) => {
    expect(mirrored(host, relayRules(rules))).toEqual(told)
  })
})

it.each<[Record<string, unknown>, string[]]>([
  [{}, []],
  [{ elicitation: {} }, ['form']],
  [{ elicitation: { form: {} } }, ['form']],
  [{ elicitation: { url: {} } }, ['url']],
  [{ elicitation: { form: {}, url: {} } }, ['form', 'url']],
])('%j has the modes %j', (capabilities, modes) => {
  expect([...elicitationModes(capabilities)]).toEqual(modes)
})
