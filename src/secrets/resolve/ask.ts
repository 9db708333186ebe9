/**
 * Asks one store for a batch of references. Each reference gets exactly one answer before the deadline, whatever the
 * store does: it may throw, never settle, or answer too little.
 *
 * - A reference that is wrong by its text never reaches the back end.
 * - A reference is asked for again only when the store calls the failure retryable: after a random pause, not before
 *   the back end wishes it, and not when that would be after the deadline.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { abortable } from '../abort.ts'
import {
  asStoreError,
  failure,
  type Store,
  type StoreAnswer,
  type StoreContext,
  type StoreReference,
} from '../store.ts'

const MAX_RETRIES = 4
const FIRST_BACKOFF_MS = 200
/** Time that the last try must still have. */
const MIN_TRY_MS = 100

export interface AskContext extends StoreContext {
  readonly alias: string
  /** On the clock of performance.now(). */
  readonly deadlineAt: number
  /** Whoever asks comes back by a pace of its own, so that a store that is away gets one request a time. */
  readonly once: boolean
}

export async function askStore(
  store: Store,
  references: readonly StoreReference[],
  context: AskContext,
): Promise<readonly StoreAnswer[]> {
  const answers = references.map((reference) => invalid(store, reference))
  let open = answers.flatMap((answer, index) => (answer === undefined ? [index] : []))
  for (let tries = 0; open.length > 0; tries++) {
    const asked = open.flatMap((index) => references[index] ?? [])
    const batch = await askOnce(store, asked, context)
    for (const [position, index] of open.entries()) {
      // What went wrong before says more than that the time ran out while asking again.
      if (!(context.signal.aborted && answers[index] !== undefined)) answers[index] = batch[position]
    }
    const wait = (index: number): number => (context.once ? Infinity : retryDelay(answers[index], tries))
    const left = context.deadlineAt - performance.now() - MIN_TRY_MS
    open = context.signal.aborted ? [] : open.filter((index) => wait(index) <= left)
    if (open.length > 0) await pause(Math.max(...open.map(wait)), context.signal)
    if (context.signal.aborted) break
  }
  return answers.map((answer) => answer ?? unanswered(context))
}

function invalid(store: Store, reference: StoreReference): StoreAnswer | undefined {
  const [problem] = store.validate(reference)
  if (problem === undefined) return undefined
  return failure('invalid_reference', problem, {
    hint: 'correct the reference, then run: sidemux secrets check',
  })
}

async function askOnce(
  store: Store,
  references: readonly StoreReference[],
  context: AskContext,
): Promise<readonly (StoreAnswer | undefined)[]> {
  try {
    return await abortable(store.resolve(references, context), context.signal)
  } catch (error) {
    const failed = { ok: false, error: asStoreError(error, `store "${context.alias}" failed`) } as const
    return references.map(() => failed)
  }
}

/** Infinity when asking again is pointless. */
function retryDelay(answer: StoreAnswer | undefined, tries: number): number {
  if (answer === undefined || answer.ok || !answer.error.retryable || tries >= MAX_RETRIES) return Infinity
  const backoff = FIRST_BACKOFF_MS * 2 ** tries
  const wished = answer.error.retryAfterMs
  return wished === undefined ? backoff * (0.5 + Math.random()) : wished + backoff * Math.random()
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}

function unanswered({ alias }: AskContext): StoreAnswer {
  return failure('unavailable', `store "${alias}" left a reference unanswered`)
}
