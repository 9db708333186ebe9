/**
 * An SDK-less server that is told by its arguments what to do wrong: `faulty-tools` lists every schema fault that is
 * repaired or left out, `thousand` lists 1,000 tools, `no-tools` has none, `banner` talks on stdout first, `closes`
 * closes stdout after its list, `floods` answers with 50 MB on one line, `forges` answers other ids, `grows` adds a tool,
 * `odd-results` has a tool for each kind of result that hosts may refuse.
 */
import { closeSync } from 'node:fs'
import { ECHO, send, serve, text } from './raw.mjs'

const mode = process.argv[2]
const object = { type: 'object' }

/** Each is a tool that hosts or model APIs refuse as it stands; some can be repaired, the rest is left out. */
const FAULTY = [
  { name: 'no-schema' },
  { name: 'null-schema', inputSchema: null },
  { name: 'text-schema', inputSchema: 'object' },
  { name: 'empty-schema', inputSchema: {} },
  { name: 'array-schema', inputSchema: { type: 'array' } },
  { name: 'no-properties', inputSchema: object },
  { name: 'null-properties', inputSchema: { ...object, properties: null } },
  {
    name: 'one-of',
    inputSchema: {
      ...object,
      oneOf: [
        { properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: { type: 'number' } } },
      ],
    },
  },
  {
    name: 'any-of',
    inputSchema: { anyOf: [{ $ref: '#/$defs/A' }], $defs: { A: { properties: { a: {} } } } },
  },
  { name: 'all-of', inputSchema: { ...object, allOf: [{ properties: { a: {} } }, true, null] } },
  {
    name: 'bad-key',
    inputSchema: { ...object, properties: { 'a b$c': { type: 'string' }, ['x'.repeat(80)]: {} } },
  },
  { name: 'required-text', inputSchema: { ...object, required: 'a' } },
  {
    name: 'network-ref',
    inputSchema: { ...object, properties: { a: { $ref: 'https://example.com/a.json' } } },
  },
  { name: 'own-ref', inputSchema: { ...object, properties: { a: { $ref: '#' } } } },
  { name: 'old-schema', inputSchema: { $schema: 'http://json-schema.org/draft-04/schema#', ...object } },
  { name: 'odd-schema', inputSchema: { $schema: 7, ...object } },
  { name: 'bad-pattern', inputSchema: { ...object, properties: { a: { type: 'string', pattern: '(' } } } },
  { name: 'bad-type', inputSchema: { ...object, properties: { a: { type: 'strnig' } } } },
  { name: 'bad-output', inputSchema: object, outputSchema: { type: 'strnig' } },
  { name: 'array-output', inputSchema: object, outputSchema: { type: 'array', items: {} } },
  {
    name: 'output-ref',
    inputSchema: object,
    outputSchema: { ...object, properties: { a: { $ref: '#/$defs/none' } } },
  },
  {
    name: 'output-network-ref',
    inputSchema: object,
    outputSchema: { ...object, properties: { a: { $ref: 'https://example.com/a.json' } } },
  },
  {
    name: 'output-old',
    inputSchema: object,
    outputSchema: { $schema: 'http://json-schema.org/draft-04/schema#', ...object },
  },
  { name: 'output-id', inputSchema: object, outputSchema: { $id: 'same', ...object } },
  {
    name: 'output-id-2',
    inputSchema: object,
    outputSchema: { $id: 'same', ...object, properties: { a: {} } },
  },
  {
    name: 'output-pattern',
    inputSchema: object,
    outputSchema: { ...object, properties: { a: { type: 'string', pattern: '(' } } },
  },
  { name: 'output-required', inputSchema: object, outputSchema: { ...object, required: 'a' } },
  { name: 'number-title', title: 7, inputSchema: object },
  { name: 'number-description', description: 7, inputSchema: object },
  { name: 'text-annotations', annotations: 'x', inputSchema: object },
  { name: 'text-hint', annotations: { readOnlyHint: 'yes' }, inputSchema: object },
  {
    name: 'odd-icons',
    icons: [
      7,
      { src: 'file:///etc/passwd' },
      { src: 'https://example.com/i.png' },
      { src: 'data:image/png;base64,AA==', sizes: 7 },
    ],
    inputSchema: object,
  },
  { name: 'odd-execution', execution: { taskSupport: 'sometimes' }, inputSchema: object },
  { name: 'odd-meta', _meta: [], inputSchema: object },
  { name: 'dots.and/slashes', inputSchema: object },
  { name: 'spaces and ümlauts', inputSchema: object },
  { name: 'x'.repeat(200), inputSchema: object },
  { name: '__proto__', inputSchema: object },
  { name: 'constructor', inputSchema: { ...object, properties: { constructor: {}, toString: {} } } },
  { name: '', inputSchema: object },
  { name: 7, inputSchema: object },
  null,
  ECHO,
]

const thousand = Array.from({ length: 1000 }, (_, index) => ({
  name: `tool-${index}`,
  description: 'd'.repeat(200),
  inputSchema: { ...object, properties: { text: { type: 'string' } } },
}))

const output = { ...object, properties: { n: { type: 'number' } }, required: ['n'] }
const result = (id, value) => send({ jsonrpc: '2.0', id, result: value })
const ODD_RESULTS = {
  'unknown-content': (id) =>
    result(id, {
      content: [
        { type: 'hologram', data: 7 },
        { type: 'text', text: 'after' },
      ],
    }),
  'no-content': (id) => result(id, {}),
  'error-without-structured': (id) =>
    result(id, { isError: true, content: [{ type: 'text', text: 'failed' }] }),
  'wrong-structured': (id) =>
    result(id, { content: [{ type: 'text', text: 'see' }], structuredContent: { n: 'seven' } }),
  'missing-structured': (id) => result(id, { content: [{ type: 'text', text: 'see' }] }),
  'list-structured': (id) => result(id, { content: [{ type: 'text', text: '[1]' }], structuredContent: [1] }),
}
const oddResults = Object.keys(ODD_RESULTS).map((name) => ({
  name,
  inputSchema: object,
  ...(name.includes('structured') && { outputSchema: output }),
}))

const TOOLS = { 'faulty-tools': FAULTY, thousand, 'no-tools': [], 'odd-results': oddResults }

if (mode === 'banner')
  process.stdout.write('*** Super MCP server 1.0, listening on stdio ***\n{"level":"info"}\n')
let grown = false
const LISTS = {
  grows: () => ({ tools: grown ? [ECHO, { name: 'grown', inputSchema: object }] : [ECHO] }),
  closes() {
    setImmediate(() => (closeSync(1), setInterval(() => {}, 1000)))
    return { tools: [ECHO] }
  },
}
serve({
  capabilities: { tools: { listChanged: true } },
  tools: LISTS[mode] ?? TOOLS[mode] ?? [ECHO],
  call({ id, params }) {
    if (mode === 'floods') return text(id, 'x'.repeat(50 * 1024 * 1024))
    if (mode === 'forges') for (const other of [id + 1, `${id}x`, id - 1]) text(other, 'forged')
    if (mode === 'grows') {
      grown = true
      send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    }
    if (Object.hasOwn(ODD_RESULTS, params.name)) return ODD_RESULTS[params.name](id)
    const said = JSON.stringify({ name: params.name, args: params.arguments })
    result(id, { content: [{ type: 'text', text: said }], structuredContent: {} })
  },
})
