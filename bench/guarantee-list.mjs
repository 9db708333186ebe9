// What is promised of each call, as the stages and the wire do it, each ready to be timed alone. Used by guarantees.mjs
// with the built modules, and by the test that shows that what is timed is switched on.
import { join } from 'node:path'
import { tokenOf } from './contenders/token.mjs'

/** Where the rooms' exports that it takes are, below dist/. */
export const MODULES = [
  'audit/write/log.js',
  'cancellation.js',
  'json/write.js',
  'pipeline/stages/admit.js',
  'pipeline/stages/contain.js',
  'pipeline/stages/limit.js',
  'pipeline/stages/record.js',
  'pipeline/stages/scrub.js',
  'pipeline/stages/validate.js',
  'redact/redactor.js',
  'schema/compile.js',
  'schema/judge.js',
  'secrets/secret.js',
  'upstream/session/times/silence.js',
  'wire/framing.js',
]
const SECRETS = 20
const schema = {
  type: 'object',
  properties: { text: { type: 'string', description: 'A text.' }, size: { type: 'integer' } },
  required: [],
}
const SIGNAL = new AbortController().signal
const stop = () => {}
const HOST_LINE =
  '{"jsonrpc":"2.0","id":1234,"method":"tools/call","params":{"name":"s0_get_echo","arguments":{"text":"hello"}}}'
const SERVER_LINE = '{"jsonrpc":"2.0","id":1234,"result":{"content":[{"type":"text","text":"hello"}]}}'

const target = {
  kind: 'tool',
  server: 's0',
  name: 'get_echo',
  emitted: 's0_get_echo',
  definition: { inputSchema: schema },
  verdict: { kind: 'allow', risk: 'read', rule: 'tools.allow: get_*', reason: 'servers.yaml allows it' },
  hash: 'a'.repeat(64),
  launchHash: 'b'.repeat(64),
  changes: [],
}

/** A call as it comes to a stage, with arguments of its own: what is remembered of one doesn't serve the next. */
function callWith(args, checks, id = 'abcdef0123456789-12') {
  return {
    id,
    kind: 'tool',
    name: 's0_get_echo',
    args,
    signal: SIGNAL,
    asker: { host: { name: 'bench', version: '1' } },
    target,
    entry: { checks },
  }
}

/**
 * @param modules the rooms' exports, from src/ or dist/
 * @param dir where the audit log is written
 * @returns of each guarantee `promise`, `what` it is, `run(call, result)` as a call meets it, and `holds`, which shows that
 * it is on; `end` closes the log
 */
