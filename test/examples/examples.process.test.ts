/** Every file of examples/ is what it says: `check` finds no error in it, and it runs with real servers as its comments tell. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { runHere } from '../e2e/run-here.ts'
import { host1Here } from '../e2e/serve-here.ts'
import { place, REPO, textOf, type Answer, type Host, type Place } from '../e2e/support.ts'
import { startInfisical } from '../servers/infisical.mjs'
import { startRemote } from '../servers/remote/http.mjs'
import { startOAuth } from '../servers/remote/oauth.mjs'
import { shimsIn, withShims } from './shims.ts'

const EXAMPLES = join(REPO, 'examples')
const TOKEN = 'made-up-token-5f1c2ab97be04d3e'
const LOOK_AGAIN_MS = 250
const DECLINE: Answer = { action: 'decline' }
/** What `check` says of an example that shows something to be mended. */
const WARNED: Readonly<Record<string, readonly RegExp[]>> = {
  'env-migration/before.yaml': [/can be read by other users/, /"TRACKER_TOKEN" is a secret in plain text/],
  'pasted/servers.yaml': [
    /"version" is missing/,
    /"alwaysAllow" is a key of another host/,
    /is called "knowledge-graph"/,
  ],
}

const textIn = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8')

interface Changes {
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  /** Addresses that can't be reached here, and what stands for them. */
  readonly instead?: Readonly<Record<string, string>>
  /** At the end of the file. */
  readonly more?: string
}

/** A copy of the example in a directory of its own. */
function copyOf(name: string, { env = {}, files = {}, instead = {}, more = '' }: Changes = {}): Place {
  const where = place('', files)
  const text = Object.entries(instead).reduce((now, [from, to]) => {
    expect(now).toContain(from)
    return now.replaceAll(from, to)
  }, textIn(name))
  writeFileSync(where.config, withShims(text, shimsIn(where.dir)) + more)
  return { ...where, env: { ...where.env, ...env } }
}

/** Names of the listed tools, once each of these servers has some: a first list doesn't wait for slow ones. */
async function names(host: Host, ...servers: readonly string[]): Promise<string[]> {
  const found = (await host.tools()).map(({ name }) => name)
  if (servers.every((server) => found.some((name) => name.startsWith(`${server}_`)))) return found
  await pause(LOOK_AGAIN_MS)
  return names(host, ...servers)
}

interface Row {
  readonly kind: string
  readonly server: string
  readonly verdict: string
  readonly risk: string
}

/** Verdicts of tools that hosts are told of. */
const LISTED = new Set(['allow', 'confirm'])

async function tools(where: Place, ...options: readonly string[]): Promise<Row[]> {
  const { stdout } = await runHere(where, ['tools', '--json', ...options])
  return (JSON.parse(stdout) as Row[]).filter(({ kind }) => kind === 'tool')
}

/** How often this host's person was asked, who says no each time. */
async function naysayer(where: Place): Promise<{ host: Host; asked: string[] }> {
  const asked: string[] = []
  const host = await host1Here(where, {
    elicit: (message) => {
      asked.push(message)
      return DECLINE
    },
  })
  return { host, asked }
}

const all = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
)

