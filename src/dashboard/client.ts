/**
 * Talks to the local door of running sidecars; for `sidemux approvals` and for other sidecars.
 *
 * Every answer is bounded in time and size and checked before it is used, because a run file can lead to anybody. A
 * sidecar that isn't there any more is `gone`, and its run file is removed; one that doesn't answer spoils nothing.
 */
import { request as httpRequest } from 'node:http'
import { z } from 'zod'
import { parseJson } from '../json/parse.ts'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { listens } from './caller/linux.ts'
import { readRuns, removeRun } from './runs.ts'
import type {
  AnswerResponse,
  LocalAnswerRequest,
  LocalRefusal,
  LocalState,
  OpenResponse,
  RunFile,
} from './wire.ts'

const TIMEOUT_MS = 3000
const MAX_ANSWER_BYTES = 32 * 1024 * 1024

export type LocalReply<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** The door looked at this process and doesn't take this from it. */
  | { readonly kind: 'refused'; readonly why: LocalRefusal }
  /** No sidecar of this run is there any more. */
  | { readonly kind: 'gone' }
  /** It didn't answer in time, or not in our words. */
  | { readonly kind: 'silent' }

/** Those whose process lives, oldest first. Whether one answers is only known by asking it. */
export function runningSidecars(stateDir: string): Promise<readonly RunFile[]> {
  return readRuns(stateDir)
}

/** What every sidecar answers, each within the same few seconds; the files of those that are gone are removed. */
export async function askAll(
  stateDir: string,
  runs: readonly RunFile[],
  timeoutMs = TIMEOUT_MS,
): Promise<{ readonly run: RunFile; readonly reply: LocalReply<LocalState> }[]> {
  return await Promise.all(
    runs.map(async (run) => {
      const reply = await askState(run, timeoutMs)
      if (reply.kind === 'gone') await removeRun(stateDir, run.id)
      return { run, reply }
    }),
  )
}

export async function askState(run: RunFile, timeoutMs = TIMEOUT_MS): Promise<LocalReply<LocalState>> {
  const reply = await exchange(run, 'GET', '/local/state', undefined, timeoutMs)
  if (reply.kind !== 'ok') return reply
  const parsed = localState.safeParse(reply.value)
  if (!parsed.success) return { kind: 'silent' }
  // The port was given to another sidecar, which can't be asked with this key; or somebody poses.
  return parsed.data.sidecar.id === run.id ? { kind: 'ok', value: parsed.data } : { kind: 'gone' }
}

/** Decides nothing by itself: the sidecar looks at this process first, and takes its own questions only. */
export async function sendAnswer(
  run: RunFile,
  request: LocalAnswerRequest,
  timeoutMs = TIMEOUT_MS,
): Promise<LocalReply<AnswerResponse>> {
  const reply = await exchange(run, 'POST', '/local/answer', request, timeoutMs)
  return reply.kind === 'ok' ? checked(answerResponse, reply.value) : reply
}

/** Makes the sidecar open its page in the user's browser. */
export async function askToOpen(run: RunFile, timeoutMs = TIMEOUT_MS): Promise<LocalReply<OpenResponse>> {
  const reply = await exchange(run, 'POST', '/local/open', {}, timeoutMs)
  return reply.kind === 'ok' ? checked(openResponse, reply.value) : reply
}

/** Voids the yeses that were passed on for a page session; answers how many. */
export async function sendTakeBack(
  run: RunFile,
  page: string,
  timeoutMs = TIMEOUT_MS,
): Promise<LocalReply<number>> {
  const reply = await exchange(run, 'POST', '/local/take-back', { page }, timeoutMs)
  return reply.kind === 'ok' ? checked(z.number(), reply.value) : reply
}

/** Why a sidecar didn't take something from this process, and what to do instead. */
export function refusalError(why: LocalRefusal): SidemuxError {
  const [message, hint] = REFUSALS[why]
  return new SidemuxError(message, { hint, exitCode: 3 })
}

const REFUSALS: Readonly<Record<LocalRefusal, readonly [message: string, hint: string]>> = {
  'other-user': [
    'this sidecar belongs to another user',
    'run sidemux approvals as the user who runs the host',
  ],
  inside: [
    'this process was started by a server behind sidemux, which may neither see nor decide questions',
    'run sidemux approvals in a terminal of your own',
  ],
  host: [
    'this shell was started by the application that runs sidemux, where a model could be typing',
    'run sidemux approvals in a terminal window of your own, or decide on the page in the browser',
  ],
  orphan: [
    'sidemux cannot tell that this terminal was not opened by one of its servers',
    'decide on the page in the browser, or in a terminal that was open before the host was started',
  ],
  'no-terminal': [
    'a decision is taken from a person at a terminal only',
    'run sidemux approvals in a terminal, without redirecting its input',
  ],
  unknown: [
    'this system does not tell sidemux which process is asking, so it takes no decision from a terminal',
    'decide on the page in the browser',
  ],
  'not-allowed': [
    'the sidecar did not take that',
    'see with sidemux approvals list whether the question is still open',
  ],
}