export async function guarantees(modules, dir) {
  const { AuditLog, Redactor, Secret, SchemaJudge, compileSchema, parseLine, writeJson } = modules
  const log = await AuditLog.open({ dir: join(dir, 'audit'), required: true, now: Date.now })
  const redactor = new Redactor()
  for (let server = 0; server < 4; server += 1) {
    const secrets = Array.from({ length: SECRETS / 4 }, (_, index) => server * 5 + index)
    redactor.add(
      `s${server}`,
      secrets.map((index) => new Secret(tokenOf(index), `s${server}.TOKEN_${index}`)),
    )
  }
  const checks = { arguments: compileSchema(schema) }
  const maskText = (text) => redactor.maskText(text).text
  const limits = new modules.Limits({
    limits: () => ({ server: '1000000/second', tools: {} }),
    now: () => performance.now(),
  })
  let written = 0
  const stages = {
    admit: modules.admit,
    limit: modules.limit(limits),
    record: modules.record({
      required: true,
      append: (...given) => ((written += 1), log.write(...given)),
      arguments: 'masked',
      mask: (value) => redactor.maskJson(value).value,
      look: (value) => redactor.look(value),
      now: () => performance.now(),
      warn: () => {},
    }),
    contain: modules.contain({
      foreignSecrets: (value, server) => redactor.foreignSecrets(value, server),
      secretsKnown: () => redactor.known,
      isWeak: () => false,
    }),
    validate: modules.validate({ judge: new SchemaJudge(), unchecked: () => {}, maskText }),
    scrub: modules.scrub({
      maskJson: (value) => redactor.maskJson(value),
      thread: () => redactor.thread?.(),
    }),
  }
  const through = (stage) => (call, result) => stages[stage](call, async () => ({ kind: 'result', result }))
  const plain = { content: [{ type: 'text', text: 'hello' }] }
  const outcome = (stage, args, result = plain) => through(stage)(callWith(args, checks), result)

  const list = [
    {
      promise: 6,
      what: 'written down before it runs and when it has ended, chained, in the file; with the hash of its arguments',
      run: through('record'),
      holds: async () => {
        const before = written
        await outcome('record', { text: 'x' })
        return written === before + 2
      },
    },
    {
      promise: 3,
      what: `no secret of another server in its arguments, of ${SECRETS}, however it is written`,
      run: through('contain'),
      holds: async () => (await outcome('contain', { text: `a ${tokenOf(7)}` })).by === 'secret',
    },
    {
      promise: 3,
      what: `secrets masked in its result, of ${SECRETS}, however they are written`,
      run: through('scrub'),
      holds: async () => {
        const { result } = await outcome('scrub', {}, { content: [{ type: 'text', text: btoa(tokenOf(0)) }] })
        return JSON.stringify(result).includes('[redacted:')
      },
    },
    {
      promise: 4,
      what: 'judged by the rules, and within its rate',
      run: async (call, result) => {
        await through('admit')(call, result)
        return through('limit')(call, result)
      },
      holds: async () => {
        const blocked = {
          ...callWith({}, checks),
          target: { ...target, verdict: { ...target.verdict, kind: 'block' } },
        }
        return (await through('admit')(blocked, plain)).by === 'policy'
      },
    },
    {
      promise: 1,
      what: 'its arguments fit the schema of the tool',
      run: through('validate'),
      holds: async () => JSON.stringify(await outcome('validate', { text: 5 })).includes('text'),
    },
    {
      promise: 1,
      what: 'ended when nobody wants it any more, and when its server is silent for too long',
      run: (_call, result) => {
        const call = new modules.Cancellation()
        call.addEventListener('abort', stop)
        const silence = new modules.Silence({ silenceMs: 60_000, totalMs: 600_000, onOver: stop })
        silence.end()
        call.removeEventListener('abort', stop)
        return { kind: 'result', result }
      },
      holds: async () => {
        // Its timer keeps no process alive.
        const alive = setInterval(() => {}, 1000)
        await new Promise((onOver) => new modules.Silence({ silenceMs: 1, totalMs: 10, onOver }))
        clearInterval(alive)
        const call = new modules.Cancellation()
        let told = false
        call.addEventListener('abort', () => (told = true))
        call.cancel()
        return told
      },
    },
    {
      promise: 7,
      what: 'read and written on both sides with every digit, within bounds of size and depth',
      run: () => {
        const request = parseLine(Buffer.from(HOST_LINE), 'request').message
        const answer = parseLine(Buffer.from(SERVER_LINE), 'response').message
        return writeJson({ ...request, id: 1 }).length + writeJson({ ...answer, id: 1 }).length
      },
      holds: async () =>
        parseLine(Buffer.from(`{"a":${'['.repeat(300)}${']'.repeat(300)}}`), 'request').kind === 'bad',
    },
  ]
  return {
    list,
    none: async (call, result) => (async () => ({ kind: 'result', result }))(call),
    calls: (count) =>
      Array.from({ length: count }, (_, n) => callWith({ text: 'hello' }, checks, `abcdef-${n}`)),
    results: (count) => Array.from({ length: count }, () => ({ content: [{ type: 'text', text: 'hello' }] })),
    end: () => log.close(),
  }
}
