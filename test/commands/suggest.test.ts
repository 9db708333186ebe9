/** `tools --suggest`: rules by which a person is asked less, and nothing that destroys. */
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { printProposals, type Proposed } from '../../src/commands/suggest/print.ts'
import { propose, type KnownTool } from '../../src/commands/suggest/propose.ts'
import { argumentFactsOf } from '../../src/policy/risk/arguments.ts'
import { toolRules, type ToolRules } from '../../src/policy/options.ts'
import { readsByName } from '../../src/policy/risk/reading-tools.ts'
import { decide } from '../../src/policy/rules.ts'

type Said = KnownTool['said']
const yes = (count: number, no = 0): Said => ({ yes: count, no, asked: count + no, calls: [] })

function known(
  names: readonly string[],
  rules: ToolRules = {},
  said: Record<string, Said> = {},
): KnownTool[] {
  return names.map((name) => {
    const inputSchema = name === 'query' ? { properties: { sql: { type: 'string' } } } : {}
    const tool = { name, arguments: argumentFactsOf(inputSchema), unchanged: true }
    const verdict = decide(tool, rules)
    const reads = verdict.kind === 'confirm' && verdict.rule === 'risk' && readsByName(tool)
    return { name, verdict, reads, said: said[name] }
  })
}

const GITHUB = [
  'get_issue',
  'get_file',
  'list_issues',
  'create_issue',
  'update_issue',
  'delete_repo',
  'query',
]

describe('what is proposed', () => {
  it.each<[string, readonly string[], ToolRules, Record<string, Said>, readonly string[] | undefined]>([
    ['what reads by name', GITHUB, {}, {}, ['get_*', 'list_issues']],
    [
      'what was let run each time, most often first',
      GITHUB,
      {},
      { create_issue: yes(3), update_issue: yes(9) },
      ['update_issue', 'create_issue', 'get_*', 'list_issues'],
    ],
    [
      'what reads by name as that, however often it ran',
      GITHUB,
      {},
      { get_issue: yes(9) },
      ['get_*', 'list_issues'],
    ],
    ['not what was let run twice', GITHUB, {}, { create_issue: yes(2) }, ['get_*', 'list_issues']],
    [
      'not what was denied once',
      GITHUB,
      {},
      { create_issue: yes(9, 1), get_issue: yes(9, 1) },
      ['get_file', 'list_issues'],
    ],
    [
      'never what destroys or runs a statement',
      ['delete_repo', 'purge'],
      {},
      { delete_repo: yes(99) },
      undefined,
    ],
    ['a statement only where it was let run each time', ['query'], {}, { query: yes(99) }, ['query']],
    ['no pattern that fits what asks', ['get_a', 'get_b', 'get_and_delete_c'], {}, {}, ['get_a', 'get_b']],
    ['not what a rule asks about', ['get_a', 'get_b'], { confirm: ['*'] }, { get_a: yes(9) }, undefined],
    ['nothing that is hidden', ['get_a', 'get_b'], { allow: [] }, {}, undefined],
    [
      'beside the rules that are there',
      ['get_a', 'get_b', 'x'],
      { allow: ['x'], others: 'judge', block: ['y'] },
      {},
      ['x', 'get_*'],
    ],
    ['no name that would be a pattern', ['get_*', 'get_{a'], {}, {}, undefined],
    [
      'no name that hides something',
      ['post_a', 'post_\u202eb'],
      {},
      { post_a: yes(3), 'post_\u202eb': yes(9) },
      ['post_a'],
    ],
    ['camel case', ['getUser', 'getTeam', 'setUser'], {}, {}, ['get*']],
    [
      'a prefix of the server',
      ['slack_get_users', 'slack_get_channels', 'slack_post'],
      {},
      {},
      ['slack_get_*'],
    ],
    ['nothing', [], {}, {}, undefined],
  ])('%s', (_what, names, rules, said, allow) => {
    const tools = known(names, rules, said)
    const proposal = propose(tools, rules)
    expect(proposal.rules?.allow).toEqual(allow)
    if (proposal.rules === undefined) return
    const next = toolRules.parse(proposal.rules)
    for (const { name, verdict } of tools) {
      const now = decide({ name, unchanged: true }, next)
      // What is listed stays listed, what destroys or was asked about by a rule stays asked.
      if (verdict.kind !== 'hidden') expect(now.kind).not.toBe('hidden')
      if (verdict.risk === 'destructive' || verdict.kind === 'block') expect(now.kind).toBe(verdict.kind)
    }
    expect(decide({ name: 'added_later', unchanged: true }, next)).toMatchObject({
      kind: 'confirm',
      rule: 'risk',
    })
  })

  it('says what it brings, of the questions in the audit log too', () => {
    const said = { get_issue: yes(4), create_issue: yes(1) }
    expect(propose(known(GITHUB, {}, said), {}).about).toEqual([
      '7 tools ask today, 4 would with this; in the audit log 4 of 5 questions were about these',
      'go on asking: 1 can destroy, which is never proposed, 3 until you let them run 3 times in one place and never say no',
    ])
  })
})

