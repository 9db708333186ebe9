/**
 * What a host hears in both eras, as a table: the messages that it sends on a connection, and all that it is sent. The
 * first version of it was taken from the SDK's own endpoint, so what is here is what hosts know; where it differs, a
 * line says so (2025-11-25 and 2026-07-28 basic/lifecycle, basic/index, basic/versioning, basic/utilities).
 */
import { describe, expect, it } from 'vitest'
import { Talk, talk, type Message, type Step } from './talk.ts'

const MCP = 'io.modelcontextprotocol/'
const [VERSION, INFO, CAPABLE, LEVEL] = [
  'protocolVersion',
  'clientInfo',
  'clientCapabilities',
  'logLevel',
].map((name) => MCP + name) as [string, string, string, string]
const WHO = { name: 'h', version: '1' }
const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
}
const SERVER = { name: 'sidemux', version: '7' }
const SIGNED = { _meta: { [`${MCP}serverInfo`]: SERVER } }
const COMPLETE = { resultType: 'complete', ...SIGNED }
const PRIVATE = { ttlMs: 0, cacheScope: 'private' }

const request = (id: unknown, method: string, params?: object): Message => ({
  id,
  method,
  ...(params && { params }),
})
const init = (id: unknown, more: object = {}): Message =>
  request(id, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: WHO, ...more })
const modern = (id: unknown, method: string, params: object = {}, meta: object = {}): Message =>
  request(id, method, { ...params, _meta: { [VERSION]: '2026-07-28', [CAPABLE]: {}, ...meta } })
const cancel = (requestId: unknown): Message => ({
  method: 'notifications/cancelled',
  params: { requestId },
})

const result = (id: unknown, value: object): Message => ({ jsonrpc: '2.0', id, result: value })
const failure = (id: unknown, code: number, message: string, data?: unknown): Message => ({
  jsonrpc: '2.0',
  id,
  error: { code, message, ...(data !== undefined && { data }) },
})
const note = (method: string, params?: object): Message => ({
  jsonrpc: '2.0',
  method,
  ...(params && { params }),
})
const text = (said: string, more: object = {}): object => ({
  content: [{ type: 'text', text: said }],
  ...more,
})

const initialized = (id: unknown, protocolVersion = '2025-11-25'): Message =>
  result(id, { protocolVersion, capabilities: CAPABILITIES, serverInfo: SERVER, instructions: 'be kind' })
const discovered = (id: unknown): Message =>
  result(id, {
    supportedVersions: ['2026-07-28'],
    capabilities: CAPABILITIES,
    instructions: 'be kind',
    ...PRIVATE,
    ...COMPLETE,
  })
const TOOLS = { tools: [{ name: 'tools' }], ttlMs: 5, cacheScope: 'public' }
const notFound = (id: unknown): Message => failure(id, -32_601, 'Method not found')
const lacking = (id: unknown): Message =>
  failure(
    id,
    -32_602,
    `Request is missing the required _meta envelope for protocol revision 2026-07-28 (${VERSION}, ${CAPABLE})`,
  )
const unsupported = (id: unknown, requested: string): Message =>
  failure(id, -32_022, `Unsupported protocol version: ${requested}`, { supported: ['2026-07-28'], requested })
const badEnvelope = (id: unknown, key: string, problem: string): Message =>
  failure(id, -32_602, `Invalid _meta envelope for protocol revision 2026-07-28: ${key}: ${problem}`, {
    envelope: { key, problem },
  })
const invalid = (id: unknown, why: string): Message => failure(id, -32_602, `Invalid params: ${why}`)
const notRpc = (id: unknown): Message =>
  failure(id, -32_600, 'the request was not carried out: it is not a request of JSON-RPC 2.0')

type Row = readonly [what: string, sent: readonly Step[], heard: readonly Message[]]

/** The rows of one title are one after the other, on a connection each. */
function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', async (_what, sent, heard) => {
      expect(await talk(...sent)).toEqual(heard)
    })
  })
}