const LOCAL_REFUSALS = Object.keys(REFUSALS)

function isLocalRefusal(text: unknown): text is LocalRefusal {
  return typeof text === 'string' && LOCAL_REFUSALS.includes(text)
}

const text = (max: number) => z.string().max(max)
const pending = z
  .object({
    id: text(64),
    facts: z
      .object({
        server: text(1024),
        tool: text(4096),
        risk: text(64),
        why: text(64 * 1024),
        args: z.record(z.string(), z.unknown()),
        changes: z.array(
          z
            .object({ member: z.string(), before: z.string().optional(), after: z.string().optional() })
            .transform(({ member, before, after }) => ({
              member,
              ...(before === undefined ? {} : { before }),
              ...(after === undefined ? {} : { after }),
            })),
        ),
        description: z.string().optional(),
      })
      .transform(({ description, ...facts }) => ({
        ...facts,
        ...(description === undefined ? {} : { description }),
      })),
    text: z.string(),
    askedAt: z.number(),
    expiresAt: z.number(),
    waiting: z.boolean(),
    state: z.enum(['open', 'approved']),
    offer: z
      .object({
        risk: z.enum(['read', 'write', 'destructive']),
        anyArguments: z.boolean(),
        argumentNames: z.array(z.string()),
        maxUses: z.number().optional(),
        maxMs: z.number(),
      })
      .optional()
      .transform((offer) => (offer === undefined ? undefined : { ...offer, maxUses: offer.maxUses })),
  })
  .transform((question) => ({ ...question, offer: question.offer }))

const localState = z.object({
  sidecar: z
    .object({
      id: text(64),
      pid: z.int(),
      config: text(4096),
      host: text(1024).optional(),
      startedAt: z.number(),
    })
    .transform((sidecar) => ({ ...sidecar, host: sidecar.host })),
  pending: z.array(pending).max(1000),
  more: z.int().nonnegative(),
  pageOpen: z.boolean(),
})

const answerResponse = z.object({
  outcomes: z.array(z.enum(['done', 'gone', 'decided', 'refused'])).max(10_000),
})

const openResponse = z
  .object({ opened: z.boolean(), why: text(1024).optional() })
  .transform(({ opened, why }): OpenResponse => (why === undefined ? { opened } : { opened, why }))

function checked<T>(schema: z.ZodType<T>, value: unknown): LocalReply<T> {
  const parsed = schema.safeParse(value)
  return parsed.success ? { kind: 'ok', value: parsed.data } : { kind: 'silent' }
}

function exchange(
  run: RunFile,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
  timeoutMs: number,
): Promise<LocalReply<unknown>> {
  // Anybody of this user can write a file that names a process that is trusted, and a port of his own.
  if (process.platform === 'linux' && listens(run.pid, run.port) === false)
    return Promise.resolve({ kind: 'gone' })
  return new Promise((resolve) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const request = httpRequest({
      host: '127.0.0.1',
      port: run.port,
      method,
      path,
      // A socket of its own, closed afterwards: the door looks at the process behind each connection.
      agent: false,
      headers: {
        authorization: `Bearer ${run.key}`,
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    })
    const timer = setTimeout(() => settle({ kind: 'silent' }), timeoutMs)
    const settle = (reply: LocalReply<unknown>): void => {
      clearTimeout(timer)
      resolve(reply)
      request.destroy()
    }
    request.on('error', (error) =>
      settle(systemErrorCode(error) === 'ECONNREFUSED' ? { kind: 'gone' } : { kind: 'silent' }),
    )
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('error', () => settle({ kind: 'silent' }))
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_ANSWER_BYTES) settle({ kind: 'silent' })
        else chunks.push(chunk)
      })
      response.on('end', () => settle(read(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))))
    })
    request.end(payload)
  })
}

function read(status: number, body: string): LocalReply<unknown> {
  // Another sidecar, or whatever listens there now, doesn't know our key.
  if (status === 401) return { kind: 'gone' }
  try {
    const value: unknown = parseJson(body)
    if (status === 200) return { kind: 'ok', value }
    const why = refusal.safeParse(value).data?.refused
    return isLocalRefusal(why) ? { kind: 'refused', why } : { kind: 'silent' }
  } catch {
    return { kind: 'silent' }
  }
}

const refusal = z.object({ refused: z.string() })
