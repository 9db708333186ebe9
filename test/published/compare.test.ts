/** npm run published itself: it sees what goes missing on the way, and is quiet about what sidemux tools says. */
import { describe, expect, it } from 'vitest'
import { compare, type Look, type Row } from './compare.mjs'

const TOOL = {
  name: 'get_x',
  description: 'Gets x.',
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
  _meta: { more: 1 },
}
const ANSWER = {
  result: { content: [{ type: 'text', text: 'x of s3cret-made-up at 2026-01-01T00:00:00Z' }] },
}
const KNOWN = {
  changing: [{ pattern: '\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z', why: 'time' }],
  expected: [{ server: 'box', where: '^tool get_hidden', through: '^not listed: pages', why: 'pages' }],
}
const row = (name: string, more: Partial<Row> = {}): Row => ({
  kind: 'tool',
  server: 'box',
  name: `box_${name}`,
  tool: name,
  verdict: 'allow',
  edits: [],
  ...more,
})
type Lists = NonNullable<Look['lists']>
const look = (more: Partial<Look> = {}): Look & { readonly lists: Lists } => ({
  instructions: 'Ask me for x.\nOften.',
  capabilities: { tools: {}, resources: {}, completions: {} },
  answers: { 'tool get_x': ANSWER },
  lists: { tools: [TOOL], prompts: [], resources: [{ uri: 'a://b', name: 'b' }], templates: [] },
  ...more,
})
const THROUGH = look({
  instructions: 'Each of these.\n- box: "Ask me for x. Often." Tools: get_x',
  lists: {
    tools: [{ ...TOOL, name: 'box_get_x' }],
    prompts: [],
    resources: [{ uri: 'sidemux://box/a://b', name: 'b' }],
    templates: [],
  },
  answers: {
    'tool get_x': {
      result: {
        content: [{ type: 'text', text: 'x of [redacted:box.KEY] at 2026-01-02T00:00:00Z' }],
        _meta: { 'io.modelcontextprotocol/serverInfo': {} },
        resultType: 'complete',
      },
    },
  },
})
const ROWS = [row('get_x'), { ...row('b'), kind: 'resource', name: 'sidemux://box/a://b', tool: 'a://b' }]
const ENTRY = { name: 'box', package: 'box', version: '1', env: { KEY: 's3cret-made-up' } }

function open(straight: Look, through: Look, rows: readonly Row[] = ROWS): string[] {
  const seen = {
    straight: { old: straight, new: { down: 'not of this era' } },
    told: { rows, stderr: '' },
    through: { old: through },
  }
  return compare(ENTRY, seen, KNOWN)
    .differences.filter(({ why }) => why === undefined)
    .map(({ where }) => where)
}

const withTool = (tool: object): Look => ({
  ...THROUGH,
  lists: { ...THROUGH.lists, tools: [{ ...TOOL, name: 'box_get_x', ...tool }] },
})
const edited = (part: string): readonly Row[] => [
  row('get_x', { edits: [{ what: 'left out', part, why: 'so' }] }),
  ...ROWS.slice(1),
]

describe('npm run published', () => {
  const cases: [string, Look, readonly Row[] | undefined, string[]][] = [
    ['what is the same but for names, secrets, times and the hop', THROUGH, undefined, []],
    [
      'a tool that is lost',
      { ...THROUGH, lists: { ...THROUGH.lists, tools: [] } },
      undefined,
      ['tool get_x'],
    ],
    [
      'a tool that is lost, and said',
      { ...THROUGH, lists: { ...THROUGH.lists, tools: [] } },
      edited('all of it'),
      ['tool get_x'],
    ],
    [
      'a tool too many',
      { ...THROUGH, lists: { ...THROUGH.lists, tools: [...THROUGH.lists.tools, { name: 'box_y' }] } },
      undefined,
      ['tool box_y'],
    ],
    ['a description that is cut', withTool({ description: 'Gets' }), undefined, ['tool get_x: description']],
    ['a schema that is changed', withTool({ inputSchema: {} }), undefined, ['tool get_x: inputSchema']],
    ['a schema that is changed, and said', withTool({ inputSchema: {} }), edited('inputSchema'), []],
    [
      'a hint that is invented',
      withTool({ annotations: { readOnlyHint: true, openWorldHint: true } }),
      undefined,
      ['tool get_x: annotations'],
    ],
    [
      'one hint said, another not',
      withTool({ annotations: { openWorldHint: true } }),
      edited('readOnlyHint'),
      ['tool get_x: annotations'],
    ],
    [
      'a hint made stricter, and said',
      withTool({ annotations: { readOnlyHint: false } }),
      edited('readOnlyHint'),
      [],
    ],
    ['meta that is lost', withTool({ _meta: {} }), undefined, ['tool get_x: _meta']],
    [
      'instructions that are lost',
      { ...THROUGH, instructions: 'Each of these.\n- box: tools get_x' },
      undefined,
      ['instructions'],
    ],
    [
      'a capability that is lost',
      { ...THROUGH, capabilities: { tools: {}, resources: {} } },
      undefined,
      ['capabilities'],
    ],
    [
      'another answer',
      { ...THROUGH, answers: { 'tool get_x': { result: { content: [] } } } },
      undefined,
      ['tool get_x'],
    ],
    [
      'an error for an answer',
      { ...THROUGH, answers: { 'tool get_x': { error: { code: 1, message: 'x' } } } },
      undefined,
      ['tool get_x'],
    ],
    ['one that does not start', { down: 'no' }, undefined, ['starts']],
  ]
  it.each(cases)('%s', (_what, through, rows, expected) => {
    expect(open(look(), through, rows)).toEqual(expected)
  })

  it('takes for explained what differences.json names, there only', () => {
    const hidden = [
      ...ROWS,
      row('get_hidden', { verdict: 'hidden', reason: 'pages are off' }),
      row('get_other', { verdict: 'hidden', reason: 'pages are off' }),
    ]
    const straight = look()
    const tools = [...straight.lists.tools, { name: 'get_hidden' }, { name: 'get_other' }]
    expect(open({ ...straight, lists: { ...straight.lists, tools } }, THROUGH, hidden)).toEqual([
      'tool get_other',
    ])
  })

  it('a server that starts neither way is no difference, one that lists through only is', () => {
    const nothing = { tools: [], prompts: [], resources: [], templates: [] }
    expect(open({ down: 'no key' }, { ...THROUGH, lists: nothing })).toEqual([])
    expect(open({ down: 'no key' }, THROUGH)).toEqual(['starts'])
  })
})
