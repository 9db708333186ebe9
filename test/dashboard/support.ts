/** A dashboard on loopback with a desk of its own, a browser that only notes the link, and requests as raw as needed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest, type Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { Grants } from '../../src/approval/grants/grants.ts'
import type {
  AnswerOutcome,
  Denial,
  HumanAnswer,
  Pending,
  PendingDesk,
  Via,
} from '../../src/approval/facts/pending.ts'
import type { Browser } from '../../src/dashboard/browser.ts'
import { findAdopter } from '../../src/dashboard/caller/adopter.ts'
import { createLooks, type ProcessLooks } from '../../src/dashboard/caller/look.ts'
import { Dashboard, type DashboardOptions } from '../../src/dashboard/dashboard.ts'
import { Front } from '../../src/dashboard/door/front.ts'
import type { DashboardEvent } from '../../src/dashboard/event.ts'
import { readRuns } from '../../src/dashboard/neighbours/runs.ts'
import type { RunFile } from '../../src/dashboard/page-wire.ts'

export class Desk implements PendingDesk {
  readonly questions = new Map<string, Pending>()
  readonly answers: { id: string; answer: HumanAnswer; via: Via }[] = []
  readonly takenBack: string[] = []
  readonly denied: Denial[] = []
  readonly lifted: { id: string; via: Via }[] = []
  readonly #listeners = new Set<() => void>()

  add(text = 'May db run drop?'): Pending {
    const pending: Pending = {
      id: randomUUID(),
      facts: {
        server: 'db',
        tool: 'drop',
        risk: 'destructive',
        why: 'its rule',
        args: { t: 1 },
        changes: [],
      },
      text,
      askedAt: 1,
      expiresAt: 2,
      waiting: true,
      state: 'open',
      offer: {
        risk: 'destructive',
        anyArguments: false,
        argumentNames: ['t'],
        maxUses: undefined,
        maxMs: 1000,
      },
    }
    this.questions.set(pending.id, pending)
    for (const listener of this.#listeners) listener()
    return pending
  }

  denials(): readonly Denial[] {
    return this.denied
  }

  lift(id: string, via: Via): Promise<AnswerOutcome> {
    const at = this.denied.findIndex((one) => one.id === id)
    if (at === -1) return Promise.resolve('gone')
    this.denied.splice(at, 1)
    this.lifted.push({ id, via })
    return Promise.resolve('done')
  }

  pending(): readonly Pending[] {
    return [...this.questions.values()]
  }

  answer(id: string, answer: HumanAnswer, via: Via): Promise<AnswerOutcome> {
    if (!this.questions.delete(id)) return Promise.resolve('gone')
    this.answers.push({ id, answer, via })
    return Promise.resolve('done')
  }

  takeBack(page: string): Promise<number> {
    this.takenBack.push(page)
    return Promise.resolve(this.answers.filter(({ via }) => via.page === page).length)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export function grantsOf(...ids: string[]): Grants {
  const left = new Set(ids)
  return {
    use: () => undefined,
    remember: () => {
      throw new Error('nothing is remembered here')
    },
    list: () => [],
    revoke: (id) => left.delete(id),
  }
}

export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-dashboard-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export const ASSETS = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: '<!doctype html><title>the page</title>' }],
  ['/page.js', { type: 'text/javascript', body: 'void 0' }],
])

export interface Setup {
  readonly dashboard: Dashboard
  readonly front: Front
  readonly desk: Desk
  readonly links: string[]
  readonly events: DashboardEvent[]
  readonly clock: { now: number }
  readonly stateDir: string
  readonly run: () => Promise<RunFile>
}

/** Opened by a question on its page channel. */
export async function setUp(options: Partial<DashboardOptions> = {}, ask = true): Promise<Setup> {
  const desk = new Desk()
  const links: string[] = []
  const events: DashboardEvent[] = []
  const clock = { now: 1_000_000 }
  const stateDir = options.stateDir ?? temporaryDir()
  const opener: Browser = {
    open(url) {
      links.push(url)
      return Promise.resolve({ kind: 'opened' })
    },
    launchers: () => new Set(),
    close: () => undefined,
  }
  const now = options.now ?? (() => clock.now)
  const front: Front = new Front({
    stateDir,
    config: '/somewhere/servers.yaml',
    now,
    behind: () => Promise.resolve(dashboard),
  })
  const dashboard = new Dashboard({
    stateDir,
    front,
    desk,
    grants: grantsOf('known'),
    watchGrants: () => () => undefined,
    config: '/somewhere/servers.yaml',
    cli: '/nowhere/cli.js',
    channels: ['page', 'terminal'],
    shadow: false,
    browser: undefined,
    env: {},
    host: () => 'a host\u202E',
    log: pino({ level: 'silent' }),
    now,
    assets: ASSETS,
    onEvent: (event) => {
      events.push(event)
      return Promise.resolve()
    },
    opener,
    ...options,
  })
  onTestFinished(() => dashboard.close())
  if (ask) await askPage(dashboard, desk.add())
  const run = async (): Promise<RunFile> => {
    const found = (await readRuns(stateDir)).find(({ id }) => id === dashboard.id)
    if (found === undefined) throw new Error('there is no run file')
    return found
  }
  return { dashboard, front, desk, links, events, clock, stateDir, run }
}

export function askPage(dashboard: Dashboard, pending: Pending): ReturnType<Dashboard['pageChannel']['ask']> {
  return dashboard.pageChannel.ask(pending, { kind: 'none', why: 'a test' }, new AbortController().signal)
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
  readonly agent?: Agent
}

/** Status 0: the connection was closed without an answer. */
export function send(
  port: number,
  { method = 'GET', path, headers = {}, body, agent }: Sent,
): Promise<Answered> {
  return new Promise((resolve) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      agent: agent ?? false,
    })
    request.on('error', () => resolve({ status: 0, headers: {}, body: '' }))
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => resolve({ status: 0, headers: {}, body: '' }))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.end(body)
  })
}

/** What a browser does with the link; the `cookie` header of the session. */
export async function enter(link: string): Promise<string> {
  const { port, pathname } = new URL(link)
  const { headers } = await send(Number(port), { path: pathname })
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

export function post(
  port: number,
  path: string,
  value: unknown,
  headers: Sent['headers'] = {},
): Promise<Answered> {
  return send(port, {
    method: 'POST',
    path,
    headers: { origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  })
}

export const SPAWNER = join(import.meta.dirname, 'spawner.mjs')

/** Below a terminal of its own, as a host is that was started in one; so this test is not the host. */
export async function standIn(): Promise<{ pid: number; start: (argv: readonly string[]) => void }> {
  const child = spawn('script', ['-qec', `exec ${process.execPath} ${SPAWNER}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  onTestFinished(() => end(child))
  const pid = await new Promise<number>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => resolve(Number(/\d+/.exec(chunk.toString())?.[0])))
  })
  return { pid, start: (argv) => void child.stdin.write(`${JSON.stringify(argv)}\n`) }
}

export function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

/** Looks as a sidecar of this pid does; whatever this test starts is then not its child. */
export async function looksFrom(pid: number, unconfined?: readonly string[]): Promise<ProcessLooks> {
  return createLooks({
    cli: '/nowhere/cli.js',
    runs: () => Promise.resolve([]),
    launchers: () => new Set(),
    adopter: findAdopter,
    own: pid,
    ...(unconfined && { unconfined: () => ({ servers: unconfined, pids: new Set([pid]) }) }),
  })
}
