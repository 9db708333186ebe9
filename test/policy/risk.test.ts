import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { argumentFactsOf } from '../../src/policy/risk/arguments.ts'
import { classify, type ToolFacts } from '../../src/policy/risk/risk.ts'

const saysReadOnly = (name: string) =>
  classify({ name, annotations: { readOnlyHint: true }, unchanged: true }).class

describe('a claim to be read-only is believed while the name agrees (promise 4)', () => {
  test.each([
    'get_settings',
    'list_orders',
    'read_posts',
    'search_commits',
    'read_file',
    'echo',
    'query',
    'directory_tree',
    'get_commit',
    'get_merge_request',
    'list_pull_requests',
    'get_release_by_tag',
    'list_workflow_runs',
    'get_created_at',
    'list_deleted_items',
    'list_installations',
    'get_deployment_status',
    'list_updates',
    'orders_list',
    'github_get_commit',
    'getOrders',
    'ListS3Buckets',
    'getHTTPStatus',
    'list_dropbox_files',
    'check_status',
    'git_log',
    'git_diff',
    'open_nodes',
    'resolve-library-id',
    'get_address',
    'get_user_assignees',
    'describe_formats',
    'get_transfer_formats',
    'find_duplicates',
    'get_output',
    'list-settings',
    'search.nodes',
    'list_processes',
    'get_news',
    'browser_snapshot',
    'browser_console_messages',
    'browser_network_requests',
    'take_screenshot',
    'generate_pie_chart',
    'notion-search',
    'stories-get-by-id',
    'maps_directions',
    'db-stats',
    'get_executions',
    'getCurrentTime',
    'postgres_query',
  ])('%s reads', (name) => {
    expect(saysReadOnly(name)).toBe('read')
  })

  test.each([
    'delete',
    'delete_file',
    'DELETE_ALL',
    'deleteAll',
    'DeleteAll',
    'DELETEall',
    'dEleTe',
    'delete2',
    'getAndDelete',
    'get_and_delete',
    'get_or_create',
    'getOrCreate',
    'read_then_post',
    'search_and_order',
    'find_and_replace',
    'rm_file',
    'rmdir',
    'rm-rf',
    'deletefile',
    'sendmail',
    'execsql',
    'killprocess',
    'writefile',
    'removeall',
    'deletes_file',
    'deleting',
    'dropped',
    'stopping',
    'create_issue',
    'update',
    'set_value',
    'put',
    'post_message',
    'insert_row',
    'edit_file',
    'move_file',
    'rename',
    'reset',
    'revoke_key',
    'grant_role',
    'publish',
    'deploy',
    'merge_pull_request',
    'push_files',
    'git_commit',
    'upload',
    'transfer_money',
    'purge',
    'truncate_table',
    'wipe',
    'destroy',
    'erase',
    'overwrite',
    'install_package',
    'run_query',
    'eval',
    'shell',
    'sudo',
    'invite_user',
    'ban',
    'approve',
    'buy',
    'order',
    'refund',
    'sign',
    'mint',
    'start',
    'restart',
    'cancel_order',
    'close_issue',
    'archive',
    'disable',
    'enable',
    'format_disk',
    'pay_invoice',
    'send',
    'execute',
    'write_file',
    'list_delete',
    'query.exec',
    'applies_patch',
    'orders_cancel',
    'HTTPDelete',
    'get_data_and_send',
    'file.unlink',
    'chmod',
  ])('%s does not', (name) => {
    expect(saysReadOnly(name)).not.toBe('read')
  })

  test.each([
    'dеlete',
    'gеt_file',
    'ｄｅｌｅｔｅ',
    'ɡet_items',
    'get\u200b_items',
    'lösche_alles',
    '削除',
    '',
    '123',
    '_',
    'get\u0000',
  ])('letters that may only look alike are not read: %j', (name) => {
    expect(saysReadOnly(name)).not.toBe('read')
  })
})

type Hints = Record<string, unknown>

