import { describe, expect, it } from 'vitest'
import { selectPrompt } from '../../src/catalog/offers/prompts.ts'
import { selectResource, selectTemplate } from '../../src/catalog/offers/resources.ts'
import { select, type CatalogServer } from '../../src/catalog/offers/select.ts'
import {
  ASKING_HEAD,
  askingJson,
  askingRows,
  editedRows,
  OFFERED_HEAD,
  offeredJson,
  offeredRows,
  unmatchedOffers,
} from '../../src/commands/tools/offered.ts'
import { relayRules } from '../../src/relay/options.ts'

const server: CatalogServer = {
  id: 'box',
  launchHash: 'l',
  rules: {},
  prompts: { confirm: ['review'], block: ['lst_*'] },
  resources: { block: ['file:///etc/*', 'db://users/*', 'memo:typo'] },
}
const entries = [
  select(server, { name: 'get_x', inputSchema: { type: 'object' } }, undefined),
  selectPrompt(server, { name: 'review' }),
  selectResource(server, { uri: 'file:///etc/\u202Ea', name: 'a' }),
  selectResource(server, { uri: 'ui://x/y', name: 'page' }),
  selectTemplate(server, { uriTemplate: 'db://{table}/{id}', name: 'rows' }),
]

describe('what a server offers beside tools', () => {
  it('has a row each, with nothing hidden in it', () => {
    const rows = offeredRows(entries)
    expect(rows.map((row) => row.slice(0, 5))).toEqual([
      ['prompt', 'box_review', 'confirm', 'read', 'prompts.confirm: review'],
      [
        'resource',
        'sidemux://box.encoded/file%3A%2F%2F%2Fetc%2F%E2%80%AEa',
        'block',
        'read',
        'resources.block: file:///etc/*',
      ],
      ['resource', 'sidemux://box/ui://x/y', 'hidden', 'read', 'apps'],
      ['template', 'sidemux://box/db://{table}/{id}', 'allow', 'read', 'risk'],
    ])
    expect(rows.every((row) => row.length === OFFERED_HEAD.length && row.every((cell) => cell !== ''))).toBe(
      true,
    )
  })

  it('is the same as JSON', () => {
    expect(offeredJson(entries)).toHaveLength(4)
    expect(offeredJson(entries)[0]).toMatchObject({
      kind: 'prompt',
      name: 'box_review',
      server: 'box',
      original: 'review',
      verdict: 'confirm',
      listed: true,
      notes: [],
    })
  })

  it('says which patterns match nothing, except where a template might make it', () => {
    expect(unmatchedOffers(server, entries)).toEqual([
      ['box.prompts', 'lst_*'],
      ['box.resources', 'memo:typo'],
    ])
    expect(unmatchedOffers({ id: 'box' }, entries)).toEqual([])
  })
})

describe('what hosts see differently', () => {
  const tasks = (name: string) => ({
    name,
    inputSchema: { type: 'object', properties: {} },
    execution: { taskSupport: 'optional' },
  })
  const odd = (name: string) => ({
    name,
    inputSchema: tasks(name).inputSchema,
    outputSchema: { type: 'string' },
  })
  const rules = { allow: ['get_*'], block: ['get_e'] }
  const all = (tools: readonly Parameters<typeof select>[1][]) =>
    editedRows(tools.map((tool) => select({ ...server, rules }, tool, undefined)))

  it('has a row for all of which the same is true, and few names in it', () => {
    const names = ['get_a', 'get_b', 'get_c', 'get_d', 'get_f']
    expect(all([...names.map(tasks), odd('get_g')])).toEqual([
      ['left out', 'execution', expect.any(String), 'box_get_a, box_get_b, box_get_c and 2 more'],
      ['left out', 'outputSchema', expect.any(String), 'box_get_g'],
    ])
    expect(all(names.slice(0, 4).map(tasks)).map(([, , , of]) => of)).toEqual([
      'box_get_a, box_get_b, box_get_c, box_get_d',
    ])
  })

  it('is nothing of what rules hide', () => {
    expect(all([tasks('get_e'), tasks('drop_x')])).toEqual([])
  })
})

describe('what a server may ask', () => {
  it('has a row each', () => {
    const rows = askingRows([
      { id: 'a', ...relayRules({}) },
      { id: 'b', ...relayRules({ sampling: 'confirm', elicitation: 'off', roots: 'off', apps: true }) },
    ])
    expect(rows.map((row) => row.slice(0, 4))).toEqual([
      ['a', 'ask the user', 'allow', 'elicitation: allow'],
      ['a', 'use the model', 'off', 'sampling: off'],
      ['a', 'see the folders', 'allow', 'roots: allow'],
      ['a', 'show pages', 'off', 'apps: false'],
      ['b', 'ask the user', 'off', 'elicitation: off'],
      ['b', 'use the model', 'confirm', 'sampling: confirm'],
      ['b', 'see the folders', 'off', 'roots: off'],
      ['b', 'show pages', 'allow', 'apps: true'],
    ])
    expect(rows.every((row) => row.length === ASKING_HEAD.length)).toBe(true)
  })

  it('is the same as JSON', () => {
    expect(askingJson([{ id: 'a', ...relayRules({}) }])[1]).toEqual({
      server: 'a',
      may: 'use the model',
      verdict: 'off',
      rule: 'sampling: off',
      meaning: "It can't use the host's model.",
    })
  })
})
