/** Real hosts for the end-to-end tests: SDK clients of both eras, and a raw one that sends exactly what it is told. */
import { spawn, type ChildProcess } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client, type Transport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioClientTransport1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { Transport as Transport1 } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, onTestFinished } from 'vitest'
import { lookForLeaks } from '../projects/suspected-leak.ts'
import { removeTree } from '../remove-tree.mjs'

export const CLI = resolve(import.meta.dirname, '../../dist/cli.js')
export const REPO = resolve(import.meta.dirname, '../..')
export const TOOLBOX = resolve(import.meta.dirname, '../servers/toolbox.mjs')

/** What is taken away when the table that shares it has ended, while it is made. */
let sharing: (() => unknown)[] | undefined

/** When the test that runs has ended; within `shared`, when the last one has that shares it. */
export function atEnd(cleanUp: () => unknown): void {
  if (sharing !== undefined) sharing.push(cleanUp)
  else onTestFinished(async () => void (await cleanUp()))
}

/**
 * One scene for all tests of a describe(), which calls this. The first test that asks for the scene makes it. It suits
 * tests that leave nothing behind, or that tell what is theirs by its name.
 */
export function shared<T>(make: () => Promise<T>): () => Promise<T> {
  const cleanUps: (() => unknown)[] = []
  let scene: Promise<T> | undefined
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })
  const begin = async (): Promise<T> => {
    // A scene may be made of another one.
    const outer = sharing
    sharing = cleanUps
    try {
      return await make()
    } finally {
      sharing = outer
    }
  }
  return () => (scene ??= begin())
}

const CLOCK = resolve(import.meta.dirname, '../servers/clock.cjs')

/** Node's arguments for a sidemux on the clock of its place; see `elapse`. */
export const SIDEMUX = ['--require', CLOCK, CLI]

/** A directory with a servers.yaml, a state directory beside it, and the environment that a host would give. */
export interface Place {
  readonly dir: string
  readonly config: string
  readonly state: string
  /** For what servers write: they are confined, and nothing new appears beside a servers.yaml. */
  readonly out: string
  readonly env: Record<string, string>
}

/** Where a test isn't about pages and terminals, nobody waits for one. */
export const ASK_THE_HOST_ONLY = '\napprovals: { channels: [elicitation] }\n'

function withoutPages(yaml: string): string {
  return yaml.includes('approvals') || yaml.trimStart().startsWith('{') ? yaml : `${yaml}${ASK_THE_HOST_ONLY}`
}

export function place(yaml: string, files: Readonly<Record<string, string>> = {}): Place {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-'))
  const clock = `${dir}.clock`
  writeFileSync(clock, '')
  // What still ends below a host that was killed may write its last lines meanwhile.
  atEnd(async () => {
    await removeTree(dir)
    rmSync(clock, { force: true })
  })
  const state = join(dir, 'state')
  mkdirSync(state, { mode: 0o700 })
  const out = join(dir, 'out')
  mkdirSync(out)
  const config = join(dir, 'servers.yaml')
  writeFileSync(config, withoutPages(yaml))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text, { mode: 0o600 })
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: dir,
    SIDEMUX_STATE_DIR: state,
    SIDEMUX_TRUST: 'off',
    TEST_CLOCK: clock,
  }
  return { dir, config, state, out, env }
}

/**
 * Sets the wall clock of every sidemux of this place ahead, by what a person takes to read or to decide. It ends no wait
 * of sidemux itself, for its timers stay as they are.
 */
export function elapse({ env }: Pick<Place, 'env'>, ms = READING_MS): void {
  const clock = env['TEST_CLOCK'] ?? ''
  truncateSync(clock, statSync(clock).size + ms)
}

/** A servers.yaml of the same content, a line a key, for `place`. */
export function yamlOf(config: Readonly<Record<string, unknown>>): string {
  return Object.entries(config)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join('\n')
}

/** A server entry that runs the toolbox; written as JSON, which is YAML too. */
export function toolbox(options: { env?: Record<string, unknown>; [key: string]: unknown } = {}): string {
  return JSON.stringify({ command: 'node', args: [TOOLBOX], ...options })
}

/** The ways in which the toolbox's `get_leak` lets its secret out. */
export const LEAKS = 'text json base64 url hex split structured resource toolError error stderr'.split(' ')

export type Answer = { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, string | boolean> }
export const APPROVE: Answer = { action: 'accept', content: { decision: 'approve once' } }

export interface HostOptions {
  readonly env?: Record<string, string>
  /** Declares elicitation and answers with this; absent: declares none. */
  readonly elicit?: (message: string) => Answer | Promise<Answer>
  /** Answers at once, as no person can: on the clock of its sidemux no time passes by itself. */
  readonly byItself?: true
}