table('initialize', [
  ...['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'].map((version): Row => [
    version,
    [init(1, { protocolVersion: version })],
    [initialized(1, version)],
  ]),
  ...['1999-01-01', '2026-07-28', ''].map((version): Row => [
    `"${version}" is offered the newest`,
    [init(1, { protocolVersion: version })],
    [initialized(1)],
  ]),
  [
    'again',
    [init(1), init(2, { protocolVersion: '2025-06-18' })],
    [initialized(1), initialized(2, '2025-06-18')],
  ],
  // The SDK said -32603 with the schema's findings in JSON; the params are what is wrong (JSON-RPC 2.0, error object).
  ['without params', [request(1, 'initialize')], [invalid(1, 'protocolVersion is missing')]],
  ['without clientInfo', [init(1, { clientInfo: undefined })], [invalid(1, 'clientInfo is missing')]],
  [
    'a clientInfo without a version',
    [init(1, { clientInfo: { name: 'x' } })],
    [invalid(1, 'clientInfo is not of the type Implementation')],
  ],
  ...[null, [], { roots: 5 }, { sampling: { tools: 1 } }, { elicitation: [] }, { extensions: { x: 1 } }].map(
    (capabilities): Row => [
      `capabilities ${JSON.stringify(capabilities)}`,
      [init(1, { capabilities })],
      [invalid(1, 'capabilities is not of the type ClientCapabilities')],
    ],
  ),
  ['left out', [request(1, 'tools/list')], [result(1, TOOLS)]],
])