const factsOf = (name: string, annotations: Hints | undefined, unchanged = true): ToolFacts => ({
  name,
  unchanged,
  ...(annotations === undefined ? {} : { annotations }),
})

describe('what only pages of its server call is taken for read-only while nothing speaks against it (promise 4)', () => {
  const cases: [string, Hints | undefined, boolean, string][] = [
    ['poll-system-stats', undefined, true, 'read'],
    ['read_pdf_bytes', {}, true, 'read'],
    ['poll_x', { title: 'x', openWorldHint: false }, true, 'read'],
    ['poll_x', { destructiveHint: false }, true, 'read'],
    ['poll_x', { readOnlyHint: true }, true, 'read'],
    ['poll_x', undefined, false, 'unknown'],
    ['poll_x', { destructiveHint: true }, true, 'destructive'],
    ['poll_x', { destructiveHint: 'no' }, true, 'unknown'],
    ['poll_x', { readOnlyHint: false }, true, 'write'],
    ['poll_x', { readOnlyHint: 'yes' }, true, 'unknown'],
    ['poll_x', { readOnlyHint: false, destructiveHint: false }, true, 'write'],
    ['save_pdf', undefined, true, 'write'],
    ['save_pdf', { destructiveHint: false }, true, 'write'],
    ['delete_item', undefined, true, 'destructive'],
    ['run', undefined, true, 'write'],
    ['опрос', undefined, true, 'unknown'],
    ['poll_x', null as unknown as Hints, true, 'unknown'],
  ]
  test.each(cases)('%s %j unchanged=%s is %s', (name, annotations, unchanged, expected) => {
    const facts = factsOf(name, annotations, unchanged)
    expect(classify({ ...facts, pageOnly: true }).class).toBe(expected)
    if (annotations?.['readOnlyHint'] !== true) expect(classify(facts).class).not.toBe('read')
  })
})

describe('name and claim together (promise 4)', () => {
  const cases: [string, Hints | undefined, boolean, string][] = [
    ['get_x', undefined, true, 'unknown'],
    ['get_x', {}, true, 'unknown'],
    ['get_x', { readOnlyHint: true }, true, 'read'],
    ['get_x', { readOnlyHint: true, destructiveHint: false }, true, 'read'],
    ['get_x', { readOnlyHint: true, destructiveHint: true }, true, 'destructive'],
    ['get_x', { readOnlyHint: true }, false, 'unknown'],
    ['get_x', { readOnlyHint: 'true' }, true, 'unknown'],
    ['get_x', { readOnlyHint: 1 }, true, 'unknown'],
    ['get_x', { readOnlyHint: {} }, true, 'unknown'],
    ['get_x', { readOnlyHint: false }, true, 'write'],
    ['get_x', { readOnlyHint: false, destructiveHint: false }, true, 'write'],
    ['get_x', { destructiveHint: false }, true, 'unknown'],
    ['get_x', { destructiveHint: true }, true, 'destructive'],
    ['x', { readOnlyHint: true }, true, 'unknown'],
    ['x', { destructiveHint: true }, true, 'destructive'],
    ['x', undefined, true, 'unknown'],
    ['create_x', undefined, true, 'write'],
    ['create_x', { readOnlyHint: true }, true, 'write'],
    ['update_x', { destructiveHint: true }, true, 'write'],
    ['write_x', { destructiveHint: true }, true, 'destructive'],
    ['delete_x', undefined, true, 'destructive'],
    ['delete_x', { readOnlyHint: true }, true, 'destructive'],
    ['delete_x', { readOnlyHint: false, destructiveHint: false }, true, 'destructive'],
    ['kubectl_get', undefined, true, 'unknown'],
    ['get_x', Object.create({ readOnlyHint: true }) as Hints, true, 'unknown'],
    ['get_x', [] as unknown as Hints, true, 'unknown'],
  ]
  test.each(cases)('%s %j unchanged=%s is %s', (name, annotations, unchanged, expected) => {
    expect(classify(factsOf(name, annotations, unchanged)).class).toBe(expected)
  })
})

