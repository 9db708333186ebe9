/**
 * Talks to the local door of running sidecars; for `sidemux approvals` and for other sidecars.
 *
 * Every answer is bounded (exchange.ts) and checked (replies.ts) before it is used, because a run file can lead to
 * anybody. A sidecar that isn't there any more is `gone`, and its run file is removed; one that doesn't answer spoils nothing.
 */
import { z } from 'zod'
import { exchange, type LocalReply } from './exchange.ts'
import { answerResponse, liftResponse, localStateSchema, openResponse } from './replies.ts'
import { readRuns, readRunsElsewhere, removeRun } from './runs.ts'
import type {
  AnswerResponse,
  LiftRequest,
  LiftResponse,
  LocalAnswerRequest,
  LocalState,
  OpenResponse,
  OpenWish,
  RunFile,
} from '../page-wire.ts'

const TIMEOUT_MS = 3000
/** Whether a browser starts is known within some seconds (browser.ts). */
const OPENS_WITHIN_MS = 7000

/** Those whose process lives, oldest first. Whether one answers is only known by asking it. */
export function runningSidecars(stateDir: string): Promise<readonly RunFile[]> {
  return readRuns(stateDir)
}

/** Those that run where this process can't reach them, oldest first. */
export function sidecarsElsewhere(stateDir: string): Promise<readonly RunFile[]> {
  return readRunsElsewhere(stateDir)
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
  const parsed = localStateSchema.safeParse(reply.value)
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

/** Has a tool asked about again that was denied for a while; the sidecar looks at this process first. */
export async function sendLift(run: RunFile, request: LiftRequest): Promise<LocalReply<LiftResponse>> {
  const reply = await exchange(run, 'POST', '/local/lift', request, TIMEOUT_MS)
  return reply.kind === 'ok' ? checked(liftResponse, reply.value) : reply
}

/** Makes the sidecar open its page in the user's browser; with a wish, unless one is on its way. */
export async function askToOpen(run: RunFile, wish?: OpenWish): Promise<LocalReply<OpenResponse>> {
  const reply = await exchange(run, 'POST', '/local/open', wish ?? {}, OPENS_WITHIN_MS)
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

function checked<T>(schema: z.ZodType<T>, value: unknown): LocalReply<T> {
  const parsed = schema.safeParse(value)
  return parsed.success ? { kind: 'ok', value: parsed.data } : { kind: 'silent' }
}