const BOTH = ['prompts/list', 'resources/list', 'resources/templates/list'] as const
const NAMES = {
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
}
const GONE = ['ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'roots/list']
const NEVER = ['tasks/get', 'sampling/createMessage', 'elicitation/create']

table('methods up to 2025-11-25', [
  ['ping', [request(2, 'ping')], [result(2, {})]],
  ['tools/list', [init(1), request(2, 'tools/list')], [initialized(1), result(2, TOOLS)]],
  ...BOTH.map((method): Row => {
    const name = method === 'resources/templates/list' ? 'templates' : NAMES[method]
    return [method, [request(2, method)], [result(2, { [NAMES[method]]: [{ name }] })]]
  }),
  ['a cursor', [request(2, 'tools/list', { cursor: 'x' })], [invalid(2, 'the cursor is not one of ours')]],
  ['logging/setLevel', [request(2, 'logging/setLevel', { level: 'error' })], [result(2, {})]],
  [
    'logging/setLevel of none',
    [request(2, 'logging/setLevel', { level: 'x' }), request(3, 'logging/setLevel')],
    [invalid(2, 'level is none of RFC 5424'), invalid(3, 'level is required and is text')],
  ],
  ['resources/unsubscribe', [request(2, 'resources/unsubscribe', { uri: 'u' })], [result(2, {})]],
  ...[
    'server/discover',
    'subscriptions/listen',
    'roots/list',
    ...NEVER,
    'no/such',
    '',
    '__proto__',
    'constructor',
  ].map((method): Row => [`"${method}"`, [request(2, method)], [notFound(2)]]),
])

table('methods of 2026-07-28', [
  ['server/discover', [modern(1, 'server/discover')], [discovered(1)]],
  ['tools/list', [modern(1, 'tools/list')], [result(1, { ...TOOLS, ...COMPLETE })]],
  ...BOTH.map((method): Row => {
    const name = method === 'resources/templates/list' ? 'templates' : NAMES[method]
    const list = { [NAMES[method]]: [{ name }] }
    return [method, [modern(1, method)], [result(1, { ...list, ...PRIVATE, ...COMPLETE })]]
  }),
  ['a cursor', [modern(2, 'tools/list', { cursor: 'x' })], [invalid(2, 'the cursor is not one of ours')]],
  ...['initialize', ...GONE, ...NEVER, 'no/such', '', '__proto__'].map((method): Row => [
    `"${method}"`,
    [modern(2, method)],
    [notFound(2)],
  ]),
  // What is gone is not found, whether its envelope is right or not.
  ...GONE.map((method): Row => [
    `"${method}" without an envelope, later`,
    [modern(1, 'server/discover'), modern(2, 'prompts/list', { cursor: 'x' }), request(3, method)],
    [discovered(1), invalid(2, 'the cursor is not one of ours'), notFound(3)],
  ]),
])

const settled = modern(0, 'no/such')
const TYPES: readonly (readonly [string, object, string, string])[] = [
  ['no capabilities', { [CAPABLE]: undefined }, CAPABLE, 'missing'],
  ['capabilities that are a number', { [CAPABLE]: 5 }, CAPABLE, 'not of the type ClientCapabilities'],
  ['capabilities that are a list', { [CAPABLE]: [] }, CAPABLE, 'not of the type ClientCapabilities'],
  [
    'a capability that is a number',
    { [CAPABLE]: { elicitation: 5 } },
    CAPABLE,
    'not of the type ClientCapabilities',
  ],
  ['a version that is a number', { [VERSION]: 5 }, VERSION, 'not of the type string'],
  ['a clientInfo that is a number', { [INFO]: 5 }, INFO, 'not of the type Implementation'],
  ['a clientInfo that is null', { [INFO]: null }, INFO, 'not of the type Implementation'],
  ['a clientInfo without a version', { [INFO]: { name: 'x' } }, INFO, 'not of the type Implementation'],
  ['a log level that is none', { [LEVEL]: 'loud' }, LEVEL, 'not of the type LoggingLevel'],
]

table('the envelope of a request (2026-07-28)', [
  ...TYPES.flatMap(([what, meta, key, problem]): Row[] => [
    [`${what}, first`, [modern(1, 'tools/list', {}, meta)], [badEnvelope(1, key, problem)]],
    [
      `${what}, later`,
      [settled, modern(1, 'tools/list', {}, meta)],
      [notFound(0), badEnvelope(1, key, problem)],
    ],
    // A good one before it changes nothing.
    [
      `${what}, after a good one`,
      [modern(0, 'tools/list'), modern(1, 'tools/list', {}, meta)],
      [result(0, { ...TOOLS, ...COMPLETE }), badEnvelope(1, key, problem)],
    ],
    [
      `${what}, of a listen`,
      [settled, modern(1, 'subscriptions/listen', { notifications: {} }, meta)],
      [notFound(0), badEnvelope(1, key, problem)],
    ],
    [
      `${what}, on a connection of the older era`,
      [request(0, 'ping'), modern(1, 'tools/list', {}, meta)],
      [result(0, {}), result(1, TOOLS)],
    ],
  ]),
  ['none, later', [settled, request(1, 'tools/list')], [notFound(0), lacking(1)]],
  ['none of an unknown method, later', [settled, request(1, 'no/such')], [notFound(0), lacking(1)]],
  ['none of a listen, later', [settled, request(1, 'subscriptions/listen')], [notFound(0), lacking(1)]],
  [
    'only of others',
    [settled, request(1, 'tools/list', { _meta: { 'x/y': 1, progressToken: 1 } })],
    [notFound(0), lacking(1)],
  ],
  [
    'no version, later',
    [settled, modern(1, 'tools/list', {}, { [VERSION]: undefined })],
    [notFound(0), badEnvelope(1, VERSION, 'missing')],
  ],
  ...['2099-01-01', '2025-11-25', ''].flatMap((version): Row[] => {
    const meta = { [VERSION]: version }
    return [
      [`version "${version}", first`, [modern(1, 'tools/list', {}, meta)], [unsupported(1, version)]],
      [
        `version "${version}", later`,
        [settled, modern(1, 'tools/list', {}, meta)],
        [notFound(0), unsupported(1, version)],
      ],
      [
        `version "${version}", and no more`,
        [modern(1, 'tools/list', {}, { ...meta, [CAPABLE]: undefined })],
        [unsupported(1, version)],
      ],
      [
        `version "${version}" on a connection of the older era`,
        [request(0, 'ping'), modern(1, 'tools/list', {}, meta)],
        [result(0, {}), unsupported(1, version)],
      ],
    ]
  }),
])

table('which era a connection is of', [
  [
    'discover, then initialize',
    [modern(1, 'server/discover'), init(2), request(3, 'ping')],
    [discovered(1), initialized(2), result(3, {})],
  ],
  [
    'discover, something told, then initialize',
    [modern(1, 'server/discover'), { ...modern(0, 'notifications/x'), id: undefined }, init(2)],
    [discovered(1), initialized(2)],
  ],
  [
    'discover, a list, then initialize',
    [
      modern(1, 'server/discover'),
      modern(2, 'prompts/list', { cursor: 'x' }),
      init(3),
      request(4, 'initialize', {}),
    ],
    [
      discovered(1),
      invalid(2, 'the cursor is not one of ours'),
      unsupported(3, '2025-11-25'),
      failure(4, -32_022, 'Unsupported protocol version: the request did not name a protocol version', {
        supported: ['2026-07-28'],
      }),
    ],
  ],
  [
    'discover, then a list without an envelope',
    [modern(1, 'server/discover'), request(2, 'tools/list')],
    [discovered(1), result(2, TOOLS)],
  ],
  [
    'initialize, then requests with an envelope',
    [init(1), modern(2, 'tools/list'), modern(3, 'server/discover')],
    [initialized(1), result(2, TOOLS), notFound(3)],
  ],
  [
    'something told without an envelope',
    [note('notifications/x'), modern(1, 'server/discover')],
    [notFound(1)],
  ],
  [
    'something told with one that is wrong: nothing is decided',
    [
      note('notifications/x', { _meta: { [VERSION]: 5 } }),
      note('notifications/x', { _meta: { [VERSION]: '1' } }),
      modern(1, 'server/discover'),
    ],
    [discovered(1)],
  ],
])

const call = (id: unknown, name: string, more: object = {}): Message =>
  request(id, 'tools/call', { name, ...more })
const modernCall = (id: unknown, name: string, more: object = {}, meta: object = {}): Message =>
  modern(id, 'tools/call', { name, ...more }, meta)
const withMeta = { arguments: { x: 1 }, _meta: { progressToken: 't', a: 1, [`${MCP}x`]: 1 } }
const DONE = 'sidemux: too many\nhint: wait'
const ASK = {
  resultType: 'input_required',
  inputRequests: { q: { method: 'roots/list', params: {} } },
  requestState: 's',
}

table('calls', [
  ['up to 2025-11-25', [call(2, 'echo', withMeta)], [result(2, text('["echo",{"x":1},{"a":1},null]'))]],
  [
    '2026-07-28',
    [modernCall(2, 'echo', { arguments: { x: 1 } }, { a: 1, [INFO]: WHO })],
    [result(2, text('["echo",{"x":1},{"a":1},null]', COMPLETE))],
  ],
  ['null for arguments', [call(2, 'echo', { arguments: null })], [result(2, text('["echo",{},null,null]'))]],
  ['a list for arguments', [call(2, 'echo', { arguments: [] })], [invalid(2, 'arguments are an object')]],
  ['no name', [request(2, 'tools/call')], [invalid(2, 'name is required and is text')]],
  // The SDK put the words of what was thrown into the answer.
  ['that throws', [call(2, 'throws')], [failure(2, -32_603, 'Internal error')]],
  ['that throws, 2026-07-28', [modernCall(2, 'throws')], [failure(2, -32_603, 'Internal error')]],
  ['of an unknown tool', [call(2, 'unknown')], [failure(2, -32_602, 'Unknown tool: unknown')]],
  [
    'of a tool that went',
    [call(2, 'gone')],
    [failure(2, -32_602, 'Unknown tool: gone: it went; look again')],
  ],
  [
    'with a state that is too old',
    [modernCall(2, 'state')],
    [failure(2, -32_602, 'Invalid or expired requestState: too old')],
  ],
  ['that are too many', [call(2, 'limit')], [result(2, text(DONE, { isError: true }))]],
  [
    'that fail',
    [modernCall(2, 'failed')],
    [result(2, text('sidemux: it broke\nouch\nhint: mend it', { isError: true, ...COMPLETE }))],
  ],
  ['that need an answer first', [modernCall(2, 'input')], [result(2, { ...ASK, ...SIGNED })]],
  [
    'a list as structured content',
    [modernCall(2, 'list')],
    [result(2, { structuredContent: [1], content: [], ...COMPLETE })],
  ],
  // Hosts of the older era refuse a result with any but an object there.
  [
    'a list as structured content, older',
    [call(2, 'list')],
    [result(2, { content: [{ type: 'text', text: '[1]' }] })],
  ],
  [
    'a result that has a type and a _meta',
    [modernCall(2, 'typed')],
    [result(2, { content: [], resultType: 'complete', _meta: { a: 1, ...SIGNED._meta } })],
  ],
  [
    'a result that names its server, which stays',
    [modernCall(2, 'named')],
    [result(2, { content: [], resultType: 'complete', _meta: { [`${MCP}serverInfo`]: { name: 'x' } } })],
  ],
  [
    'sent again with answers',
    [
      modernCall(2, 'echo', {
        requestState: 's',
        inputResponses: { a: { x: 1 }, b: 5, c: { method: 'm', result: {} } },
      }),
    ],
    [result(2, text('["echo",{},null,{"requestState":"s","inputResponses":{"a":{"x":1}}}]', COMPLETE))],
  ],
  [
    'sent again with what is no state and no answer',
    [modernCall(2, 'echo', { requestState: 5, inputResponses: 7 })],
    [result(2, text('["echo",{},null,{"inputResponses":{}}]', COMPLETE))],
  ],
])

/** By code of a server: what hosts of the older era get, and those of 2026-07-28. */
const CODES: readonly (readonly [number, number, number])[] = [
  [-32_002, -32_602, -32_602],
  [-32_042, -32_042, -32_603],
  [-32_021, -32_603, -32_021],
  [-32_020, -32_603, -32_603],
  [-32_022, -32_603, -32_603],
  [-32_099, -32_603, -32_603],
  [-32_603, -32_603, -32_603],
  [-31_001, -32_603, -32_603],
  [5, 5, 5],
  [1.5, -32_603, -32_603],
]
table(
  'errors of a server',
  CODES.flatMap(([code, older, newer]): Row[] => [
    [
      `${code}, older`,
      [call(2, 'error', { arguments: { code } })],
      [failure(2, older, 'as it said', { a: 1 })],
    ],
    [
      `${code}, 2026-07-28`,
      [modernCall(2, 'error', { arguments: { code } })],
      [failure(2, newer, 'as it said', { a: 1 })],
    ],
  ]),
)

const read = (name: string): Message => request(2, 'resources/read', { uri: name })
const modernRead = (name: string): Message => modern(2, 'resources/read', { uri: name })
const completion = { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } }

