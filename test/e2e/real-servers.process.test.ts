/**
 * What the official everything, filesystem and memory servers offer beside tools, behind one entry, for a host on each
 * SDK, and so of either era (promise 7); what every host makes of every primitive, also one without an SDK, is in eras/.
 * They speak up to 2025-11-25. Each check of that era runs without the sidecar first, to prove that it is right.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pause, textOf, type Era } from './eras/check.ts'
import { entryOf, heldTo, REAL_SERVERS_NOT_YET } from './eras/not-yet.ts'
import { HOSTS as ALL_HOSTS, sidecarOf, type Host } from './eras/pairs.ts'
import { EVERYTHING, usual, type JsonObject, type Peer, type Program } from './eras/peer.ts'
import { launched } from './serve-here.ts'
import { REPO, until } from './support.ts'

const HOSTS = ALL_HOSTS.filter(({ era, of }) => of === (era === 'old' ? 'SDK 1.32' : 'SDK 2.4'))

type Server = 'all' | 'files' | 'memory'

interface Place {
  readonly dir: string
  readonly roots: { readonly uri: string; readonly name: string }[]
  readonly programs: Readonly<Record<Server, Program>>
}

interface Real extends Place {
  readonly host: Era
  peer(server: Server): Peer
  name(server: Server, own: string): string
  uri(server: Server, own: string): string
  call(server: Server, tool: string, args?: JsonObject): Promise<JsonObject>
}

interface Check {
  readonly name: string
  readonly run: (real: Real) => Promise<void>
  readonly only?: Era
}

const STATIC = 'demo://resource/static/document/'
const textUri = (id: number): string => `demo://resource/dynamic/text/${id}`

const asked = (real: Real, method: string): JsonObject[] =>
  real
    .peer('all')
    .asked.filter((question) => question.method === method)
    .map(({ params }) => params)

const heard = (real: Real, method: string): JsonObject[] =>
  real
    .peer('all')
    .heard.filter((one) => one.method === method)
    .map(({ params }) => params)

const CHECKS: readonly Check[] = [
  {
    name: 'everything: prompts, and completions that depend on each other',
    run: async (real) => {
      const peer = real.peer('all')
      const names = (await peer.list('prompts')).map(({ name }) => name)
      const own = ['simple-prompt', 'args-prompt', 'completable-prompt', 'resource-prompt']
      expect(names).toEqual(expect.arrayContaining(own.map((name) => real.name('all', name))))
      const got = await peer.prompt(real.name('all', 'args-prompt'), { city: 'Bath', state: 'Somerset' })
      expect(JSON.stringify(got['messages'])).toContain('Bath, Somerset')
      const ref = { type: 'ref/prompt', name: real.name('all', 'completable-prompt') }
      expect(await peer.complete({ ref, argument: { name: 'department', value: 'S' } })).toMatchObject({
        completion: { values: ['Sales', 'Support'] },
      })
      const context = { arguments: { department: 'Engineering' } }
      const { completion } = await peer.complete({ ref, argument: { name: 'name', value: 'A' }, context })
      expect(completion).toMatchObject({ values: ['Alice'] })
    },
  },
  {
    name: 'everything: a resource in a prompt can be read by its URI',
    run: async (real) => {
      const args = { resourceType: 'Text', resourceId: '1' }
      const { messages } = await real.peer('all').prompt(real.name('all', 'resource-prompt'), args)
      const uri = /"uri":"([^"]+)"/.exec(JSON.stringify(messages))?.[1] ?? ''
      expect(uri).toBe(real.uri('all', textUri(1)))
      expect(textOf(await real.peer('all').read(uri))).toContain('Resource 1')
    },
  },
  {
    name: 'everything: each of its resources can be read, and what its templates stand for',
    run: async (real) => {
      const peer = real.peer('all')
      const uris = (await peer.list('resources')).map(({ uri }) => String(uri))
      const own = uris.filter((uri) => uri.startsWith(real.uri('all', STATIC)))
      expect(own.length).toBeGreaterThan(3)
      for (const uri of own) expect(textOf(await peer.read(uri)).length).toBeGreaterThan(10)
      const templates = (await peer.list('templates')).map(({ uriTemplate }) => String(uriTemplate))
      const blob = real.uri('all', 'demo://resource/dynamic/blob/{resourceId}')
      expect(templates).toContain(blob)
      expect(await peer.read(blob.replace('{resourceId}', '2'))).toMatchObject({
        contents: [{ uri: blob.replace('{resourceId}', '2'), blob: expect.any(String) as string }],
      })
    },
  },
  {
    name: 'everything: the links of a result can be read',
    run: async (real) => {
      const { content } = await real.call('all', 'get-resource-links', { count: 3 })
      const links = (content as { type: string; uri: string }[]).filter(
        ({ type }) => type === 'resource_link',
      )
      expect(links).toHaveLength(3)
      for (const { uri } of links)
        expect((await real.peer('all').read(uri))['contents']).toMatchObject([{ uri }])
    },
  },
  {
    name: 'everything: structured content and an image',
    run: async (real) => {
      const weather = await real.call('all', 'get-structured-content', { location: 'New York' })
      expect(JSON.parse(textOf(weather))).toEqual(weather['structuredContent'])
      const { content } = await real.call('all', 'get-tiny-image')
      expect(content).toEqual(expect.arrayContaining([expect.objectContaining({ mimeType: 'image/png' })]))
    },
  },
  {
    name: 'everything: a form',
    run: async (real) => {
      const result = await real.call('all', 'trigger-elicitation-request')
      expect(JSON.stringify(result['content'])).toContain('Ada')
      expect(asked(real, 'elicitation/create')).toMatchObject([{ requestedSchema: { type: 'object' } }])
    },
  },
  {
    name: 'everything: a page to open',
    run: async (real) => {
      const url = 'https://example.com/open?x=1'
      await real.call('all', 'trigger-url-elicitation', { url, elicitationId: 'page-1' })
      expect(asked(real, 'elicitation/create')).toMatchObject([{ mode: 'url', url }])
    },
  },
  {
    name: 'everything: a page that has to be opened first, said in an error',
    only: 'old',
    run: async (real) => {
      const url = `https://example.com/first?x=${Math.random()}`
      const args = { url, elicitationId: 'page-2', errorPath: true }
      await expect(real.call('all', 'trigger-url-elicitation', args)).rejects.toMatchObject({
        code: -32_042,
        data: { elicitations: [{ mode: 'url', url: 'https://modelcontextprotocol.io' }] },
      })
    },
  },
  {
    name: 'everything: a page that has to be opened first is no error of 2026-07-28',
    only: 'new',
    run: async (real) => {
      const url = `https://example.com/first?x=${Math.random()}`
      const args = { url, elicitationId: 'page-3', errorPath: true }
      const tools = (await real.peer('all').list('tools')).map(({ name }) => name)
      expect(tools).toContain(real.name('all', 'trigger-url-elicitation'))
      const code = await real.call('all', 'trigger-url-elicitation', args).then(
        () => undefined,
        (error: unknown) => (error as { code?: number }).code,
      )
      expect(code).not.toBe(-32_042)
    },
  },
  {
    name: 'everything: the model of the host',
    run: async (real) => {
      const args = { prompt: 'What is the capital of France?', maxTokens: 50 }
      const result = await real.call('all', 'trigger-sampling-request', args)
      expect(textOf(result)).toContain('Paris')
      expect(asked(real, 'sampling/createMessage')).toMatchObject([{ maxTokens: 50 }])
    },
  },
  {
    name: 'everything: the roots of the host',
    only: 'old',
    run: async (real) => {
      expect(textOf(await real.call('all', 'get-roots-list'))).toContain(real.roots[0]?.uri ?? 'a root')
    },
  },
  {
    name: 'everything: log messages',
    run: async (real) => {
      const method = 'notifications/message'
      await real.peer('all').level('debug')
      await real.call('all', 'toggle-simulated-logging')
      await until(() => heard(real, method).length > 0, method)
      await real.call('all', 'toggle-simulated-logging')
      expect(JSON.stringify(heard(real, method))).toMatch(/level[- ]message/i)
    },
  },
  {
    name: 'everything: updates of a resource',
    run: async (real) => {
      const method = 'notifications/resources/updated'
      const uri = real.uri('all', textUri(4))
      await real.peer('all').read(uri)
      const end = await real.peer('all').watch({ uris: [uri] })
      // That it is in place once it is acknowledged, is held by eras.process.test.ts.
      await pause(200)
      await real.call('all', 'toggle-subscriber-updates')
      await until(() => heard(real, method).length > 0, method)
      await real.call('all', 'toggle-subscriber-updates')
      await end()
      expect(heard(real, method)).toMatchObject([{ uri }])
    },
  },
  {
    name: 'filesystem: takes the roots of the host as its directories, also when they change',
    only: 'old',
    run: async (real) => {
      const directories = async (): Promise<string> =>
        textOf(await real.call('files', 'list_allowed_directories'))
      await until(async () => (await directories()).includes(join(real.dir, 'root')), 'the root is allowed')
      expect(await directories()).not.toContain(join(real.dir, 'given'))
      const other = { uri: pathToFileURL(join(real.dir, 'other')).href, name: 'other' }
      real.peer('files').answer = () => ({ roots: [other] })
      await real.peer('files').rootsChanged()
      await until(async () => (await directories()).includes(join(real.dir, 'other')), 'the other is allowed')
      real.peer('files').answer = answerOf(real.roots)
      await real.peer('files').rootsChanged()
      await until(async () => (await directories()).includes(join(real.dir, 'root')), 'the root is back')
    },
  },
  {
    name: 'filesystem: keeps the directory of its arguments where nobody can be asked outside a request',
    only: 'new',
    run: async (real) => {
      await pause(100)
      const allowed = textOf(await real.call('files', 'list_allowed_directories'))
      expect(allowed).toContain(join(real.dir, 'given'))
    },
  },
  {
    name: 'filesystem: a file, as text and in structured content',
    run: async (real) => {
      const [place] = real.host === 'old' ? ['root'] : ['given']
      const path = join(real.dir, place ?? '', 'notes.txt')
      const result = await real.call('files', 'read_text_file', { path })
      expect(textOf(result)).toBe('Remember the milk.\n')
      expect(result['structuredContent']).toEqual({ content: 'Remember the milk.\n' })
    },
  },
  {
    name: 'memory: what was created is there, in structured content that fits its schema',
    run: async (real) => {
      const name = `entity ${Math.random()}`
      const entities = [{ name, entityType: 'project', observations: ['it runs'] }]
      await real.call('memory', 'create_entities', { entities })
      const graph = await real.call('memory', 'read_graph')
      expect(graph['structuredContent']).toMatchObject({
        entities: expect.arrayContaining(entities) as unknown,
        relations: [],
      })
    },
  },
]

const published = (name: string): string =>
  join(REPO, 'node_modules/@modelcontextprotocol', `server-${name}`, 'dist/index.js')

function place(): Place {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-real-'))
  for (const name of ['given', 'root', 'other']) {
    mkdirSync(join(dir, name))
    writeFileSync(join(dir, name, 'notes.txt'), 'Remember the milk.\n')
  }
  const env = { PATH: process.env['PATH'] ?? '' }
  const program = (...args: string[]): Program => ({ command: process.execPath, args, env })
  const memory = program(published('memory'))
  return {
    dir,
    roots: [{ uri: pathToFileURL(join(dir, 'root')).href, name: 'root' }],
    programs: {
      all: program(published('everything')),
      files: program(published('filesystem'), join(dir, 'given')),
      memory: { ...memory, env: { ...env, MEMORY_FILE_PATH: join(dir, 'memory.jsonl') } },
    },
  }
}

const answerOf =
  (roots: Place['roots']): Peer['answer'] =>
  (question) =>
    question.method === 'roots/list' ? { roots } : usual(question)

/** The peers of the three servers: three, or the sidecar as one. */
async function connected(host: Host, isThrough: boolean): Promise<{ real: Real; close(): Promise<void> }> {
  const here = place()
  const { all, files, memory } = here.programs
  const sidecar = sidecarOf({
    all: { command: all.command, args: all.args, sampling: 'allow' },
    // A host names its folders when the server runs already, so they are given in its entry.
    files: {
      command: files.command,
      args: files.args,
      sandbox: { write: ['root', 'other'].map((name) => join(here.dir, name)) },
    },
    memory: {
      command: memory.command,
      args: memory.args,
      env: { MEMORY_FILE_PATH: join(here.dir, 'memory.jsonl') },
    },
  })
  const { args, env } = sidecar.program
  const mux = { ...sidecar.program, launch: () => launched({ dir: sidecar.dir, env }, args.slice(1)) }
  const programs = isThrough ? [mux] : [all, files, memory]
  const peers: Peer[] = []
  for (const program of programs) {
    const peer = await host.connect(program, EVERYTHING, answerOf(here.roots))
    peers.push(peer)
  }
  const at = { all: 0, files: 1, memory: 2 }
  const peer = (server: Server): Peer => {
    const one = peers[isThrough ? 0 : at[server]]
    if (one === undefined) throw new Error(`nobody talks to ${server}`)
    return one
  }
  const real: Real = {
    ...here,
    host: host.era,
    peer,
    name: (server, own) => (isThrough ? `${server}_${own}` : own),
    uri: (server, own) => (isThrough ? `sidemux://${server}/${own}` : own),
    call: (server, tool, args = {}) => peer(server).call(isThrough ? `${server}_${tool}` : tool, args),
  }
  const close = async (): Promise<void> => {
    await Promise.all(peers.map((one) => one.close()))
    sidecar.cleanUp()
    rmSync(here.dir, { recursive: true, force: true })
  }
  return { real, close }
}