const envOf = ({ env, byItself }: HostOptions): Record<string, string> => ({
  ...env,
  ...(byItself === true && { TEST_CLOCK_STANDS: 'yes' }),
})

/** What a person takes at least to read a question and to decide. */
const READING_MS = 1100

async function answerOf(where: Place, { elicit, byItself }: HostOptions, message: string): Promise<Answer> {
  const answer = await elicit?.(message)
  if (byItself !== true) elapse(where)
  return answer ?? { action: 'cancel' }
}

export interface Host {
  readonly pid: number
  /** Everything that came on stderr so far. */
  stderr(): string
  tools(): Promise<{ name: string; [key: string]: unknown }[]>
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Record<string, unknown>>
  close(): Promise<void>
}

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: unknown) => void
  readonly timeout?: number
}

/** An SDK 2.4 host that probes in place; the SDK's own transport would start a second sidecar to probe. */
class InPlaceTransport extends StdioClientTransport {}

/** How a host of an SDK is joined to a sidemux of its own. */
export interface Joined {
  readonly transport: Transport & Transport1
  readonly stderr: () => string
  readonly pid?: number
}
export type Join = (where: Place, env: Readonly<Record<string, string>>) => Joined

function byProcess(
  Pipe: typeof InPlaceTransport | typeof StdioClientTransport1,
): (...args: Parameters<Join>) => Joined {
  return (where, env) => {
    const transport = new Pipe({
      command: process.execPath,
      args: [...SIDEMUX, 'serve', '--config', where.config],
      env: { ...where.env, ...env },
      stderr: 'pipe',
    })
    return {
      transport,
      stderr: collect(transport.stderr),
      get pid() {
        return transport.pid ?? 0
      },
    }
  }
}

export async function host2(
  where: Place,
  era: 'legacy' | '2026-07-28',
  options: HostOptions = {},
  join: Join = byProcess(InPlaceTransport),
): Promise<Host> {
  const client = new Client(
    { name: 'test-host', version: '1.0.0' },
    {
      capabilities: options.elicit === undefined ? {} : { elicitation: {} },
      versionNegotiation: { mode: era === 'legacy' ? 'legacy' : { pin: era } },
    },
  )
  const { elicit } = options
  if (elicit !== undefined) {
    client.setRequestHandler(
      'elicitation/create',
      async (request) => answerOf(where, options, (request.params as { message: string }).message) as never,
    )
  }
  const joined = join(where, envOf(options))
  await client.connect(joined.transport)
  atEnd(() => client.close())
  return {
    pid: joined.pid ?? 0,
    stderr: joined.stderr,
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, { signal, onProgress, timeout } = {}) =>
      client.callTool(
        { name, arguments: args },
        {
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined ? {} : { onprogress: onProgress }),
          ...(timeout === undefined ? {} : { timeout }),
        },
      ),
    close: () => client.close(),
  }
}

export async function host1(
  where: Place,
  options: HostOptions = {},
  join: Join = byProcess(StdioClientTransport1),
): Promise<Host> {
  const { elicit } = options
  const client = new Client1(
    { name: 'test-host', version: '1.0.0' },
    { capabilities: elicit === undefined ? {} : { elicitation: {} } },
  )
  if (elicit !== undefined)
    client.setRequestHandler(
      ElicitRequestSchema,
      async (request) => answerOf(where, options, request.params.message) as never,
    )
  const joined = join(where, envOf(options))
  await client.connect(joined.transport)
  atEnd(() => client.close())
  return {
    pid: joined.pid ?? 0,
    stderr: joined.stderr,
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, { signal, onProgress, timeout } = {}) =>
      client.callTool({ name, arguments: args }, undefined, {
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onprogress: onProgress }),
        ...(timeout === undefined ? {} : { timeout }),
      }),
    close: () => client.close(),
  }
}

export type Connect = (where: Place, options?: HostOptions) => Promise<Host>

/** The three kinds of host that every promise is shown to. */
export const hosts = (join?: Join): readonly [string, Connect][] => [
  ['SDK 1.32', async (where, options) => host1(where, options, join)],
  ['SDK 2.4, 2025-11-25', async (where, options) => host2(where, 'legacy', options, join)],
  ['SDK 2.4, 2026-07-28', async (where, options) => host2(where, '2026-07-28', options, join)],
]
export const HOSTS = hosts()

