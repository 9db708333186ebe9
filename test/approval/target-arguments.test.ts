/**
 * What "Always allow" fixes by default: tools of published servers with the arguments of a call as a model would send
 * it. Before `fixed` stands what says on what the call works; the rest stays free, so that the grant fits a second time.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { targetArguments } from '../../src/approval/grants/target-arguments.ts'

type Args = Readonly<Record<string, unknown>>
type Risk = 'read' | 'unknown' | 'write' | 'destructive'

const long = 'A text that somebody wrote, and that goes on. '.repeat(8)
const lines = 'first line\nsecond line\n'

const TOOLS: readonly (readonly [server: string, tool: string, risk: Risk, args: Args, fixed: string])[] = [
  ['filesystem', 'write_file', 'destructive', { path: 'notes/a.md', content: lines }, 'path'],
  [
    'filesystem',
    'edit_file',
    'write',
    { path: 'a.ts', edits: [{ oldText: 'a', newText: 'b' }], dryRun: false },
    'path dryRun',
  ],
  ['filesystem', 'create_directory', 'write', { path: 'notes/2026' }, 'path'],
  ['filesystem', 'move_file', 'write', { source: 'a', destination: 'b' }, 'source destination'],
  [
    'desktop-commander',
    'write_file',
    'destructive',
    { path: '/a', content: 'x', mode: 'append' },
    'path mode',
  ],
  [
    'desktop-commander',
    'start_process',
    'destructive',
    { command: long, timeout_ms: 1000 },
    'command timeout_ms',
  ],
  ['desktop-commander', 'set_config_value', 'write', { key: 'theme', value: 'dark' }, 'key'],
  [
    'github',
    'create_issue',
    'write',
    { owner: 'acme', repo: 'site', title: 'Broken', body: lines, labels: ['bug'], assignees: ['ann'] },
    'owner repo',
  ],
  [
    'github',
    'add_issue_comment',
    'write',
    { owner: 'acme', repo: 'site', issue_number: 7, body: 'short' },
    'owner repo',
  ],
  [
    'github',
    'create_or_update_file',
    'write',
    {
      owner: 'acme',
      repo: 'site',
      path: 'a.md',
      content: long,
      message: 'Say it',
      branch: 'main',
      sha: 'abc',
    },
    'owner repo path branch',
  ],
  [
    'github',
    'push_files',
    'write',
    { owner: 'acme', repo: 'site', branch: 'x', files: [{ path: 'a', content: 'b' }], message: 'm' },
    'owner repo branch',
  ],
  [
    'github',
    'create_pull_request',
    'write',
    { owner: 'acme', repo: 'site', title: 't', body: 'b', head: 'x', base: 'main', draft: true },
    'owner repo base draft',
  ],
  ['github', 'create_repository', 'write', { name: 'site', description: 'd', private: true }, 'name private'],
  ['github', 'search_code', 'unknown', { q: 'TODO repo:acme/site', per_page: 30, page: 1 }, ''],
  [
    'github',
    'get_file_contents',
    'unknown',
    { owner: 'acme', repo: 'site', path: 'a.md' },
    'owner repo path',
  ],
  ['gitlab', 'create_note', 'write', { project_id: '7', issue_iid: 3, body: 'hm' }, 'project_id'],
  ['slack', 'slack_post_message', 'write', { channel_id: 'C1', text: 'done' }, 'channel_id'],
  [
    'slack',
    'slack_reply_to_thread',
    'write',
    { channel_id: 'C1', thread_ts: '1.2', text: 'ok' },
    'channel_id',
  ],
  [
    'slack',
    'slack_add_reaction',
    'write',
    { channel_id: 'C1', timestamp: '1.2', reaction: 'eyes' },
    'channel_id',
  ],
  ['postgres', 'query', 'destructive', { sql: 'select 1' }, 'sql'],
  [
    'mongodb',
    'aggregate',
    'destructive',
    { database: 'shop', collection: 'orders', pipeline: [{ $match: {} }] },
    'database collection pipeline',
  ],
  [
    'mongodb',
    'delete-many',
    'destructive',
    { database: 'shop', collection: 'orders', filter: { a: 1 } },
    'database collection filter',
  ],
  [
    'mongodb',
    'insert-many',
    'write',
    { database: 'shop', collection: 'orders', documents: [{ a: 1 }] },
    'database collection',
  ],
  [
    'mongodb',
    'create-index',
    'write',
    { database: 'shop', collection: 'orders', name: 'by-a', definition: [{ keys: { a: 1 } }] },
    'database collection',
  ],
  [
    'airtable',
    'create_record',
    'write',
    { baseId: 'b', tableId: 't', fields: { Name: 'x' } },
    'baseId tableId',
  ],
  [
    'airtable',
    'update_records',
    'write',
    { baseId: 'b', tableId: 't', records: [{ id: 'r', fields: {} }] },
    'baseId tableId',
  ],
  [
    'airtable',
    'delete_records',
    'destructive',
    { baseId: 'b', tableId: 't', recordIds: ['r'] },
    'baseId tableId recordIds',
  ],
  [
    'memory',
    'create_entities',
    'write',
    { entities: [{ name: 'a', entityType: 'b', observations: [] }] },
    '',
  ],
  ['memory', 'delete_entities', 'destructive', { entityNames: ['demo'] }, 'entityNames'],
  [
    'memory',
    'delete_observations',
    'destructive',
    { deletions: [{ entityName: 'a', observations: ['b'] }] },
    'deletions',
  ],
  [
    'notion',
    'API-patch-page',
    'write',
    { page_id: 'p', properties: { title: [] }, archived: true },
    'page_id archived',
  ],
  [
    'notion',
    'API-post-page',
    'write',
    { parent: { page_id: 'p' }, properties: {}, children: [{ type: 'x' }] },
    'parent',
  ],
  [
    'notion',
    'API-create-a-comment',
    'write',
    { parent: { page_id: 'p' }, rich_text: [{ text: { content: 'x' } }] },
    'parent',
  ],
  [
    'google-calendar',
    'create-event',
    'write',
    {
      calendarId: 'primary',
      summary: 's',
      description: long,
      start: 'a',
      end: 'b',
      attendees: [{ email: 'a@b' }],
      sendUpdates: 'all',
    },
    'calendarId attendees sendUpdates',
  ],
  [
    'hubspot',
    'hubspot-batch-create-objects',
    'write',
    { objectType: 'contacts', inputs: [{ properties: {} }] },
    'objectType',
  ],
  [
    'jira',
    'jira_put',
    'write',
    { path: '/rest/api/3/issue/A-1', body: { fields: {} }, jq: '.key' },
    'path jq',
  ],
  [
    'linear',
    'linear_create_issue',
    'write',
    { title: 't', description: long, teamId: 'T', priority: 2 },
    'teamId',
  ],
  ['linear', 'linear_bulk_update_issues', 'write', { issueIds: ['a'], update: { priority: 1 } }, 'issueIds'],
  [
    'sentry',
    'update_issue',
    'write',
    { organizationSlug: 'o', issueId: 'I', status: 'resolved' },
    'organizationSlug status',
  ],
  ['puppeteer', 'puppeteer_fill', 'write', { selector: '#name', value: 'Ann' }, 'selector'],
  ['puppeteer', 'puppeteer_navigate', 'write', { url: 'https://a.example' }, 'url'],
  ['puppeteer', 'puppeteer_evaluate', 'destructive', { script: lines }, 'script'],
  [
    'playwright',
    'browser_type',
    'write',
    { element: 'name field', ref: 'e3', text: 'Ann', submit: true },
    'element ref submit',
  ],
  ['shortcut', 'stories-create-comment', 'write', { storyPublicId: 7, text: 'hm' }, 'storyPublicId'],
  [
    'shortcut',
    'stories-update',
    'write',
    { storyPublicId: 7, description: long, estimate: 3, archived: true },
    'storyPublicId archived',
  ],
  [
    'kubernetes',
    'kubectl_delete',
    'destructive',
    { resourceType: 'pod', name: 'web', namespace: 'prod', force: true },
    'resourceType name namespace force',
  ],
  [
    'kubernetes',
    'kubectl_apply',
    'destructive',
    { manifest: lines, namespace: 'prod' },
    'manifest namespace',
  ],
  ['git', 'git_commit', 'write', { path: '/repo', message: 'Say it', amend: false }, 'path amend'],
  [
    'git',
    'git_push',
    'write',
    { path: '/repo', remote: 'origin', branch: 'main', force: true },
    'path remote branch force',
  ],
  [
    'firecrawl',
    'firecrawl_scrape',
    'unknown',
    { url: 'https://a.example', formats: ['markdown'] },
    'url formats',
  ],
  ['brave', 'brave_web_search', 'unknown', { query: 'weather', count: 10 }, ''],
  ['everart', 'generate_image', 'write', { prompt: long, model: '207', image_count: 1 }, 'model'],
]

describe('what is fixed by default', () => {
  it.each(TOOLS)('%s %s (%s)', (_server, tool, risk, args, fixed) => {
    expect(targetArguments({ tool, risk, args }).join(' ')).toBe(fixed)
  })

  it('is tried on tools that are published', () => {
    const known = readFileSync(join(import.meta.dirname, '../policy/labelled-tools.jsonl'), 'utf8')
    const missing = TOOLS.filter(([server, tool]) => !known.includes(`["${server}","${tool}",`))
    expect(TOOLS.length - missing.length).toBeGreaterThanOrEqual(40)
  })

  it.each<[string, Risk, Args, string]>([
    ['send_message', 'write', { message: { channel: '#x', text: 'hi' } }, 'message'],
    ['send_message', 'write', { channel: '#x', message: { blocks: ['hi'] } }, 'channel'],
    ['send_message', 'write', { channel: '#x', attachments: ['/etc/passwd'] }, 'channel attachments'],
    ['send_message', 'write', { channel: '#x', note: '/home/me/My Documents/key' }, 'channel note'],
    ['send_message', 'write', { channel: '#x', note: 'C:\\Users\\me\\My key' }, 'channel note'],
    ['send_message', 'write', { channel: '#x', note: ' file:///home/me/My key ' }, 'channel note'],
    ['send_message', 'write', { channel: '#x', note: '../my key' }, 'channel note'],
    ['send_message', 'write', { channel: '#x', attachments: ['id_rsa'] }, 'channel attachments'],
    ['send_message', 'write', { channel: '#x', attachments: [{ text: 'hi' }] }, 'channel'],
    ['send_message', 'write', { channel: '#x', note: '/remind me to look' }, 'channel'],
    ['send_message', 'write', { channel: '#x', note: '// as a/b and /c say' }, 'channel'],
    ['send_message', 'write', { channel: '#x', note: `/a b${'/'.repeat(100_000)}\n.` }, 'channel'],
    ['send_message', 'write', { channel: '#x', text: 'look: https://a.example and /etc' }, 'channel'],
    ['send', 'write', { options: { to: '#general' }, text: 'x' }, 'options'],
    ['send_email', 'write', { message: { from: 'a@b', to: ['c@d'], subject: 's' } }, 'message'],
    ['create_relations', 'write', { relations: [{ from: 'A', to: 'B', relationType: 'knows' }] }, ''],
    ['share_file', 'write', { value: 'ann@acme.example' }, 'value'],
    ['post_webhook', 'write', { payload: { url: 'https://a.example', data: 'x' } }, 'payload'],
    ['http_post', 'write', { body: 'https://a.example/x' }, 'body'],
    ['http_post', 'write', { body: '{"a":[{"filePath":"x"}]}' }, 'body'],
    ['create_issue', 'write', { input: { owner: 'a', repo: 'b', title: 't' } }, 'input'],
    ['create_issue', 'write', { input: { teamId: 'T', title: 't' } }, 'input'],
    ['write_files', 'write', { entries: [{ path: 'a', content: 'x' }] }, 'entries'],
    ['write_files', 'write', { root: '/srv', entries: [{ path: 'a' }] }, 'root'],
    ['write_files', 'write', { root: '/srv', entries: [{ path: '../a' }] }, 'root entries'],
    ['save', 'write', { Content: { a: { b: [{ Path: 'x' }] } } }, 'Content'],
    ['append', 'write', { content: 'C:\\Users\\me\\keys' }, 'content'],
    ['append', 'write', { content: '/** a comment */\n' }, ''],
    ['wire', 'unknown', { to: 'bob', amount: 500 }, 'to amount'],
    ['list_issues', 'unknown', { state: 'open', limit: 5 }, ''],
    ['run_agent', 'unknown', { prompt: 'tidy up', limit: 3 }, 'prompt'],
  ])('a place or a deed in what is called content: %s (%s) %j', (tool, risk, args, fixed) => {
    expect(targetArguments({ tool, risk, args }).join(' ')).toBe(fixed)
  })

  it.each<[string, Risk, Args, unknown, string]>([
    [
      'a choice of the schema',
      'write',
      { shape: long },
      { properties: { shape: { enum: [long] } } },
      'shape',
    ],
    ['a long text under a name that says nothing', 'write', { zzz: long }, {}, ''],
    ['several lines under such a name', 'write', { zzz: lines }, undefined, ''],
    ['a short one', 'write', { zzz: 'x' }, undefined, 'zzz'],
    ['what is not a schema', 'write', { zzz: 'x' }, 'nonsense', 'zzz'],
    ['a long path is one', 'write', { path: lines + long, file_path: long }, undefined, 'path file_path'],
    ['content alone of what can not be undone', 'destructive', { content: 'x' }, undefined, 'content'],
    ['a long text of what can not be undone', 'destructive', { zzz: long }, undefined, 'zzz'],
    [
      'what is run, by whatever name the tool goes',
      'unknown',
      { query: 'x', command: 'ls' },
      undefined,
      'command',
    ],
    ['a query that is run', 'unknown', { query: 'drop table a' }, undefined, ''],
    [
      'a place that is searched',
      'unknown',
      { pattern: '*.ts', path: '/etc', from: '/etc' },
      undefined,
      'path from',
    ],
    ['whom it is sent to', 'write', { to: ['a@b'], cc: [], subject: 's', body: 'b' }, undefined, 'to cc'],
    [
      'names that no object is asked by',
      'write',
      { constructor: 'x', toString: long },
      undefined,
      'constructor',
    ],
    ['no argument', 'destructive', {}, undefined, ''],
  ])('%s', (_what, risk, args, inputSchema, fixed) => {
    expect(targetArguments({ tool: 'do_it', risk, args, inputSchema }).join(' ')).toBe(fixed)
  })
})