describe.each(all)('examples/%s', (name) => {
  it('has no error, and says on its first lines what it shows', async () => {
    expect(textIn(name)).toMatch(/^(?:# yaml-language-server: [^\n]+\n)?(?:#|\/\/) [A-Z].{40}/)
    const { code, stdout, stderr } = await runHere(
      copyOf(name, { files: { '.env.dev': `TRACKER_TOKEN=${TOKEN}\n` } }),
      ['check', '--json'],
    )
    const { problems } = JSON.parse(stdout) as { problems: { severity: string; message: string }[] }
    const messages = problems.map(({ message }) => message)
    expect([code, stderr, problems.filter(({ severity }) => severity === 'error')]).toEqual([0, '', []])
    const expected = WARNED[name] ?? []
    expect(messages.filter((message) => !expected.some((words) => words.test(message)))).toEqual([])
    for (const words of expected) expect(messages.join('\n')).toMatch(words)
  })
})

describe('the examples, running', () => {
  it('first-server: reads run, changes ask, what is blocked is not there', async () => {
    const where = copyOf('first-server/servers.yaml', { files: { 'a.md': 'milk' } })
    const { host, asked } = await naysayer(where)
    const listed = await names(host, 'files', 'memory')
    expect(listed).toEqual(expect.arrayContaining(['files_write_file', 'memory_delete_entities']))
    expect(listed).not.toContain('memory_delete_relations')
    expect(textOf(await host.call('files_read_text_file', { path: 'a.md' }))).toBe('milk')
    expect(asked).toEqual([])
    await host.call('files_write_file', { path: 'a.md', content: '' })
    expect(asked).toHaveLength(1)
    expect(readFileSync(join(where.dir, 'a.md'), 'utf8')).toBe('milk')
  })

  it('pasted: the servers of another host start, and none that it had switched off', async () => {
    const host = await host1Here(copyOf('pasted/servers.yaml'))
    const listed = await names(host, 'filesystem', 'knowledge-graph')
    expect(new Set(listed.map((name) => name.split('_')[0]))).toEqual(
      new Set(['filesystem', 'knowledge-graph']),
    )
  })

  it('env-migration: migrate makes of the one file the other, which runs', async () => {
    const where = copyOf('env-migration/before.yaml')
    expect(await runHere(where, ['secrets', 'migrate', '--to', 'dev', '--write'])).toMatchObject({ code: 0 })
    expect(readFileSync(where.config, 'utf8')).toBe(
      withShims(textIn('env-migration/servers.yaml'), join(where.dir, 'bin')),
    )
    const printed = textOf(await (await host1Here(where)).call('everything_get-env'))
    expect(printed).toContain('[redacted:everything.TRACKER_TOKEN]')
    expect(printed).toContain('tracker.example.com')
  })

  it('infisical: each server has its own secret, and logs in as who it is', async () => {
    const projectId = '6f2c8c1e-5d0b-4c57-9a55-1f0f5c3b7e11'
    const wikiSecret = 'wiki-secret-9a1b2c3d4e5f'
    const infisical = await startInfisical({
      projectId,
      identities: { wiki: { clientSecret: wikiSecret } },
      secrets: {
        dev: { '/tracker': { TOKEN, HOST: 'tracker.example.com' }, '/wiki': { TOKEN: `wiki-${TOKEN}` } },
      },
    })
    onTestFinished(() => infisical.close())
    const where = copyOf('infisical/servers.yaml', {
      instead: { 'https://app.infisical.com': infisical.url },
      env: {
        INFISICAL_CLIENT_ID: infisical.clientId,
        INFISICAL_CLIENT_SECRET: infisical.clientSecret,
        WIKI_CLIENT_ID: 'wiki',
        WIKI_CLIENT_SECRET: wikiSecret,
      },
    })
    const host = await host1Here(where)
    const tracker = textOf(await host.call('tracker_get-env'))
    expect(tracker).toContain('"TRACKER_TOKEN": "[redacted:tracker.TRACKER_TOKEN]"')
    expect(tracker).toContain('"TRACKER_HOST": "tracker.example.com"')
    expect(tracker).not.toMatch(/INFISICAL|WIKI/)
    expect(textOf(await host.call('wiki_get-env'))).toContain('[redacted:wiki.WIKI_TOKEN]')
    expect(infisical.logins.map(({ body }) => body['clientId'])).toContain('wiki')
  })

  it('remote: one by its token, one by a login', async () => {
    const oauth = await startOAuth()
    const wiki = await startRemote('sdk2', oauth.protect())
    const tracker = await startRemote('sdk2', {
      guard: ({ headers }) =>
        headers.authorization === `Bearer ${TOKEN}` ? undefined : { status: 401, headers: {} },
    })
    onTestFinished(async () => {
      await Promise.all([oauth.close(), wiki.close(), tracker.close()])
    })
    const browser = [process.execPath, join(REPO, 'test/servers/follow.mjs')]
    const where = copyOf('remote/servers.yaml', {
      instead: { 'https://mcp.tracker.example/mcp': tracker.url, 'https://mcp.wiki.example/mcp': wiki.url },
      more: `approvals: { browser: ${JSON.stringify(browser)}, channels: [elicitation] }\n`,
    })
    expect(await runHere(where, ['secrets', 'set', 'tracker/TOKEN', '--backend', 'file'], TOKEN)).toMatchObject({
      code: 0,
    })
    expect(await runHere(where, ['login', 'wiki'])).toMatchObject({ code: 0 })
    const host = await host1Here(where)
    for (const server of ['tracker', 'wiki'])
      expect(textOf(await host.call(`${server}_echo`, { text: 'here' }))).toContain('here')
  })

  it('team-policy: each line does what it says', async () => {
    const where = copyOf('team-policy/servers.yaml', { files: { 'a.md': 'a' } })
    for (const folder of ['drafts', 'private']) mkdirSync(join(where.dir, folder))
    writeFileSync(join(where.dir, 'private', 'b.md'), 'b')
    const { host, asked } = await naysayer(where)
    expect(await names(host, 'docs', 'graph')).not.toContain('docs_move_file')
    const search = (await host.tools()).find(({ name }) => name === 'graph_search_nodes')
    expect(search?.['inputSchema']).toMatchObject({ properties: {} })
    await host.call('docs_write_file', { path: 'drafts/new.md', content: 'x' })
    expect(readFileSync(join(where.dir, 'drafts', 'new.md'), 'utf8')).toBe('x')
    expect(asked).toEqual([])
    await host.call('docs_write_file', { path: 'a.md', content: 'x' })
    expect(asked).toHaveLength(1)
    expect(readFileSync(join(where.dir, 'a.md'), 'utf8')).toBe('a')
    const blocked = await host.call('docs_read_text_file', { path: 'private/b.md' })
    expect([blocked['isError'], textOf(blocked)]).toEqual([true, expect.stringContaining('tools.block')])
    expect(asked).toHaveLength(1)
  })

  it('team-policy: its role has what reads and nothing else', async () => {
    const where = copyOf('team-policy/servers.yaml')
    const listed = (await tools(where, '--profile', 'readonly')).filter(({ verdict }) => LISTED.has(verdict))
    expect(new Set(listed.map(({ risk }) => risk))).toEqual(new Set(['read']))
  })

  it('many-servers: a host gets the part that its role names', async () => {
    const where = copyOf('many-servers/servers.yaml')
    const { config } = await loadConfig({ path: where.config, env: {}, cwd: where.dir, environment: 'prod' })
    expect(config?.servers.map(({ id }) => id)).toEqual(['files', 'notes', 'machine', 'archive'])
    const listed = (await tools(where, '--profile', 'writing')).filter(({ verdict }) => LISTED.has(verdict))
    expect(new Set(listed.map(({ server }) => server))).toEqual(new Set(['files', 'notes']))
    expect(listed).toHaveLength(7)
  })

  it('docker: the token is in the container, and on no command line', async () => {
    const where = copyOf('docker/servers.yaml', { files: { '.env.dev': `TRACKER_TOKEN=${TOKEN}\n` } })
    const printed = textOf(await (await host1Here(where)).call('tracker_get_env'))
    expect(printed).toContain('[redacted:tracker.TRACKER_TOKEN]')
    expect(printed).toContain('run --rm -i -e TRACKER_TOKEN --network none')
  })
})
