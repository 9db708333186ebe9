/** A fleet of real child processes for one test, which is stopped after it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AskError, type Caller, type HostSide } from '../../src/upstream/messages/caller.ts'
import type { CallOptions, CallReply, Child, ChildEvent, ChildSpec } from '../../src/upstream/life/child.ts'
import { processEnvironment } from '../../src/upstream/process/environment.ts'
import { Fleet, type FleetDeps } from '../../src/upstream/life/fleet.ts'
import { onTestFinished } from '../together.ts'

export function serverFile(name: string): string {
  return fileURLToPath(new URL(`../servers/${name}.mjs`, import.meta.url))
}

export function environment(declared: Record<string, string> = {}): Record<string, string> {
  const { platform, env: parent, execPath } = process
  return processEnvironment({ platform, parent, execPath, declared, inherit: [] })
}

export function spec(
  id: string,
  server: string,
  options: { env?: Record<string, string>; startTimeoutMs?: number } = {},
): ChildSpec {
  return {
    id,
    startTimeoutMs: options.startTimeoutMs ?? 15_000,
    launch: () =>
      Promise.resolve({
        command: process.execPath,
        args: [serverFile(server)],
        cwd: '/',
        env: environment(options.env),
      }),
  }
}

export interface TestFleet {
  readonly fleet: Fleet
  readonly events: ChildEvent[]
  readonly eras: Map<string, string>
  readonly child: (id: string) => Child
  readonly of: <K extends ChildEvent['kind']>(kind: K) => Extract<ChildEvent, { kind: K }>[]
}

const ASKS_NOBODY: Caller = {
  capabilities: {},
  prepare: async () => ({ kind: 'refuse', code: -32601, reason: 'nobody can be asked' }),
}

/** A host that can do nothing and hears nothing. */
export const NOBODY: HostSide = {
  capabilities: () => ({}),
  logLevel: () => undefined,
  onMessage: () => undefined,
  onQuestion: async () => {
    throw new AskError(-32601, 'nobody can be asked')
  },
  onResourceUpdated: () => undefined,
  onElicitationComplete: () => undefined,
  parkMs: 60_000,
}

const SECRET = 'sekrit-value-123'

/** A server that starts slowly on a busy machine is of the newer era all the same. */
const WAITS_FOR_PROBE_MS = 60_000

export function startFleet(
  specs: readonly ChildSpec[],
  deps: Partial<FleetDeps> = {},
  eras = new Map<string, string>(),
): TestFleet {
  const events: ChildEvent[] = []
  const fleet = new Fleet(specs, {
    onEvent: (event) => events.push(event),
    eras: {
      get: (id) => eras.get(id),
      set: (id, era) => (era === undefined ? eras.delete(id) : eras.set(id, era)),
    },
    redactStream: () => ({
      push: (text) => text.replaceAll(SECRET, '***'),
      settle: () => '',
      flush: () => '',
    }),
    redactLines: () => (line) => line,
    host: NOBODY,
    probeTimeoutMs: WAITS_FOR_PROBE_MS,
    ...deps,
  })
  onTestFinished(() => fleet.stop())
  fleet.start()
  return {
    fleet,
    events,
    eras,
    child: (id) => {
      const child = fleet.get(id)
      if (child === undefined) throw new Error(`no child ${id}`)
      return child
    },
    of: <K extends ChildEvent['kind']>(kind: K) =>
      events.filter((event): event is Extract<ChildEvent, { kind: K }> => event.kind === kind),
  }
}

export { SECRET }

export async function call(
  child: Child,
  name: string,
  args: Record<string, unknown> = {},
  options: Partial<CallOptions> = {},
): Promise<CallReply> {
  return await child.request(
    { method: 'tools/call', params: { name, arguments: args } },
    {
      signal: new AbortController().signal,
      timeoutMs: 50_000,
      caller: ASKS_NOBODY,
      ...options,
    },
  )
}

/** The text of the first content block. */
export function textOf(reply: CallReply): unknown {
  if (reply.kind !== 'result') throw new Error(`no result but ${JSON.stringify(reply)}`)
  const content = reply.result['content'] as { text?: unknown }[]
  return content[0]?.text
}

/** A file that servers append their pids to. */
export function pidFile(): { path: string; pids(): number[] } {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-upstream-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'pids')
  return {
    path,
    pids: () => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : []),
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A killed process whose parent hasn't asked for its exit code is no process any more.
    return !(
      process.platform === 'linux' && /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    )
  } catch {
    return false
  }
}

export { until } from '../until.ts'