describe('on what it was let work', () => {
  const calls = (...all: Record<string, unknown>[]): Said => ({
    yes: all.length,
    no: 0,
    asked: all.length,
    calls: all,
  })
  it.each<[string, string, Record<string, unknown>[], unknown]>([
    [
      'a repository, whatever issue',
      'add_issue_comment',
      [1, 2, 3].map((n) => ({ owner: 'acme', repo: 'site', issue_number: n, body: 'x' })),
      { owner: 'acme', repo: 'site' },
    ],
    [
      'the folder of all paths',
      'edit_file',
      ['/w/p/src/a', '/w/p/src/b/c', '/w/p/src/d'].map((path) => ({ path })),
      { path: { path: '/w/p/src/**' } },
    ],
    [
      'one path alone',
      'git_add',
      [1, 2, 3].map(() => ({ path: '/w/p', files: ['a'] })),
      { path: { path: '/w/p' } },
    ],
    [
      'a path with signs of a pattern as it is',
      'git_add',
      [1, 2, 3].map(() => ({ path: '{work}/p' })),
      { path: { is: '{work}/p' } },
    ],
    [
      'a folder below where it runs',
      'edit_file',
      ['notes/a', 'notes/b', 'notes/c'].map((path) => ({ path })),
      { path: { path: 'notes/**' } },
    ],
    [
      'no folder that holds too much',
      'edit_file',
      ['/home/a/x', '/home/a/y', '/home/a/z/b'].map((path) => ({ path })),
      undefined,
    ],
    [
      'no way up, and no sign of a pattern',
      'edit_file',
      ['n/../a', 'n/b', 'n/*'].map((path) => ({ path })),
      undefined,
    ],
    [
      'a few channels',
      'post_message',
      ['C1', 'C2', 'C1'].map((channel_id) => ({ channel_id, text: 'x' })),
      { channel_id: { in: ['C1', 'C2'] } },
    ],
    ['not six of them', 'post_message', [1, 2, 3, 4, 5, 6].map((n) => ({ channel_id: `C${n}` })), undefined],
    [
      'a name with a slash is no path',
      'update_issue',
      [1, 2, 3].map(() => ({ repo: 'acme/site' })),
      { repo: { is: 'acme/site' } },
    ],
    [
      'a host',
      'open_url',
      ['https://a.example/x', 'https://a.example/y', 'https://a.example'].map((url) => ({ url })),
      { url: { host: ['a.example'], scheme: ['https'] } },
    ],
    [
      'no host with a user in it',
      'open_url',
      [1, 2, 3].map(() => ({ url: 'https://a.example@b.example/' })),
      undefined,
    ],
    [
      'nothing that was masked or cut',
      'update_issue',
      [1, 2, 3].map(() => ({ repo: 'x [redacted:T]' })),
      undefined,
    ],
    [
      'nothing that nobody sees, or that turns what stands beside it',
      'update_issue',
      [1, 2, 3].map(() => ({ repo: 'site\u202e\u200b', path: '/w/p/src/\u009b2J' })),
      undefined,
    ],
    ['nothing that was not there each time', 'update_issue', [{ repo: 'a' }, { repo: 'a' }, {}], undefined],
    ['nor what the first call left out', 'update_issue', [{}, { repo: 'a' }, { repo: 'b' }], undefined],
    [
      'no place within an argument',
      'post_message',
      [1, 2, 3].map(() => ({ message: { channel: 'C1', text: 'x' } })),
      undefined,
    ],
    [
      'nor one in a list',
      'create_records',
      [1, 2, 3].map(() => ({ records: [{ table: 'people', name: 'Ada' }] })),
      undefined,
    ],
    [
      'nor the whole call in one argument',
      'create_issue',
      [1, 2, 3].map(() => ({ input: { owner: 'acme', repo: 'site', title: 'x' } })),
      undefined,
    ],
    [
      '__proto__ is no place',
      'update_issue',
      [1, 2, 3].map(() => JSON.parse('{"__proto__":"x","repo":"a"}') as Record<string, unknown>),
      { repo: 'a' },
    ],
  ])('%s', (_what, name, all, where) => {
    const rules = propose(known([name], {}, { [name]: calls(...all) }), {}).rules
    // What works in many places, or in no one knows which, is never let run everywhere.
    expect(rules?.allow).toEqual(where === undefined ? undefined : [{ tool: name, where }])
    if (rules === undefined) return
    expect(toolRules.safeParse(rules).success).toBe(true)
  })
})

