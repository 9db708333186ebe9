/**
 * Promise 4 for prompts and resources: what could do something asks, and what real servers offer mostly doesn't.
 *
 * labelled-offers.jsonl is what published servers list (the first line says which), straight from them, with `asks` by
 * hand: whether a person would want to be asked before it is used.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { classifyPrompt } from '../../src/policy/risk/prompt-risk.ts'
import { classifyTemplate, classifyUri } from '../../src/policy/risk/uri-risk.ts'

interface Row {
  readonly server: string
  readonly kind: 'prompt' | 'template' | 'resource'
  readonly name: string
  readonly arguments?: readonly string[]
  readonly asks: boolean
}

const [, ...rows] = readFileSync(join(import.meta.dirname, 'labelled-offers.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

const CLASSIFY = {
  prompt: ({ name, arguments: args }: Row) => classifyPrompt(name, args),
  template: ({ name }: Row) => classifyTemplate(name),
  resource: ({ name }: Row) => classifyUri(name),
}

it('asks of what published servers offer about nothing but what does something', () => {
  expect(rows.length).toBeGreaterThan(40)
  const asked = rows.filter((row) => CLASSIFY[row.kind](row).class !== 'read')
  expect(asked.map(({ name }) => name)).toEqual(rows.filter(({ asks }) => asks).map(({ name }) => name))
})

describe('a prompt', () => {
  test.each(
    `greet summarize code_review review-code fix_bug write_tests create-commit-message generate-docs explain_code
    debug-error fix_issue_in_project find_errors_in_file IssueToFixWorkflow k8s-diagnose plan_project mcp-demo fetch
    brainstorm refactor translate create_pull_request_description changelog release-notes analyze_logs optimize-query
    design_schema write_blog_post add-docstrings convert_to_typescript test-plan triage commit pull-request standup
    meeting_notes draft_email research_and_write_report onboarding research_topic create_migration_guide compare_products setup_project git_wrapup`.split(
      /\s+/,
    ),
  )('%s makes a text', (name) => {
    expect(classifyPrompt(name, ['topic', 'path', 'url']).class).toBe('read')
  })

  test.each<[string, string, string[]?]>([
    ['delete_everything', 'destructive'],
    ['wipe', 'destructive'],
    ['purgeAll', 'destructive'],
    ['removeUser', 'destructive'],
    ['drop-table', 'destructive'],
    ['flushall', 'destructive'],
    ['udalit_vse', 'destructive'],
    ['execute', 'destructive', ['command']],
    ['send_mail', 'write'],
    ['publish', 'write'],
    ['write_and_send_mail', 'write'],
    ['createAndPublishRelease', 'write'],
    ['fix_then_deploy', 'write'],
    ['draft_and_email', 'write'],
    ['transfer_funds', 'write'],
    ['pay_invoice', 'write'],
    ['shutdown', 'write'],
    ['run_sql', 'write', ['statement']],
    ['do_it', 'unknown', ['command']],
    ['query', 'unknown', ['sql']],
    ['kubectl', 'unknown', ['args']],
    ['удалить', 'unknown'],
    ['dеlete', 'unknown'],
  ])('%s is %s', (name, risk, args = []) => {
    expect(classifyPrompt(name, args).class).toBe(risk)
  })

  it('that explains a command reads it', () => {
    expect(classifyPrompt('explain_command', ['command']).class).toBe('read')
  })
})

describe('a template', () => {
  test.each([
    'repo://{owner}/{repo}/contents{/path*}',
    'repo://{owner}/{repo}/refs/pull/{prNumber}/head/contents{/path*}',
    'file:///{path}',
    'file://{+path}',
    'docs://{command}',
    'man://{command}',
    'search://{query}',
    'github://search/{query}{?page}',
    'postgres://{table}/schema',
    'sql://{table}/schema',
    'logs://{name}',
    'weather://{city}/{date}',
    'db://{table}/{id}',
    'memory://{key}',
    'issue://{id}/comments',
    'pipeline://run/{id}',
    'k8s://{namespace}/{kind}/{name}',
    'https://example.com/{q}',
    'https://example.com/?q={q}',
    'tasks://{id}?action=list',
    'docs://{page}?action=delete',
    'node://{id}',
  ])('%s is read', (template) => {
    expect(classifyTemplate(template).class).toBe('read')
  })

  test.each([
    ['sql://{statement}', 'unknown'],
    ['sql://{x}', 'unknown'],
    ['SQL://{X}', 'unknown'],
    ['db://query/{query}', 'unknown'],
    ['db://{+q}', 'unknown'],
    ['db://{table}{?sql}', 'unknown'],
    ['mongodb://{pipeline}', 'unknown'],
    ['graphql://{query}', 'unknown'],
    ['redis://{command}', 'unknown'],
    ['run://{program}', 'unknown'],
    ['x://run/{what}', 'unknown'],
    ['x://{command}', 'unknown'],
    ['x://{userCommand}', 'unknown'],
    ['x://{action}/{id}', 'unknown'],
    ['kubectl://{args}', 'unknown'],
    ['x://{запрос}', 'unknown'],
    ['x://{%63ommand}', 'unknown'],
    ['cypher://{q}', 'unknown'],
    ['py://{code}', 'unknown'],
    ['x-lua://{source}', 'unknown'],
    ['console://{line}', 'unknown'],
    ['http://localhost/run{?cmd}', 'unknown'],
    ['http://localhost/run?cmd={x}', 'unknown'],
    ['db://main?sql={x}', 'unknown'],
    ['x://y?limit=5&command={x}#z', 'unknown'],
    ['tasks://{id}?action=merge', 'unknown'],
    ['tasks://{id}?action=delete', 'destructive'],
    ['x-exec:{x}', 'destructive'],
    ['exec://{x}', 'destructive'],
    ['shell://{cmd}', 'destructive'],
    ['eval://{+code}', 'destructive'],
    ['tasks://{id}/delete', 'destructive'],
    ['drop://{table}', 'destructive'],
    ['send://{to}', 'write'],
    ['users://{id}/update', 'write'],
  ])('%s is %s', (template, risk) => {
    expect(classifyTemplate(template).class).toBe(risk)
  })
})

describe('a URI that is in no list', () => {
  const templates = ['sql://{statement}', 'db://query/{sql}', 'db://{table}/schema', 'notes://{name}']

  test.each([
    'sql://DROP%20TABLE%20users',
    'SQL://DROP',
    'sql:DROP TABLE users',
    'sql:////x',
    'sql:x',
    'db://query/x',
    'DB://QUERY/x',
    'db://%71uery/x',
    'db://%2571uery/x',
    'db://./query/x',
    'db:///query/x',
    'db://x/../query/y',
    'db:query\\x',
    'db://query?x',
    'memo://delete/5',
    'postgres://host/DROP%20TABLE%20y',
    'tasks://5/delete',
    'tasks://5/delete/',
    'tasks://5/%64elete',
    'exec://rm',
    'ex\nec://rm',
    'lua://os.remove(1)',
    'main://db?sql=DROP TABLE x',
    'main://db?sql=x',
    'main://db?%73ql=x',
    'postgres://host?query=x',
    'notes://one?action=delete',
    'tasks://5?op=send',
    'https://example.com/run?cmd=ls',
    'x-exec:ls',
  ])('%s asks', (uri) => {
    expect(classifyUri(uri, templates).class).not.toBe('read')
  })

  test.each([
    'db://users/schema',
    'notes://delete-me',
    'notes://delete-me.txt',
    'notes://shopping list',
    'file:///home/x/delete',
    'https://example.com/delete',
    'https://example.com/?q=delete',
    'tasks://5?action=list',
    'tasks://5?id=delete#action=delete',
    'config://config',
    'postgres://host/users/schema',
    'ui://app/delete-dialog',
    'memory://knowledge-graph',
    'not a URI',
  ])('%s is read', (uri) => {
    expect(classifyUri(uri, templates).class).toBe('read')
  })
})