export function collect(
  stream: { on(event: 'data', listener: (chunk: Buffer) => void): unknown } | null,
): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk) => {
    chunks.push(chunk)
    lookForLeaks(chunk)
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

export interface RawMessage {
  readonly id?: number | string
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { code: number; message: string; data?: unknown }
}

/** A host without an SDK: numbers its requests, keeps everything that came back. */
export class RawHost {
  readonly process: ChildProcess
  readonly where: Place
  readonly received: RawMessage[] = []
  readonly #exited: Promise<{ code: number | null; signal: string | null }>
  readonly #waiting = new Map<number | string, (message: RawMessage) => void>()
  #next = 0
  #rest = ''
  /** How often each request id was answered. */
  readonly answers = new Map<number | string, number>()
  onRequest: (message: RawMessage) => unknown = () => {}
  readonly stderr: () => string

  constructor(
    where: Place,
    args: readonly string[] = ['serve', '--config', where.config],
    env: Record<string, string> = {},
    program: readonly string[] = SIDEMUX,
  ) {
    this.where = where
    this.process = this.launch(where, args, env, program)
    this.#exited = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }))
    })
    this.stderr = collect(this.process.stderr)
    this.process.stdin?.on('error', () => {})
    this.process.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk))
    atEnd(async () => {
      this.process.kill('SIGKILL')
      await this.exited()
    })
  }

  protected launch(
    where: Place,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    program: readonly string[],
  ): ChildProcess {
    return spawn(process.execPath, [...program, ...args], {
      env: { ...where.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  async request(method: string, params: Record<string, unknown> = {}): Promise<RawMessage> {
    return this.start(method, params).answer
  }

  start(method: string, params: Record<string, unknown> = {}): { id: number; answer: Promise<RawMessage> } {
    this.#next += 1
    const id = this.#next
    const answer = new Promise<RawMessage>((resolve) => this.#waiting.set(id, resolve))
    this.send({ id, method, params })
    return { id, answer }
  }

  send(message: RawMessage): void {
    this.process.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  async initialize(
    capabilities: Record<string, unknown> = {},
    protocolVersion = '2025-06-18',
  ): Promise<RawMessage> {
    const answer = await this.request('initialize', {
      protocolVersion,
      capabilities,
      clientInfo: { name: 'raw', version: '1' },
    })
    this.send({ method: 'notifications/initialized' })
    return answer
  }

  /** A request of 2026-07-28, with its envelope. */
  modern(
    method: string,
    params: Record<string, unknown> = {},
    capabilities: Record<string, unknown> = {},
  ): Promise<RawMessage> {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    }
    return this.request(method, { ...params, _meta })
  }

  /** It has ended, and all that it had written is here. */
  exited(): Promise<{ code: number | null; signal: string | null }> {
    return this.#exited
  }

  #take(chunk: string): void {
    this.#rest += chunk
    // Looked through once and not with each part of it, as it can be of megabytes.
    if (!chunk.includes('\n')) return
    const lines = this.#rest.split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') continue
      const message = JSON.parse(line) as RawMessage
      this.received.push(message)
      if (message.method !== undefined) {
        if (message.id !== undefined) void this.onRequest(message)
        continue
      }
      if (message.id === undefined) continue
      this.answers.set(message.id, (this.answers.get(message.id) ?? 0) + 1)
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
    }
  }
}

/** As a person's own file, whose word counts; one that lies where sidemux is started may be anybody's. */
export function ownFile({ config }: Pick<Place, 'config'>): Record<string, string> {
  return { SIDEMUX_CONFIG: config }
}

/** What a verb prints and how it exits. */
export async function run(
  where: Place,
  args: readonly string[],
  input?: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [...SIDEMUX, ...args], {
    cwd: where.dir,
    env: { ...ownFile(where), ...where.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stdout: stdout(), stderr: stderr() }
}

export function textOf(result: Record<string, unknown>): string {
  const content = result['content'] as { text?: string }[]
  return content.map(({ text }) => text ?? '').join('\n')
}

/** The value as promise 3 lists it: raw, escaped, base64 in three alignments, percent, hex. */
export function traces(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
  })
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
}

/** Every byte that the sidecar has written below a directory. */
export function everythingIn(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => textIfThere(join(entry.parentPath, entry.name)))
    .join('\n')
}

/** A lock, or a file that is being replaced, may be gone by now. */
function textIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** What has no line end yet is still being written: a read sees the first pages of a longer write before the rest. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== '')
}

export function executions(file: string): { name: string; args: Record<string, unknown> }[] {
  return linesOf(textIfThere(file)).map(
    (line) => JSON.parse(line) as { name: string; args: Record<string, unknown> },
  )
}

export { until } from '../until.ts'
