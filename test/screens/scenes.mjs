/** What a person meets on the page, as screenshots and tests show it: each a state of GET /state. */

const HOUR = 3_600_000
let count = 0

/** A question with sound defaults; `offer: undefined` for one that can't be granted. */
function question(facts, changes = {}) {
  count += 1
  const risk = facts.risk
  const argumentNames = Object.keys(facts.args)
  const limits =
    risk === 'destructive'
      ? { anyArguments: false, maxUses: 20, maxMs: 8 * HOUR }
      : { anyArguments: true, maxMs: 720 * HOUR }
  return {
    id: `00000000-0000-4000-9000-${String(count).padStart(12, '0')}`,
    facts: { why: 'risk: see the class', changes: [], ...facts },
    text: '',
    askedAt: Date.now() + count,
    expiresAt: Date.now() + 582_000,
    waiting: true,
    state: 'open',
    offer: { risk, argumentNames, ...limits },
    denyMs: HOUR,
    ...changes,
  }
}

function stateOf(pending) {
  const sidecar = {
    id: 'a',
    pid: 4711,
    config: '/home/me/.config/sidemux/servers.yaml',
    host: 'Claude Desktop',
    startedAt: Date.now() - HOUR,
  }
  const sidecars = [{ sidecar, pending, more: 0, pageOpen: true, pageComing: false }]
  return { now: Date.now(), decidesFrom: 0, sidecars, grants: [], notices: [] }
}

const rename = question({
  server: 'files',
  tool: 'move_file',
  risk: 'write',
  because: 'Its name says that it changes something.',
  why: 'risk: write by its name',
  args: {
    source: '/home/me/projects/site/drafts/launch.md',
    destination: '/home/me/projects/site/posts/launch.md',
    overwrite: false,
    mode: 420,
    reason: 'publish the launch post',
  },
})

const remove = question({
  server: 'memory',
  tool: 'delete_entities',
  risk: 'destructive',
  because: 'Its name says that it deletes.',
  why: 'risk: destructive by its name',
  args: { entityNames: ['demo-project'] },
  description: 'Delete multiple entities and their associated relations from the knowledge graph',
})

const issue = question(
  {
    server: 'github',
    tool: 'get_issue',
    risk: 'unknown',
    because: 'The server does not say whether this tool changes anything.',
    why: 'risk: unknown, no annotations',
    args: { owner: 'example', repo: 'site', issue_number: 42 },
  },
  {},
)
issue.offer = {
  ...issue.offer,
  fixedByDefault: ['owner', 'repo'],
  group: {
    tools: Array.from(
      { length: 17 },
      (_, index) => `${['get', 'list', 'search'][index % 3]}_thing_${index + 1}`,
    ),
    patterns: ['get_*', 'list_*', 'search_*'],
    maxMs: 720 * HOUR,
  },
}

const mail = question({
  server: 'mail',
  tool: 'send_mail',
  risk: 'write',
  because: 'Its name says that it changes something.',
  args: {
    to: 'ann@example.org',
    subject: 'Weekly report',
    body: `Dear Ann,\n\n${'The report of this week follows below.\n'.repeat(30)}\nBest regards\n\nBcc: everyone@example.net`,
  },
})

const line = (n) => `  const step${n} = await prepare(input[${n}], { retries: ${n % 4} })`
const oldLines = Array.from({ length: 40 }, (_, index) => line(index + 1))
const newLines = oldLines.map((text, index) =>
  index % 2 === 0 ? text.replace('prepare', 'prepareSafely') : text,
)

const edit = question({
  server: 'files',
  tool: 'edit_file',
  risk: 'write',
  because: 'Its name says that it changes something.',
  why: 'risk: write by its name',
  args: {
    path: '/home/me/projects/site/src/build/steps.ts',
    edits: [{ oldText: oldLines.join('\n'), newText: newLines.join('\n') }],
    dryRun: false,
  },
  description:
    'Make line-based edits to a text file. Each edit replaces exact line sequences with new content.',
})

const columns = Array.from({ length: 44 }, (_, index) => `    o.column_${index + 1},`).join('\n')
const sql = question({
  server: 'postgres',
  tool: 'query',
  risk: 'destructive',
  because: 'It runs whatever statement it is given, and this one can delete.',
  why: 'risk: destructive, argument "sql" takes a statement',
  args: {
    sql: `WITH old AS (\n  SELECT\n${columns}\n    o.id\n  FROM orders o\n  WHERE o.created_at < now() - interval '90 days'\n)\nINSERT INTO archive SELECT * FROM old;\nDELETE FROM orders\n  USING old\n  WHERE orders.id = old.id\n    OR orders.total = 0;\nUPDATE customers SET orders_archived = true;`,
    database: 'production',
  },
  description: 'Run a SQL query against the database.',
})

export const scenes = {
  one: stateOf([rename]),
  five: stateOf([remove, rename, issue, mail, sql]),
  edit: stateOf([edit]),
  sql: stateOf([sql]),
  grant: stateOf([issue]),
}