table('prompts, resources and completions', [
  ['an unknown resource', [read('unknown')], [failure(2, -32_602, 'Resource not found', { uri: 'unknown' })]],
  [
    'an unknown resource, 2026-07-28',
    [modernRead('unknown')],
    [failure(2, -32_602, 'Resource not found', { uri: 'unknown' })],
  ],
  [
    'an unknown prompt',
    [request(2, 'prompts/get', { name: 'unknown' })],
    [failure(2, -32_602, 'Unknown prompt: unknown')],
  ],
  ['have no result that is an error', [read('limit')], [failure(2, -31_001, DONE)]],
  [
    'how long it may be kept',
    [modernRead('cached')],
    [result(2, { contents: [], ttlMs: 9, cacheScope: 'public', ...COMPLETE })],
  ],
  [
    'how long it may be kept, ill-typed',
    [modernRead('odd-cache')],
    [result(2, { contents: [], ...PRIVATE, ...COMPLETE })],
  ],
  [
    'how long it may be kept, older',
    [read('odd-cache')],
    [result(2, { contents: [], ttlMs: -9, cacheScope: 'x' })],
  ],
  [
    'a prompt is not kept',
    [modern(2, 'prompts/get', { name: 'typed' })],
    [result(2, { content: [], resultType: 'complete', _meta: { a: 1, ...SIGNED._meta } })],
  ],
  [
    'a completion is complete or none',
    [modern(2, 'completion/complete', { ...completion, ref: { type: 'ref/prompt', name: 'input' } })],
    [failure(2, -32_603, 'Internal error')],
  ],
  [
    'a completion',
    [request(2, 'completion/complete', completion), request(3, 'completion/complete')],
    [
      result(2, text('["p",{"ref":"ref/prompt","argument":{"name":"a","value":""}},null,null]')),
      invalid(3, 'ref and argument are required'),
    ],
  ],
  [
    'resources/subscribe',
    [request(2, 'resources/subscribe', { uri: 'u' })],
    [result(2, text('["u",{},null,null]'))],
  ],
])