describe('an argument that carries what is done takes the word away (promise 4)', () => {
  const cases: [string, readonly (string | [string, string[]])[], string][] = [
    ['query', ['sql'], 'unknown'],
    ['query', ['query'], 'unknown'],
    ['query', ['limit'], 'read'],
    ['search', ['query'], 'read'],
    ['search_code', ['query', 'page'], 'read'],
    ['fetch', ['url'], 'read'],
    ['fetch', ['url', 'method'], 'unknown'],
    ['fetch', ['url', 'body'], 'unknown'],
    ['aggregate', ['collection', 'pipeline'], 'unknown'],
    ['get_data', ['sqlStatement'], 'unknown'],
    ['get_help', ['shell_command'], 'unknown'],
    ['get_log', ['command_id'], 'read'],
    ['get_item', [['action', ['get', 'list']]], 'read'],
    ['get_item', [['action', ['get', 'update']]], 'write'],
    ['get_item', [['action', ['get', 'delete']]], 'destructive'],
    ['list_events', [['action', ['created', 'deleted', 'merged']]], 'read'],
    ['list_events', [['state', ['open', 'close']]], 'read'],
  ]
  test.each(cases)('%s %j is %s', (name, given, expected) => {
    const args = given.map((one) =>
      typeof one === 'string' ? { name: one } : { name: one[0], values: one[1] },
    )
    expect(classify({ ...factsOf(name, { readOnlyHint: true }), arguments: args }).class).toBe(expected)
  })
})

describe('names of tools that do harm, from servers that say read-only (promise 4)', () => {
  const named =
    `command system terminal ssh kubectl kubectl_get terraform git_clean empty clean_up flushall flushdb
    decommission teardown poweroff zap trunc_table delall_rows rw_file fetch_post scan_and_clean invalidate retire_host
    payout drain nuke rmr loeschen borrar supprimer elimina verwijder usun hapus get_api_post request_delete check_out
    shutdown_and_list vider apagar list_then_wipe getAndFlush read_write sync_now generate_api_key open_position
    FLUSHALL flushAll docker_kill pkill_all wipeDisk halt_now`.split(/\s+/)
  test.each(named)('%s asks', (name) => {
    expect(saysReadOnly(name)).not.toBe('read')
  })
})

describe('a verb that is not known is none that reads, whatever noun is behind it (promise 4)', () => {
  const named =
    `setze_status imposta_status nastav_status fermer_message vaciar_list ecraser_view lancer_test lanzar_query ack_message
    nack_message consume_message receive_message slack_message calendar_event fire_event track_event record_event
    report_event broadcast_message react_to_message log_time top_up_balance bump_version snooze_check silence_audit
    dim_view pop_list reduce_map map_reduce map_network_drive extract_archive convert_file decode_to_file ping_user
    identify_user resolve_id_conflict generate_share_link git_filter_branch head_reset rank_issue get_rid_of lint_fix npm_audit_fix scan_and_repair
    analyze_and_vacuum translate_file_inplace peek_and_pop predict_and_bet crawl_and_index measure_and_adjust
    get_then_zap docker_compose_down volume_up turn_on_location switch_profile power_status_x`.split(/\s+/)
  test.each(named)('%s asks', (name) => {
    expect(saysReadOnly(name)).not.toBe('read')
  })

  const honest =
    `get_open_orders get_code_connect_map firecrawl_map tavily_research lighthouse_audit health_check users-list
    pods_list pods_log kagi_search acme_get_item acme_list_items git_blame memory_usage conversations_replies
    get_unread_events list_issues_and_comments get_cost_and_usage diagnostics logs think`.split(/\s+/)
  test.each(honest)('%s reads', (name) => {
    expect(saysReadOnly(name)).toBe('read')
  })
})

