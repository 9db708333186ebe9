/**
 * What the specification demands of a server that stands between a host and other servers, row by row: the tests that
 * hold it, or why there is nothing to hold. A test is `<file> › <name>`; requirements.test.ts holds the list to the
 * files. `notYet` names the test that is still to be written; it must not be there, or the row has to be changed.
 */
export interface Row {
  readonly row: number
  readonly demands: string
  readonly tests?: readonly string[]
  readonly because?: string
  readonly notYet?: string
}

const WIRE = 'requirements/wire.process.test.ts'
const LIFE = 'e2e/life.process.test.ts'
const HOSTS = 'e2e/odd-hosts.process.test.ts'
const OFFERS = 'e2e/eras/checks-offers.ts'
const TALK = 'e2e/eras/checks-talk.ts'
const TOLD = 'e2e/eras/capabilities.process.test.ts'
const ERAS = 'upstream/eras.process.test.ts'
const GATE = 'upstream/gate.test.ts'
const CONFIRM = 'e2e/confirm.process.test.ts'

export const ROWS: readonly Row[] = [
  // The host's side: we are the server that it launched.
  {
    row: 1,
    demands: 'stdout carries MCP messages only, one a line',
    tests: [`${WIRE} › every line to the host is one message of JSON-RPC 2.0`],
  },
  {
    row: 2,
    demands: 'no requests to a host of 2026-07-28',
    tests: [`${WIRE} › no request is written to a host of 2026-07-28, and no answer twice`],
  },
  {
    row: 3,
    demands: 'ends when stdin ends, and its servers with it',
    tests: [`${LIFE} › %s ends every process, exit code 0`],
  },
  {
    row: 4,
    demands: 'nothing is inferred from the connection',
    tests: [
      `${TOLD} › new host, new child: each request tells anew what the host can do`,
      `${TALK} › logging: none unless a request wants it`,
    ],
  },
  {
    row: 5,
    demands: 'a request without its envelope is -32602',
    tests: [`${HOSTS} › a request of 2026-07-28 without its envelope is -32602 or legacy, never a hang`],
  },
  {
    row: 6,
    demands: 'server/discover; an unknown version is answered with those there are',
    tests: [
      `${LIFE} › server/discover is answered (2026-07-28)`,
      `${HOSTS} › names a revision that nobody knows on a settled connection: refused, with those that there are`,
    ],
  },
  {
    row: 7,
    demands: 'both eras; the first words decide',
    tests: [
      `${HOSTS} › server/discover first, then initialize: the session is of the older era`,
      `${HOSTS} › a version that nobody knows is answered with those that are known`,
    ],
  },
  {
    row: 8,
    demands: 'every result says its type',
    tests: [`${WIRE} › every result of 2026-07-28 says its type and that it is ours`],
  },
  {
    row: 9,
    demands: "our own serverInfo, never the server's",
    tests: [
      `${WIRE} › every result of 2026-07-28 says its type and that it is ours`,
      `${TALK} › identity: whose words they are stays between two`,
    ],
  },
  {
    row: 10,
    demands: 'no withdrawn or reserved error codes',
    tests: [
      `${WIRE} › no error code is one that 2026-07-28 took back`,
      'e2e/real-servers.process.test.ts › everything: a page that has to be opened first is no error of 2026-07-28',
    ],
  },
  {
    row: 11,
    demands: 'what a request lacks is -32021, with requiredCapabilities',
    tests: [`${TOLD} › new host, new child: what a request lacks is said in the error of the server`],
  },
  {
    row: 12,
    demands: 'lists do not vary with requests',
    tests: [`${LIFE} › lists one page, in an order that does not change`],
  },
  {
    row: 13,
    demands: 'a deterministic order',
    tests: [`${LIFE} › lists one page, in an order that does not change`],
  },
  {
    row: 14,
    demands: 'legal, unique names under our id of the server',
    tests: [
      'catalog/names.test.ts › is legal and short for every host',
      'catalog/names.test.ts › belongs to one server',
      'catalog/names.test.ts › are the same in any order, and differ',
    ],
  },
  {
    row: 15,
    demands: 'schemas: dialects, no network, bounds of depth, size and time',
    tests: [
      'schema/words.test.ts › dialects',
      'schema/hostile.test.ts › a check ends, and what it can not tell in time counts as fitting (promise 9)',
    ],
  },
  {
    row: 16,
    demands: 'structured content conforms, also after masking',
    tests: [
      `${OFFERS} › tools: structured content and its schema`,
      'pipeline/validate.test.ts › that were masked and still fit are passed on',
    ],
  },
  {
    row: 17,
    demands: 'an unknown tool is -32602; what a tool or we refuse is isError',
    tests: [
      `${LIFE} › an unknown, a hidden and a blocked tool look alike: -32602`,
      `${OFFERS} › tools: an error of the tool`,
    ],
  },
  {
    row: 18,
    demands: 'inputs validated, access controlled, rates limited, outputs sanitised',
    tests: [
      'e2e/validate.process.test.ts › is told what is wrong with arguments before anybody is asked or called, and can mend it',
      `${LIFE} › limits calls a server and a tool`,
      'e2e/secrets.process.test.ts › 0 clear occurrences at the host: %s',
      'e2e/secrets.process.test.ts › 0 clear occurrences of all that in what it says itself, in the log and in the audit',
    ],
  },
  {
    row: 19,
    demands: 'icons by https and data only',
    tests: ['catalog/select.test.ts › leaves out what would break a host’s list or can not cross'],
  },
  {
    row: 20,
    demands: 'cursors are opaque; a bad one is -32602; ours is one page',
    tests: [`${OFFERS} › lists: one page, and a cursor that is none`, `${ERAS} › an empty cursor is one`],
  },
  {
    row: 21,
    demands: 'how long lists and reads may be kept, never on a question',
    tests: [
      `${OFFERS} › lists and reads: how long they may be kept`,
      `${WIRE} › cache hints stand on complete results only, and what asks has something to ask`,
    ],
  },
  {
    row: 22,
    demands: 'of several servers the shortest time, private if one is',
    tests: [
      'catalog/catalog.test.ts › is as long as the shortest of several servers says, privately if one does',
    ],
  },
  {
    row: 23,
    demands: 'retries with answers are not cached, nothing private is shared',
    because:
      'sidemux caches no results; it holds lists of running servers, and one host is behind one process',
  },
  {
    row: 24,
    demands: 'only what is served is advertised',
    tests: [
      `${LIFE} › initialize is answered, with what is relayed whatever the servers are, and the first list after listWait (promise 9)`,
    ],
  },
  {
    row: 25,
    demands: 'extensions only end to end',
    tests: [`${TOLD} › what nobody relays: experiments, tasks, unknown extensions`],
  },
  // The servers' side: we are the client of each.
  {
    row: 26,
    demands: 'only MCP on stdin; a server of 2026-07-28 gets no responses',
    tests: [`${GATE} › since 2026-07-28 a server sends no requests`],
  },
  {
    row: 27,
    demands: 'each request carries version, capabilities and who we are',
    tests: [
      `${WIRE} › a request of a host of the %s era is told in our words`,
      `${ERAS} › structured content that is a list survives, and our own identity is on the call`,
    ],
  },
  {
    row: 28,
    demands: 'a server is told what the host can do and we relay, no more',
    tests: [
      `${TOLD} › everything, where the entry allows nothing of it`,
      'relay/capabilities.test.ts › what a server is told of the host (promise 7)',
    ],
  },
  {
    row: 29,
    demands: 'probes for 2026-07-28, falls back on anything else',
    tests: [
      `${ERAS} › $server: $version, $starts start(s)`,
      `${ERAS} › a server of 2026-07-28 only that is slower than the probe`,
    ],
  },
  {
    row: 30,
    demands: 'the era is remembered, and found out again where that was wrong',
    tests: [`${ERAS} › that is wrong is forgotten and found out`],
  },
  {
    row: 31,
    demands: 'a server is ended by stdin, then by signals, with its process tree',
    tests: [
      'e2e/odd-servers.process.test.ts › a server behind a launcher process, as npx is one, works and leaves neither behind',
      `${LIFE} › SIGKILL of the sidecar ends every process`,
    ],
  },
  {
    row: 32,
    demands: 'restarts with pauses; what was in flight fails cleanly; listens again',
    tests: [
      `${LIFE} › a crashed child answers with an error for that call, and comes back`,
      'upstream/life.process.test.ts › a crash loop: 5 starts and one in the other era, then seldom; the good one is not delayed',
    ],
  },
  {
    row: 33,
    demands: 'stderr is drained and means no error',
    tests: [
      'upstream/misbehaving.process.test.ts › banner on stdout, floods on stderr: the child works, and its words are redacted (promise 3)',
    ],
  },
  {
    row: 34,
    demands: 'no resultType is complete, an unknown one is invalid',
    tests: ['upstream/normalize.test.ts › a result is one in every protocol version'],
  },
  {
    row: 35,
    demands: 'every request has a timeout, and is cancelled by it',
    tests: [`${LIFE} › gives a silent call up after its timeout, and says which setting to raise`],
  },
  {
    row: 36,
    demands: 'a conversation outlives the process of its server',
    tests: [`${LIFE} › a crashed child answers with an error for that call, and comes back`],
  },
  {
    row: 37,
    demands: 'consent before a new local command is launched for the first time',
    because: 'the operator writes each command into servers.yaml by hand; sidemux adds none',
  },
  {
    row: 38,
    demands: 'credentials from the environment, a set for each server, nothing inherited',
    tests: [
      'e2e/secrets.process.test.ts › shows the allowlist and its declared keys, nothing of the sidecar and nothing of a sibling',
    ],
  },
  // In between.
  {
    row: 39,
    demands: 'own request ids on each hop',
    tests: [
      `${LIFE} › 2,000 calls over 4 children with random delays and cancellations: each answered exactly once, none crossed`,
      `${HOSTS} › zero, negative, empty, long and largest ids are answered as sent`,
    ],
  },
  {
    row: 40,
    demands: 'progress: own token a hop, increasing, none after the end',
    tests: [
      `${TALK} › progress: with total and message, increasing`,
      `${WIRE} › a request of a host of the %s era is told in our words`,
      'upstream/misbehaving.process.test.ts › progress: passed on, a sign of life, and not without end',
    ],
  },
  {
    row: 41,
    demands: 'cancellation reaches the server, and is not answered',
    tests: [
      `${TALK} › cancellation: reaches the server`,
      `${HOSTS} › a cancelled call is not answered later, and the next one is`,
    ],
  },
  {
    row: 42,
    demands: 'a server cancels nothing but a subscription',
    tests: [`${GATE} › a cancellation of a call`, `${GATE} › a cancellation of our subscription`],
  },
  {
    row: 43,
    demands: 'logs only where a request wants them, at its level, redacted',
    tests: [
      `${TALK} › logging: from the level on, with its logger`,
      `${TALK} › logging: none unless a request wants it`,
      'upstream/misbehaving.process.test.ts › a log message is redacted and bounded (promise 3)',
    ],
  },
  {
    row: 44,
    demands: 'requestState goes back to its server as it was',
    tests: [`${TALK} › elicitation: two rounds, the state kept`],
  },
  {
    row: 45,
    demands: 'our requestState is sealed and bound, others are refused',
    tests: [
      `${WIRE} › that was changed, is of another call or of another tool, is refused`,
      `${WIRE} › says nothing that a server gave`,
    ],
  },
  {
    row: 46,
    demands: 'a yes is used once',
    tests: [
      `${CONFIRM} › runs once, and a replay runs nothing`,
      `${CONFIRM} › twenty replays at the same moment run one`,
    ],
  },
  {
    row: 47,
    demands: 'questions have keys of their own, unknown answers are dropped',
    tests: [
      `${TALK} › elicitation and roots: asked for at once`,
      `${WIRE} › without answers to all that was asked is asked again`,
    ],
  },
  {
    row: 48,
    demands: 'questions or a state, for calls, prompts and reads only',
    tests: [
      `${WIRE} › cache hints stand on complete results only, and what asks has something to ask`,
      `${TALK} › elicitation: while a prompt is made`,
      `${TALK} › elicitation: while a resource is read`,
    ],
  },
  {
    row: 49,
    demands: 'no kind or mode of question that the host did not declare',
    tests: [
      `${TOLD} › a \${what} question of a rude server reaches no host`,
      'relay/question.test.ts › what the server was not told of is refused (2025-11-25 client/elicitation, roots)',
    ],
  },
  {
    row: 50,
    demands: 'a retry has a new id',
    tests: [
      `${TALK} › elicitation: accept`,
      `${WIRE} › no request is written to a host of 2026-07-28, and no answer twice`,
    ],
  },
  {
    row: 51,
    demands: 'missing answers are asked for again',
    tests: [`${WIRE} › without answers to all that was asked is asked again`],
  },
  {
    row: 52,
    demands: 'a form names its server, asks for no secret; decline and cancel deny',
    tests: [
      `${TALK} › elicitation: decline`,
      `${TALK} › elicitation: cancel`,
      'relay/question.test.ts › is shown under the name of the server, with what MCP describes and nothing else',
      'relay/question.test.ts › a form that asks for a secret is declined (2026-07-28 client/elicitation)',
    ],
  },
  {
    row: 53,
    demands: 'a page to open is relayed as it is and never fetched',
    tests: [
      `${TALK} › elicitation: URL mode`,
      'e2e/asking.process.test.ts › a host that only opens pages is sent to one that holds no secret; its button opens the real one',
    ],
  },
  {
    row: 54,
    demands: 'all four meetings of eras: live, sealed, parked, asked and sent again',
    tests: [
      `${TALK} › elicitation: accept`,
      `${TALK} › elicitation: two calls at a time, each its own answer`,
      `${WIRE} › leads the answers to the server`,
    ],
  },
  {
    row: 55,
    demands: 'subscriptions/listen: acknowledged first, only what was asked for, fanned in from servers',
    tests: [
      `${OFFERS} › subscriptions: updates of what was subscribed to, until it ends`,
      `${HOSTS} › comes through subscriptions/listen in 2026-07-28, and only there`,
      `${HOSTS} › is not sent to a host of 2026-07-28 that did not subscribe`,
    ],
  },
  {
    row: 56,
    demands: 'a changed list is told once, and is another one by then',
    tests: [
      `${OFFERS} › list_changed: tools`,
      `${OFFERS} › list_changed: prompts`,
      `${OFFERS} › list_changed: resources`,
    ],
  },
  {
    row: 57,
    demands: 'URIs, templates, subscriptions and completions are routed, with a way back',
    tests: [
      'catalog/uri.test.ts › has a way back, whatever the string',
      'catalog/uri.test.ts › survives WHATWG URL whenever the original does',
      `${OFFERS} › resources: read a URI with a query, escapes and a fragment`,
      `${OFFERS} › completions: a template's variable`,
    ],
  },
  {
    row: 58,
    demands: '_meta of others and trace context cross, what belongs to a hop does not',
    tests: [
      `${TALK} › trace context and _meta of others reach the server`,
      `${WIRE} › a request of a host of the %s era is told in our words`,
      'upstream/misbehaving.process.test.ts › _meta crosses, except what belongs to the hop',
    ],
  },
  {
    row: 59,
    demands: 'what a peer calls itself decides nothing',
    because:
      'names are those of servers.yaml; clientInfo and serverInfo are read for the audit log and the page alone',
  },
  {
    row: 60,
    demands: 'settings of an extension are copied with each request',
    tests: ['relay/capabilities.test.ts › what a server is told of the host (promise 7)'],
  },
  {
    row: 61,
    demands: 'MCP Apps: the URI of a page is routed wherever it stands',
    tests: [
      'catalog/resources.test.ts › a tool names its page by our URI',
      'catalog/resources.test.ts › are on: a page has our ui:// and what it may load',
    ],
  },
  {
    row: 62,
    demands: 'MCP Apps: off, or for one server only',
    tests: [
      'catalog/resources.test.ts › are off: a page is neither listed nor read, under whatever URI',
      'catalog/resources.test.ts › a tool can not name what is no page, or a page of another server',
    ],
  },
  {
    row: 63,
    demands: 'no tasks unless both ends declared them',
    tests: [`${TOLD} › what nobody relays: experiments, tasks, unknown extensions`],
  },
  {
    row: 64,
    demands: 'roots, sampling and logging only where both ends declare them',
    tests: [
      `${TOLD} › sampling, which is off unless the entry allows it`,
      `${TALK} › sampling`,
      `${TALK} › roots`,
    ],
  },
  {
    row: 65,
    demands: "a server's annotations are not trusted",
    tests: [
      'catalog/select.test.ts › never claims read-only for what asks, whatever risk and claims say',
      `${CONFIRM} › asks for a tool whose name contradicts its read-only claim, and for one without annotations`,
    ],
  },
  {
    row: 66,
    demands: 'nothing hangs on the identity of a process',
    tests: [`${LIFE} › a crashed child answers with an error for that call, and comes back`],
  },
]