const progress = (value: number): Message =>
  note('notifications/progress', { progressToken: 't', progress: value })

table('what is told while a request lasts', [
  [
    'progress, only forward',
    [call(2, 'progress', withMeta)],
    [progress(1), progress(2), result(2, text('done'))],
  ],
  ['progress that nobody asked for', [call(2, 'progress')], [result(2, text('done'))]],
  [
    'progress, 2026-07-28',
    [modernCall(2, 'progress', {}, { progressToken: 't' })],
    [progress(1), progress(2), result(2, text('done', COMPLETE))],
  ],
  [
    'log messages that it asks for',
    [modernCall(2, 'log', {}, { [LEVEL]: 'info' })],
    [note('notifications/message', { level: 'error', data: 'error' }), result(2, text('logged', COMPLETE))],
  ],
  ['log messages that it does not ask for', [modernCall(2, 'log')], [result(2, text('logged', COMPLETE))]],
  [
    'log messages, which are told unasked before',
    [call(2, 'log', { _meta: { [LEVEL]: 'info' } })],
    [result(2, text('logged'))],
  ],
])

const late: Step = (one) => one.release()
table('cancelling', [
  ['is not answered', [call(2, 'slow'), cancel(2), late, request(3, 'ping')], [result(3, {})]],
  ['is not answered, 2026-07-28', [modernCall(2, 'slow'), cancel(2), late], []],
  ['"2" is not 2', [call(2, 'slow'), cancel('2'), late], [result(2, text('late'))]],
  ...[undefined, null, {}, true].map((id): Row => [
    `${JSON.stringify(id)} is nothing`,
    [call(2, 'slow'), cancel(id), late],
    [result(2, text('late'))],
  ]),
  [
    'one id twice: the newer, and then the older',
    [call(2, 'slow'), call(2, 'slow'), cancel(2), late],
    [result(2, text('late'))],
  ],
  [
    'one id twice: the older, after the newer was answered',
    [call(2, 'slow'), call(2, 'echo'), cancel(2), late],
    [result(2, text('["echo",{},null,null]'))],
  ],
  [
    'one id twice: each is answered',
    [call(2, 'slow'), call(2, 'echo'), late, request(2, 'ping')],
    [result(2, text('["echo",{},null,null]')), result(2, text('late')), result(2, {})],
  ],
])