describe('what an inputSchema lets a caller choose counts wherever it stands (promise 4)', () => {
  const choice = { enum: ['list', 'delete'] }
  const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `list${at}`)
  const cases: [string, Record<string, unknown>, string][] = [
    ['a constant', { properties: { action: { const: 'delete' } } }, 'destructive'],
    ['several', { properties: { action: { type: 'array', items: choice } } }, 'destructive'],
    ['of an object', { properties: { params: { properties: { action: choice } } } }, 'destructive'],
    ['of a list', { properties: { ops: { items: { properties: { op: choice } } } } }, 'destructive'],
    [
      'an alternative',
      { oneOf: [{ properties: { id: {} } }, { properties: { action: choice } }] },
      'destructive',
    ],
    ['all of', { allOf: [{ properties: { action: choice } }] }, 'destructive'],
    [
      'a reference',
      {
        properties: { action: { anyOf: [{ $ref: '#/$defs/a~1b' }, { type: 'null' }] } },
        $defs: { 'a/b': choice },
      },
      'destructive',
    ],
    ['by a longer name', { properties: { actionType: choice } }, 'destructive'],
    ['by any name', { properties: { what: choice } }, 'destructive'],
    ['a verb that is a noun too', { properties: { action: { enum: ['list', 'merge'] } } }, 'write'],
    ['a switch', { properties: { delete_after: { type: 'boolean' } } }, 'destructive'],
    ['one that may be null', { properties: { delete: { type: ['boolean', 'null'] } } }, 'destructive'],
    ['one by its values', { properties: { purge: { enum: [true, false] } } }, 'destructive'],
    ['one by its default', { properties: { overwrite: { default: false } } }, 'destructive'],
    ['one in words', { properties: { remove: { enum: ['yes', 'no'] } } }, 'destructive'],
    ['which one to delete', { properties: { delete: { enum: ['a', 'b'] } } }, 'read'],
    [
      'the last of many choices',
      { properties: { action: { enum: [...many(100), 'delete'] } } },
      'destructive',
    ],
    ['more choices than are looked at', { properties: { action: { enum: many(2000) } } }, 'unknown'],
    ['a command of an object', { properties: { input: { properties: { command: {} } } } }, 'unknown'],
    ['a statement', { properties: { sql_query: { type: 'string' } } }, 'unknown'],
    ['a command line', { properties: { commandLine: { type: 'string' } } }, 'unknown'],
    ['what is looked for', { properties: { filter: { properties: { action: choice } } } }, 'read'],
    ['what is left out', { properties: { remove_images: { type: 'boolean' } } }, 'read'],
    ['what is permitted', { properties: { permission: { enum: ['read', 'delete'] } } }, 'read'],
    ['a mode', { properties: { mode: { enum: ['list', 'order'] } } }, 'read'],
  ]
  test.each(cases)('%s: %j is %s', (_what, schema, expected) => {
    const facts = { ...factsOf('get_x', { readOnlyHint: true }), arguments: argumentFactsOf(schema) }
    expect(classify(facts).class).toBe(expected)
  })

  const sql = { properties: { sql: { type: 'string' } } }
  const deep = Array.from({ length: 9 }).reduce<object>((inner) => ({ properties: { a: inner } }), sql)
  const padded = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`a${at}`, { type: 'string' }]))
  const hidden: [string, Record<string, unknown>][] = [
    ['a tuple', { properties: { a: { prefixItems: [sql] } } }],
    ['an older tuple', { properties: { a: { items: [sql] } } }],
    ['what a list contains', { properties: { a: { contains: sql } } }],
    ['further members', { additionalProperties: sql }],
    ['members that are not evaluated', { unevaluatedProperties: sql }],
    ['members by a pattern', { patternProperties: { '^a': sql } }],
    ['the pattern itself', { patternProperties: { '^sql$': {} } }],
    ['names alone', { propertyNames: { enum: ['sql'] } }],
    ['what is required alone', { required: ['sql'] }],
    ['a condition', JSON.parse(`{"if":{},"then":${JSON.stringify(sql)}}`) as typeof sql],
    ['its other side', { if: {}, else: sql }],
    ['what depends on another', { dependentSchemas: { a: sql } }],
    ['an anchor', { properties: { a: { $ref: '#x' } }, $defs: { x: { $anchor: 'x', ...sql } } }],
    ['an id', { properties: { a: { $ref: 'x.json' } }, definitions: { x: { $id: 'x.json', ...sql } } }],
    ['a dynamic reference', { properties: { a: { $dynamicRef: '#/$defs/x' } }, $defs: { x: sql } }],
    ['the last of many', { properties: { ...padded, ...sql.properties } }],
    ['the deepest of many', deep as Record<string, unknown>],
    ['other letters', { properties: { команда: { type: 'string' } } }],
    ['a longer name', { properties: { sql_text: { type: 'string' } } }],
    ['a shorter name', { properties: { stmts: { type: 'array' } } }],
  ]
  test.each(hidden)('a statement in %s is found', (_what, schema) => {
    const facts = { ...factsOf('get_x', { readOnlyHint: true }), arguments: argumentFactsOf(schema) }
    expect(classify(facts).class).toBe('unknown')
  })

  test('a schema that refers to itself or is huge is looked through in bounded time', () => {
    const node: Record<string, unknown> = { $ref: '#/$defs/node' }
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`p${at}`, node]))
    const schema = { $ref: '#/$defs/node', $defs: { node: { properties: many, anyOf: [node, node] } } }
    const found = argumentFactsOf(schema)
    expect(found).toHaveLength(257)
    expect(found.at(-1)).toMatchObject({ isUnseen: true })
  })
})