function started(host: Host, isThrough: boolean): () => Promise<Real> {
  let running: Promise<{ real: Real; close(): Promise<void> }> | undefined
  beforeAll(() => {
    running = connected(host, isThrough)
    running.catch(() => {})
  })
  afterAll(async () => (await running?.catch(() => undefined))?.close())
  return async () => {
    if (running === undefined) throw new Error('nothing was started')
    const { real } = await running
    for (const server of ['all', 'files', 'memory'] as const) {
      real.peer(server).asked.length = 0
      real.peer(server).heard.length = 0
    }
    return real
  }
}

const applying = (host: Host): readonly Check[] =>
  CHECKS.filter(({ only }) => only === undefined || only === host.era)

for (const host of HOSTS.filter(({ era }) => era === 'old')) {
  describe(`without the sidecar: ${host.era} host (${host.of})`, () => {
    const real = started(host, false)
    for (const { name, run } of applying(host)) test(name, async () => run(await real()))
  })
}

const met = new Set<string>()
for (const host of HOSTS) {
  describe(`${host.era} host (${host.of})`, () => {
    const real = started(host, true)
    for (const { name, run } of applying(host)) {
      const title = `${host.era} host (${host.of}): ${name}`
      const entry = entryOf(REAL_SERVERS_NOT_YET, [name, `${host.era} host: ${name}`, title])
      if (entry !== undefined) met.add(entry)
      test(name, () => heldTo(entry, title, async () => run(await real())))
    }
  })
}

test('every entry of what is not there yet names a check', () => {
  expect(REAL_SERVERS_NOT_YET.filter((entry) => !met.has(entry))).toEqual([])
})
