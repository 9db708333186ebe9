/**
 * A host without an SDK, of either era: it writes lines and keeps what comes back as it came. In 2026-07-28 it answers
 * an `input_required` result by the same request under a new id, with the answers and the very `requestState`.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import {
  FILTERS,
  LISTS,
  LOG_LEVEL,
  usual,
  type Connect,
  type JsonObject,
  type Message,
  type Program,
  type RawPeer,
} from './peer.ts'

const PREFIX = 'io.modelcontextprotocol/'
const INFO = { name: 'raw-host', version: '1.0.0' }
const MODERN = '2026-07-28'
const LEGACY = '2025-11-25'

export class RawError extends Error {
  readonly code: number
  readonly data: unknown
  constructor({ code, message, data }: { code: number; message: string; data?: unknown }) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** Requests and answers over the pipes of a process; `take` gets what is neither. */
function wire(program: Program, came: Message[], take: (message: Message) => void) {
  const child = (program.launch?.() ??
    spawn(program.command, program.args, {
      env: program.env,
      stdio: ['pipe', 'pipe', 'ignore'],
    })) as ChildProcessWithoutNullStreams
  const waiting = new Map<number | string, (message: Message) => void>()
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      const error = { code: -32_000, message: 'the process has ended' }
      for (const settle of waiting.values()) settle({ error })
      resolve()
    })
  })
  let last = 0
  const send = (message: Message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  child.stdin.on('error', () => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message
    came.push(message)
    if (message.method !== undefined || message.id === undefined) take(message)
    else waiting.get(message.id)?.(message)
  })
  const start = (method: string, params: JsonObject) => {
    last += 1
    const id = last
    const answer = new Promise<JsonObject>((resolve, reject) => {
      waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result ?? {}) : reject(new RawError(error)),
      )
    })
    send({ id, method, params })
    return { id, answer }
  }
  const close = () => {
    child.stdin.end()
    // As the SDKs' clients do: not every server ends with its input.
    const late = setTimeout(() => child.kill('SIGTERM'), 2000)
    const tooLate = setTimeout(() => child.kill('SIGKILL'), 7000)
    return exited.finally(() => (clearTimeout(late), clearTimeout(tooLate)))
  }
  return { send, start, close }
}

export const rawOld: Connect<RawPeer> = (...args) => connect('old', ...args)
export const rawNew: Connect<RawPeer> = (...args) => connect('new', ...args)

