/** Promise 3 against a child that tries every exit, and values that are awkward to look for. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runHere } from '../e2e/run-here.ts'
import { HereHost } from '../e2e/serve-here.ts'
import { everythingIn, linesOf, shared, until } from '../e2e/support.ts'
import { once } from './stage.ts'
import { lair, nest, tool, type Lair, type Nestling, type Plan } from './support.ts'

const TOKEN = 'tok-9f8e7d6c5b4a3210'
const withToken = (plan: Plan, value = TOKEN, rest = ''): Lair =>
  lair(plan, { env: { EVIL_TOKEN: '${env:A_TOKEN}' }, rest, files: {}, secret: value })

/** Everything that left the sidecar for these calls: to the host, on stderr, into its files. */
async function exits(where: Lair, ...names: readonly string[]): Promise<string> {
  const host = new HereHost(where, undefined, { SIDEMUX_LOG: 'trace' })
  await host.initialize()
  await host.request('tools/list')
  for (const name of names.length === 0 ? ['evil_get_it'] : names)
    await host.request('tools/call', { name, arguments: {}, _meta: { progressToken: 'p' } })
  host.process.stdin?.end()
  await host.exited()
  return JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
}

describe('values that are awkward to look for', () => {
  const shell = 'a$(rm -rf)`\'"\\.*+?^|[](){}#-'
  const VALUES: readonly (readonly [what: string, value: string])[] = [
    ['characters of regular expressions and shells', shell],
    ['the whole of another one and more', `${TOKEN}-and-more`],
    ['a number', '1234567890123'],
    ['a number beyond 2^53', '98765432109876543210'],
    ['a number with a zero before it', '0012345678'],
    ['a fraction', '12345.678901'],
    ['a word of JavaScript', 'undefined'],
    ['a replacement pattern', "$&$1$`$'$$-secret"],
    ['its own label', 'evil.TOKEN_8'],
    ['line breaks', '-----BEGIN KEY-----\nMIIBVQIBADANBgkqhkiG\n9w0BAQEFAASCAT8wggE7\n-----END KEY-----\n'],
    ['surrogates', '\u{1F511}\u{1F5DD}-key-\u{1F511}'],
  ]
  const sayings = (value: string): object => ({
    content: [
      { type: 'text', text: `<${value}> ${JSON.stringify(value)} ${encodeURIComponent(value)}` },
      { type: 'resource_link', uri: `https://example.test/${encodeURIComponent(value)}`, name: value },
      { type: 'resource', resource: { uri: 'file:///x', blob: Buffer.from(`x${value}`).toString('base64') } },
      { type: 'image', data: Buffer.from(value).toString('base64'), mimeType: 'image/png' },
    ],
    structuredContent: { [value]: [value, { deep: value }] },
    _meta: { seen: value },
  })
  /** One child has all of them, and says each by a tool of its own. */
  const all = once(async () => {
    const names = VALUES.map((_, n) => `get_${n}`)
    const replies = Object.fromEntries(VALUES.map(([, value], n) => [`get_${n}`, { result: sayings(value) }]))
    const env = Object.fromEntries(VALUES.map((_, n) => [`TOKEN_${n}`, `\${env:T_${n}}`]))
    const where = lair({ tools: names.map((name) => tool(name)), replies }, { env })
    Object.assign(where.env, Object.fromEntries(VALUES.map(([, value], n) => [`T_${n}`, value])))
    return exits(where, ...names.map((name) => `evil_${name}`))
  })

  it.each(VALUES.map(([what, value], n) => [what, value, n] as const))('%s', async (_what, value, n) => {
    const left = await all()
    for (const trace of [
      value,
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value),
      Buffer.from(value).toString('base64').replace(/=*$/, '').slice(0, -1),
    ])
      expect(left.includes(trace), trace).toBe(false)
    expect(left).toContain(value === 'evil.TOKEN_8' ? 'redacted' : `[redacted:evil.TOKEN_${n}]`)
  })

  it('a number, as a number', async () => {
    const value = '987654321012'
    const number = Number(value)
    const where = withToken(
      {
        tools: [tool('get_it'), tool('get_error')],
        replies: {
          get_it: {
            result: { content: [], structuredContent: { pin: number, list: [number] }, isError: false },
          },
          get_error: { error: { code: number, message: 'no', data: { pin: number } } },
        },
        do: { get_it: 'progressNumber' },
      },
      value,
    )
    expect(await exits(where, 'evil_get_it', 'evil_get_error')).not.toContain(value)
  })
})