const PARAMS = { mode: 'form', message: 'sure?', requestedSchema: { type: 'object', properties: {} } }
const question = (id: number): Message => ({
  jsonrpc: '2.0',
  id,
  method: 'elicitation/create',
  params: PARAMS,
})
const asking = init(1, { capabilities: { elicitation: {} } })
const withdrawn = note('notifications/cancelled', {
  requestId: 0,
  reason: 'AbortError: This operation was aborted',
})
/** What the host answers, and what is taken for its answer. */
const ANSWERS: readonly (readonly [string, Message, string])[] = [
  ['a yes', { id: 0, result: { action: 'accept', content: {} } }, '{"action":"accept","content":{}}'],
  ['a no', { id: 0, result: { action: 'decline' } }, '{"action":"decline"}'],
  ['an id as text', { id: '0', result: { action: 'decline' } }, '{"action":"decline"}'],
  [
    'a type of result',
    { id: 0, result: { action: 'decline', resultType: 'complete' } },
    '{"action":"decline"}',
  ],
  ['no action of a form', { id: 0, result: { action: 'maybe' } }, 'nobody answered'],
  ['a content of objects', { id: 0, result: { action: 'accept', content: { a: {} } } }, 'nobody answered'],
  ['an error', { id: 0, error: { code: -1, message: 'no' } }, 'nobody answered'],
  // The SDK let these wait until the question was withdrawn.
  ['a text', { id: 0, result: 'accept' }, 'nobody answered'],
  ['nothing', { id: 0 }, 'nobody answered'],
  ['both', { id: 0, result: { action: 'accept' }, error: { code: 1, message: 'x' } }, 'nobody answered'],
  ['more than an answer has', { id: 0, result: { action: 'accept' }, x: 1 }, 'nobody answered'],
  ['another JSON-RPC', { jsonrpc: '1.0', id: 0, result: { action: 'accept' } }, 'nobody answered'],
  ['an error without a code', { id: 0, error: { code: 'x', message: 'x' } }, 'nobody answered'],
]
/** None of them is an answer to question 0 (promise 4). */
const FORGED = ['00', '+0', '0x0', '', ' ', null, true, [0], { id: 0 }, 1, '1', 0.5]

