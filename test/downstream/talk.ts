/** A host and the door that it knocks at, in this process: what is written to it, and what it answers. */
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { abortSignalOf } from '../../src/cancellation.ts'
import { HostLink } from '../../src/downstream/host-link.ts'
import type { ConnectedHost, HostRooms } from '../../src/downstream/rooms.ts'
import { serveHost } from '../../src/downstream/server.ts'
import type { Call, Outcome } from '../../src/pipeline/call.ts'

export type Message = Readonly<Record<string, unknown>>

/** What a host sends, as a line or as an object; or what happens meanwhile on this side. */
export type Step = string | Message | ((talk: Talk) => unknown)

const text = (said: string): Outcome => ({
  kind: 'result',
  result: { content: [{ type: 'text', text: said }] },
})

export class Talk {
  readonly stdin = new PassThrough()
  readonly stdout = new PassThrough()
  /** What was told to the rooms behind, in order. */
  readonly told: (readonly unknown[])[] = []
  readonly calls: Call[] = []
  readonly watched: string[] = []
  host: ConnectedHost | undefined
  readonly rooms: HostRooms
  readonly served: ReturnType<typeof serveHost>
  #release: (() => void)[] = []

  constructor(rooms: Partial<HostRooms> = {}) {
    const told =
      (name: string) =>
      (...values: unknown[]): void =>
        void this.told.push([name, ...values])
    const front = {
      version: '7',
      instructions: () => 'be kind',
      onError: (error: Error) => void this.told.push(['error', error.message]),
    }
    this.rooms = {
      list: async (kind, host) => {
        this.told.push(['list', kind, host])
        return {
          entries: [{ name: kind }],
          cache: kind === 'tools' ? { ttlMs: 5, cacheScope: 'public' } : undefined,
        }
      },
      onListed: told('listed'),
      call: async (call) => {
        this.calls.push(call)
        return this.#call(call)
      },
      nextCallId: () => `c${this.calls.length}`,
      onHost: told('host'),
      onIntroduced: told('introduced'),
      onReady: () => undefined,
      onConnected: (host) => {
        this.host = host
        this.told.push(['connected', host.hearsLogs, host.listens, host.ask !== undefined])
      },
      onLogLevel: told('level'),
      onRootsChanged: told('roots'),
      watch: async (uri) => {
        this.watched.push(`+${uri}`)
        if (uri.startsWith('never:')) return new Promise(() => undefined)
        return !uri.startsWith('refused:')
      },
      unwatch: (uri) => void this.watched.push(`-${uri}`),
      ...rooms,
    }
    this.served = serveHost(new HostLink(this.stdin, this.stdout), front, this.rooms)
  }

  /** What calls wait for that name `slow`. */
  release(): void {
    for (const release of this.#release.splice(0)) release()
  }

  async #call(call: Call): Promise<Outcome> {
    const { name } = call
    const signal = abortSignalOf(call.signal)
    switch (name) {
      case 'throws':
        throw new Error('hunter2')
      case 'slow':
        await new Promise<void>((resolve) => {
          this.#release.push(resolve)
          signal.addEventListener('abort', () => resolve())
        })
        return signal.aborted ? { kind: 'cancelled' } : text('late')
      case 'progress':
        for (const progress of [1, 1, 2]) call.onProgress?.({ progress })
        return text('done')
      case 'log':
        for (const level of ['debug', 'error']) call.onLog?.({ level, data: level })
        return text('logged')
      case 'confirm': {
        const { asker } = call
        if (asker.kind !== 'live') return text(asker.kind)
        const params = {
          mode: asker.mode,
          message: 'sure?',
          requestedSchema: { type: 'object', properties: {} },
        }
        return asker.elicit(params, signal).then(
          (answer) => text(JSON.stringify(answer)),
          () => text('nobody answered'),
        )
      }
      case 'relay':
        return (
          call.caller.ask?.(
            { method: 'roots/list', params: { _meta: { a: 1, progressToken: 9 } } },
            signal,
          ) ?? Promise.reject(new Error())
        ).then(
          (answer) => text(JSON.stringify(answer)),
          (error: { code?: number; message?: string; data?: unknown }) =>
            text(JSON.stringify([error.code, error.message, error.data])),
        )
      case 'error':
        return { kind: 'error', code: Number(call.args['code']), message: 'as it said', data: { a: 1 } }
      case 'unknown':
        return { kind: 'blocked', by: 'unknown', reason: '', hint: '' }
      case 'gone':
        return { kind: 'blocked', by: 'gone', reason: 'it went', hint: 'look again' }
      case 'state':
        return { kind: 'blocked', by: 'state', reason: 'too old', hint: '' }
      case 'limit':
        return { kind: 'blocked', by: 'limit', reason: 'too many', hint: 'wait' }
      case 'failed':
        return { kind: 'failed', reason: 'it broke', hint: 'mend it', said: 'ouch' }
      case 'input':
        return {
          kind: 'ask',
          ask: { inputRequests: { q: { method: 'roots/list', params: {} } }, requestState: 's' },
        }
      case 'list':
        return { kind: 'result', result: { structuredContent: [1], content: [] } }
      case 'typed':
        return { kind: 'result', result: { content: [], resultType: 'complete', _meta: { a: 1 } } }
      case 'named':
        return {
          kind: 'result',
          result: { content: [], _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'x' } } },
        }
      case 'cached':
        return { kind: 'result', result: { contents: [], ttlMs: 9, cacheScope: 'public' } }
      case 'odd-cache':
        return { kind: 'result', result: { contents: [], ttlMs: -9, cacheScope: 'x' } }
      default:
        return text(JSON.stringify([call.name, call.args, call.meta, call.retried]))
    }
  }

  async take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (typeof step === 'function') await step(this)
      else
        this.stdin.write(`${typeof step === 'string' ? step : JSON.stringify({ jsonrpc: '2.0', ...step })}\n`)
      await this.settle()
    }
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) await setImmediate()
  }

  /** What it was sent since the last look. */
  heard(): Message[] {
    const lines = String(this.stdout.read() ?? '').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Message)
  }
}

/** All that a host hears that does this, on a connection of its own. */
export async function talk(...steps: readonly Step[]): Promise<Message[]> {
  const one = new Talk()
  await one.take(steps)
  const heard = one.heard()
  await one.served.close()
  return [...heard, ...one.heard()]
}