/**
 * Every tool of published servers, labelled by hand. The first line of the file is the list of the servers: by the name
 * that it has here, its package and version. Each other line is one tool:
 *
 *   [server, tool, label, annotations, arguments]
 *
 * `arguments` are the names in its `inputSchema`; one that offers a choice stands as `{ name: [choices] }`.
 *
 * The labels are what a tool does, whatever it says. `destructive`: what it removes or overwrites as a whole can't be
 * had back by another of its tools, or it runs code or commands that it is given, or one of its modes does such a thing.
 * `write`: it changes anything else, sends, spends, clicks, or leaves a file. `read`: afterwards all is as before.
 */
describe('all tools of published servers, labelled by hand (promise 4)', () => {
  const lines = readFileSync(new URL('labelled-tools.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
  const tools = lines.map((line) => {
    const [server, name, label, annotations, args] = JSON.parse(line) as [
      string,
      string,
      string,
      Hints,
      (string | Record<string, string[]>)[],
    ]
    const facts = args.flatMap((one) =>
      typeof one === 'string'
        ? [{ name: one }]
        : Object.entries(one).map(([argument, values]) => ({ name: argument, values })),
    )
    const { class: found } = classify({ ...factsOf(name, annotations), arguments: facts })
    return { tool: `${server}/${name}`, label, found, says: annotations['readOnlyHint'] === true }
  })
  const wrongly = (found: string, label: string): string[] =>
    tools.filter((one) => one.found === found && one.label !== label).map(({ tool }) => tool)
  const share = (of: typeof tools, that: (one: (typeof tools)[number]) => boolean): number =>
    of.filter(that).length / of.length

  test('what runs unasked only reads', () => expect(wrongly('read', 'read')).toEqual([]))

  test('what destroys is always seen as that, and at least 4 of 5 that are told to destroy do', () => {
    const missed = tools.filter(({ label, found }) => label === 'destructive' && found !== 'destructive')
    expect(missed.map(({ tool }) => tool)).toEqual([])
    expect(
      share(
        tools.filter(({ found }) => found === 'destructive'),
        ({ label }) => label === 'destructive',
      ),
    ).toBeGreaterThan(0.8)
  })

  test('what reads and says so is not asked about, and few tools are unknown', () => {
    const reading = tools.filter(({ label, says }) => label === 'read' && says)
    expect(share(reading, ({ found }) => found === 'read')).toBeGreaterThan(0.9)
    expect(share(tools, ({ found }) => found === 'unknown')).toBeLessThan(0.25)
  })
})