async function connect(
  era: 'old' | 'new',
  program: Program,
  capabilities: JsonObject,
  answer = usual,
): Promise<RawPeer> {
  const progressed = new Map<unknown, (progress: JsonObject) => void>()
  const acknowledged = new Map<unknown, () => void>()
  let logLevel: string | undefined
  let instructions: unknown

  const answered = (method: string, params: JsonObject): JsonObject => {
    peer.asked.push({ method, params })
    return peer.answer({ method, params })
  }
  const came: Message[] = []
  const { send, start, close } = wire(program, came, ({ id, method = '', params = {} }) => {
    if (id !== undefined) {
      send({ id, result: answered(method, params) })
      return
    }
    peer.heard.push({ method, params })
    if (method === 'notifications/progress') progressed.get(params['progressToken'])?.(params)
    const { [`${PREFIX}subscriptionId`]: subscription } = (params['_meta'] ?? {}) as JsonObject
    if (method === 'notifications/subscriptions/acknowledged') acknowledged.get(subscription)?.()
  })

  const envelope = () =>
    era === 'old'
      ? {}
      : {
          [`${PREFIX}protocolVersion`]: MODERN,
          [`${PREFIX}clientInfo`]: INFO,
          [`${PREFIX}clientCapabilities`]: capabilities,
          ...(logLevel === undefined ? {} : { [LOG_LEVEL]: logLevel }),
        }
  const withMeta = (params: JsonObject): JsonObject => {
    const _meta = { ...envelope(), ...(params['_meta'] as JsonObject | undefined) }
    return Object.keys(_meta).length === 0 ? params : { ...params, _meta }
  }

  async function request(method: string, params: JsonObject = {}, signal?: AbortSignal): Promise<JsonObject> {
    const started = start(method, withMeta(params))
    const given =
      signal === undefined ? started.answer : Promise.race([started.answer, cancelled(started.id, signal)])
    const result = await given
    if (result['resultType'] !== 'input_required') return result
    const questions = (result['inputRequests'] ?? {}) as Record<
      string,
      { method: string; params?: JsonObject }
    >
    const inputResponses = Object.fromEntries(
      Object.entries(questions).map(([key, asked]) => [key, answered(asked.method, asked.params ?? {})]),
    )
    const { requestState } = result
    const state = requestState === undefined ? {} : { requestState }
    const { inputResponses: _old, requestState: _given, ...again } = params
    return request(method, { ...again, inputResponses, ...state }, signal)
  }

  const cancelled = (requestId: number, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        send({ method: 'notifications/cancelled', params: { requestId, reason: 'not wanted' } })
        reject(new Error('cancelled'))
      })
    })

  const peer: RawPeer = {
    came,
    heard: [],
    asked: [],
    answer,
    request,
    once: (method, params) => start(method, withMeta(params)).answer,
    instructions: () => (typeof instructions === 'string' ? instructions : undefined),
    list: async (kind) => {
      const { method, key } = LISTS[kind]
      const all: JsonObject[] = []
      for (let cursor: unknown; ;) {
        const page = await request(method, cursor === undefined ? {} : { cursor })
        all.push(...(page[key] as JsonObject[]))
        if (page['nextCursor'] === undefined) return all
        cursor = page['nextCursor']
      }
    },
    call: (name, args = {}, { signal, onProgress, meta = {} } = {}) => {
      const progressToken = `progress-${progressed.size + 1}`
      if (onProgress !== undefined) progressed.set(progressToken, onProgress)
      const _meta = { ...meta, ...(onProgress === undefined ? {} : { progressToken }) }
      const params = { name, arguments: args, ...(Object.keys(_meta).length === 0 ? {} : { _meta }) }
      return request('tools/call', params, signal)
    },
    prompt: (name, args = {}) => request('prompts/get', { name, arguments: args }),
    read: (uri) => request('resources/read', { uri }),
    complete: (params) => request('completion/complete', params),
    watch: async ({ uris = [], lists = [] }) => {
      if (era === 'old') {
        for (const uri of uris) await request('resources/subscribe', { uri })
        return async () => {
          for (const uri of uris) await request('resources/unsubscribe', { uri })
        }
      }
      const wanted = Object.fromEntries(lists.map((kind) => [FILTERS[kind], true]))
      const notifications = { ...wanted, ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }) }
      const { id, answer: closed } = start('subscriptions/listen', withMeta({ notifications }))
      const ended = closed.catch(() => ({}))
      const agreed = new Promise<void>((resolve) => acknowledged.set(id, resolve))
      await Promise.race([agreed, closed])
      return async () => {
        send({ method: 'notifications/cancelled', params: { requestId: id } })
        await Promise.race([ended, soon()])
      }
    },
    level: async (level) => {
      logLevel = level
      if (era === 'old') await request('logging/setLevel', { level })
    },
    rootsChanged: async () => {
      send({ method: 'notifications/roots/list_changed' })
    },
    close,
  }

  if (era === 'new') {
    const found = await request('server/discover')
    ;({ instructions } = found)
  } else {
    const opened = await request('initialize', { protocolVersion: LEGACY, capabilities, clientInfo: INFO })
    ;({ instructions } = opened)
    send({ method: 'notifications/initialized' })
  }
  return peer
}

/** An SDK's server ends a listen without an answer, others send one. */
const soon = () =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, 30)
  })