table('asking the host, up to 2025-11-25', [
  ...ANSWERS.map(([what, answer, taken]): Row => [
    what,
    [asking, call(2, 'confirm'), answer],
    [initialized(1), question(0), result(2, text(taken))],
  ]),
  ...FORGED.map((id): Row => [
    `an answer with the id ${JSON.stringify(id)}`,
    [asking, call(2, 'confirm'), { id, result: { action: 'accept' } }, cancel(2)],
    [initialized(1), question(0), withdrawn],
  ]),
  [
    'an answer counts once',
    [
      asking,
      call(2, 'confirm'),
      { id: 0, result: { action: 'decline' } },
      { id: 0, result: { action: 'accept' } },
    ],
    [initialized(1), question(0), result(2, text('{"action":"decline"}'))],
  ],
  [
    'no answer counts after the question was withdrawn',
    [asking, call(2, 'confirm'), cancel(2), { id: 0, result: { action: 'accept' } }],
    [initialized(1), question(0), withdrawn],
  ],
  [
    'two at once, answered in the other order',
    [
      asking,
      call(2, 'confirm'),
      call(3, 'confirm'),
      { id: 1, result: { action: 'decline' } },
      { id: 0, result: { action: 'cancel' } },
    ],
    [
      initialized(1),
      question(0),
      question(1),
      result(3, text('{"action":"decline"}')),
      result(2, text('{"action":"cancel"}')),
    ],
  ],
  ['a host that can not be asked', [init(1), call(2, 'confirm')], [initialized(1), result(2, text('none'))]],
  ['a host that was not introduced', [call(2, 'confirm')], [result(2, text('none'))]],
  [
    'what a server asks: without the token of its own, and with the words of an error',
    [asking, call(2, 'relay'), { id: 0, error: { code: -1, message: 'no', data: 5 } }],
    [
      initialized(1),
      { jsonrpc: '2.0', id: 0, method: 'roots/list', params: { _meta: { a: 1 } } },
      result(2, text('[-1,"no",5]')),
    ],
  ],
  [
    'since 2026-07-28 nothing is asked',
    [modernCall(2, 'confirm', {}, { [CAPABLE]: { elicitation: {} } })],
    [result(2, text('retry', COMPLETE))],
  ],
])

const changes: Step = ({ host }) => {
  host?.notify('notifications/tools/list_changed')
  host?.notify('notifications/resources/updated', { uri: 'a' })
  host?.notify('notifications/message', { level: 'info', data: 1 })
  host?.notify('notifications/elicitation/complete', { elicitationId: 'e' })
}
const CHANGED = [
  note('notifications/tools/list_changed'),
  note('notifications/resources/updated', { uri: 'a' }),
  note('notifications/message', { level: 'info', data: 1 }),
]

table('what is told unasked', [
  ['up to 2025-11-25', [init(1), changes], [initialized(1), ...CHANGED]],
  [
    'to a host that opens pages',
    [init(1, { capabilities: { elicitation: { url: {} } } }), changes],
    [initialized(1), ...CHANGED, note('notifications/elicitation/complete', { elicitationId: 'e' })],
  ],
  ['2026-07-28: nothing', [settled, changes], [notFound(0)]],
  ['after server/discover: nothing', [modern(1, 'server/discover'), changes], [discovered(1)]],
])

/** Of a message that is none: it is not served, and whoever waits is told. */
const BAD: readonly (readonly [string, string, readonly Message[]])[] = [
  ['more members than a request has', '{"jsonrpc":"2.0","id":1,"method":"ping","extra":1}', [notRpc(1)]],
  ['a result as well', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', [notRpc(1)]],
  ['an id that is no whole number', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', [notRpc(1.5)]],
  ['a list as params', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', [notRpc(1)]],
  ['a number as _meta', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":5}}', [notRpc(1)]],
  [
    'a token that is no whole number',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":1.5}}}',
    [notRpc(1)],
  ],
  [
    'a task that is none',
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/related-task":5}}}',
    [notRpc(1)],
  ],
  ['null as params', '{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', [result(1, {})]],
  ['null as _meta', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":null}}', [result(1, {})]],
  ['a notification with more members', '{"jsonrpc":"2.0","method":"notifications/x","y":1}', []],
  ['a notification with a number as params', '{"jsonrpc":"2.0","method":"notifications/x","params":5}', []],
]
table(
  'what is no message',
  BAD.map(([what, line, heard]): Row => [what, [line], heard]),
)

it('an id that no double keeps is refused with all its digits', async () => {
  const one = new Talk()
  await one.take(['{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}'])
  expect(String(one.stdout.read())).toContain('"id":12345678901234567890,')
  await one.served.close()
})
