/**
 * What the sidecar can't do yet. A check that is named here has to fail: the first time that it passes, its test says
 * to take the entry away. An entry is a check's name, or `<era> host, <era> child: <name>` where only those fail.
 */
export const NOT_YET: readonly string[] = [
  'tools: resource links and embedded resources',
  'prompts: a list of three pages',
  'prompts: title, description, arguments, icons and _meta',
  'prompts: get with arguments',
  'prompts: resources in messages',
  'prompts: an unknown one',
  'resources: a list of three pages',
  'resources: title, description, size, annotations, icons and _meta',
  'resources: templates in three pages',
  'resources: read text',
  'resources: read a blob',
  'resources: read a URI with a query, escapes and a fragment',
  'resources: read through a template',
  'resources: an unknown one',
  "completions: a prompt's argument, by what is known of the others",
  "completions: a template's variable",
  'completions: an unknown reference',
  'list_changed: prompts',
  'list_changed: resources',
  'subscriptions: updates of what was subscribed to, until it ends',
  'instructions',
  'elicitation: accept',
  'elicitation: decline',
  'elicitation: cancel',
  'elicitation: URL mode',
  'elicitation: URL mode has ended',
  'elicitation: while a prompt is made',
  'elicitation: while a resource is read',
  'elicitation: two rounds, the state kept',
  'elicitation and roots: asked for at once',
  'elicitation: two calls at a time, each its own answer',
  'sampling',
  'roots',
  'roots: list_changed',
  'logging: from the level on, with its logger',
  'capabilities: the server is told those of the host, sampling only where it may',
  'capabilities: sampling where the server may',
  'lists: one page, and a cursor that is none',
  'lists and reads: how long they may be kept',
]

/** Of capabilities.test.ts; an entry is a test's name. */
export const CAPABILITIES_NOT_YET: readonly string[] = [
  'told forms, as {}',
  'told forms only',
  'told pages only',
  'told roots',
  'told sampling with tools, where the entry allows it',
  'each request tells anew what the host can do',
  'what a request lacks is said in the error of the server',
]

/** Of real-servers.test.ts; an entry is a test's name, or `<era> host: <name>` where only that fails. */
export const REAL_SERVERS_NOT_YET: readonly string[] = [
  'everything: its instructions',
  'everything: prompts, and completions that depend on each other',
  'everything: a resource in a prompt can be read by its URI',
  'everything: each of its resources can be read, and what its templates stand for',
  'everything: the links of a result can be read',
  'everything: a form',
  'everything: a page to open',
  'everything: a page that has to be opened first, said in an error',
  'everything: a page that has to be opened first is no error of 2026-07-28',
  'everything: the model of the host',
  'everything: the roots of the host',
  'everything: log messages',
  'everything: updates of a resource',
  'filesystem: takes the roots of the host as its directories, also when they change',
  'old host: filesystem: a file, as text and in structured content',
]

/** The entry that names a test by one of its names. */
export const entryOf = (entries: readonly string[], names: readonly string[]): string | undefined =>
  entries.find((entry) => names.includes(entry))

/** A check that waits longer than this waits for what doesn't come. */
const PATIENCE_MS = 5000

export async function inTime(what: Promise<void>): Promise<void> {
  let late: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  await Promise.race([what, tooLate]).finally(() => clearTimeout(late))
}

/** Passes with the check; where an entry says that it can't be yet, only without it. */
export async function heldTo(entry: string | undefined, title: string, check: Promise<void>): Promise<void> {
  if (entry === undefined) return inTime(check)
  const hasPassed = await inTime(check).then(
    () => true,
    () => false,
  )
  if (hasPassed)
    throw new Error(`"${title}" passes: take "${entry}" out of not-yet.ts, or say there what still fails`)
}