it('is all that a tool does that works in no place', () => {
  const said = { yes: 3, no: 0, asked: 3, calls: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] }
  expect(propose(known(['add_note'], {}, { add_note: said }), {}).rules?.allow).toEqual(['add_note'])
})

describe('the shape', () => {
  const proposed = (name: string, at: Proposed['at']): Proposed => ({
    name,
    at,
    ...propose(known(GITHUB, { block: ['x'] }), { block: ['x'] }),
  })
  const rules = { block: ['x'], allow: ['get_*', 'list_issues'], others: 'judge' }

  it.each<[string, Proposed['at'], 'whole' | 'entries' | 'no', unknown]>([
    ['servers:', ['servers', 'gh'], 'no', { servers: { gh: { tools: rules } } }],
    [
      'what was pasted, by its own name',
      ['mcpServers', 'Git Hub'],
      'no',
      { mcpServers: { 'Git Hub': { tools: rules } } },
    ],
    ['JSON', ['mcpServers', 'Git Hub'], 'whole', { mcpServers: { 'Git Hub': { tools: rules } } }],
    ['braces in YAML', ['mcpServers', 'gh'], 'entries', { mcpServers: { gh: { tools: rules } } }],
    [
      'deep in the file of an editor',
      ['mcp', 'servers', 'gh'],
      'no',
      { mcp: { servers: { gh: { tools: rules } } } },
    ],
    ['entries with nothing around them', ['gh'], 'whole', { gh: { tools: rules } }],
    ['one entry', [], 'whole', { tools: rules }],
    ['a list', ['extensions', 0], 'no', { extensions: [{ name: 'gh', tools: rules }] }],
    ['__proto__', ['servers', '__proto__'], 'whole', JSON.parse('{"servers":{"__proto__":{"tools":0}}}')],
  ])('%s', (what, at, isJson, expected) => {
    const { text, beside } = printProposals([proposed('gh', at)], isJson)
    const value = (isJson === 'whole' ? JSON.parse(text) : parse(text)) as Record<string, unknown>
    if (what === '__proto__') expect(Object.keys(value['servers'] as object)).toEqual(['__proto__'])
    else expect(value).toEqual(expected)
    expect(beside.length > 0).toBe(isJson === 'whole')
    expect(`${text}${beside.join('\n')}`).toMatch(/2 tools only read by name/)
    expect(({} as Record<string, unknown>)['tools']).toBeUndefined()
  })

  it('gives the reason above each line', () => {
    expect(printProposals([proposed('gh', ['servers', 'gh'])], 'no').text).toMatch(
      /# 2 tools only read by name; the server is silent\n\s+- get_\*\n\s+# it only reads by name; the server is silent\n\s+- list_issues\n\s+# what is not named[^\n]+\n\s+others: judge\n/,
    )
  })

  it('is a comment where there is nothing to propose, or empty JSON', () => {
    const none = [{ name: 'a\nb', at: ['servers', 'a'], ...propose([], {}) }]
    expect(printProposals(none, 'no')).toEqual({ text: '# a‹U+000A›b: no tool of it asks\n', beside: [] })
    expect(printProposals(none, 'whole')).toEqual({
      text: '{}\n',
      beside: ['a‹U+000A›b: no tool of it asks'],
    })
  })
})