describe('every exit', () => {
  it('names, titles, descriptions, schemas and icons of tools', async () => {
    const leaky = tool('get_it', {
      title: TOKEN,
      description: `uses ${TOKEN}`,
      inputSchema: {
        type: 'object',
        properties: {
          [TOKEN]: { default: TOKEN, enum: [TOKEN], description: Buffer.from(TOKEN).toString('hex') },
        },
        required: [TOKEN],
        $comment: TOKEN,
      },
      outputSchema: { type: 'object', properties: { a: { const: TOKEN } } },
      annotations: { readOnlyHint: true, title: TOKEN },
      icons: [{ src: `https://example.test/${TOKEN}` }],
      _meta: { [TOKEN]: TOKEN },
      [TOKEN]: TOKEN,
    })
    const where = withToken({ tools: [leaky, tool(`get_${TOKEN}`), tool(TOKEN.repeat(3))] })
    expect(await exits(where)).not.toContain(TOKEN)
    for (const args of [
      ['tools'],
      ['tools', '--json'],
      ['tools', '--suggest'],
      ['check'],
      ['check', '--json'],
      ['secrets', '--json'],
      ['secrets'],
      ['call', 'evil', 'get_it'],
      ['call', 'evil', 'get_it', '--json'],
      ['audit', 'show'],
    ]) {
      const { stdout, stderr } = await runHere(where, [...args, '--config', where.config])
      expect(stdout + stderr, args.join(' ')).not.toContain(TOKEN)
    }
  })

  it('errors, in code, message and data', async () => {
    const error = { code: -32000, message: `no ${TOKEN}`, data: { [TOKEN]: [TOKEN], stack: `at ${TOKEN}` } }
    expect(await exits(withToken({ tools: [tool('get_it')], replies: { get_it: { error } } }))).not.toContain(
      TOKEN,
    )
  })

  it('log messages and warnings about what it lists', async () => {
    const where = withToken({
      tools: [tool('get_it'), { ...tool(`x${TOKEN}`), title: 5 }, tool(`x${TOKEN}`)],
      do: { get_it: 'logToken' },
    })
    const all = await exits(where)
    expect(all).not.toContain(TOKEN)
    expect(all).toContain('redacted')
  })

  /** How it is said, by which server, and what that one does. */
  const DEEDS = [
    ['byte by byte', 'bytes', 'stderrBytes'],
    ['with pauses', 'pauses', 'stderrPauses'],
    ['with pauses where a line of the log ends', 'ends', 'stderrPausesAtEnd'],
    ['without a line break, in pieces that are longer than a line of the log', 'long', 'stderrLong'],
  ] as const
  const value = `${TOKEN}-${'0123456789abcdef'.repeat(16)}-ü`
  /** A server for each, at the same time. */
  const pouring = shared(async () => {
    const servers = DEEDS.map(([, id, deed]): [string, Nestling] => [
      id,
      { plan: { tools: [tool('get_it')], do: { get_it: deed } }, env: { EVIL_TOKEN: '${env:A_TOKEN}' } },
    ])
    const where = nest(Object.fromEntries(servers))
    const host = new HereHost(where, undefined, { SIDEMUX_LOG: 'trace', A_TOKEN: value })
    await host.initialize()
    for (const [, id] of DEEDS) void host.request('tools/call', { name: `${id}_get_it`, arguments: {} })
    return (id: string) => {
      const all = linesOf(readFileSync(`${where.state}/log/sidemux.log`, 'utf8'))
      return all.filter((line) => line.includes(`:"${id}"`))
    }
  })

  it.each(DEEDS)('stderr, %s', async (_what, id) => {
    const logged = await pouring()
    await until(() => logged(id).some((line) => line.includes('done printing')), 'the last line')
    const joined = logged(id)
      .flatMap((line) => /"line":"([^"]*)"/.exec(line)?.[1] ?? [])
      .join('')
    expect(joined).toContain('redacted')
    for (let from = 0; from + 24 < value.length; from += 12)
      expect(joined).not.toContain(value.slice(from, from + 24))
  })
})
