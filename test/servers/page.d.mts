import type { AnswerOutcome } from '../../src/approval/facts/pending.ts'
import type { PageState } from '../../src/dashboard/page-wire.ts'

export interface CardboardDoor {
  readonly url: string
  state: PageState | undefined
  /** The JSON of a state, where JSON.stringify can't write it. */
  text: string | undefined
  /** The sidecar's clock, which each state carries. */
  now: () => number
  /** Status and error of /state, instead of a state. */
  refuse: { readonly status: number; readonly error: string } | undefined
  /** What each question's answer comes to. */
  outcome: (id: string, body: unknown) => AnswerOutcome
  /** And asking again about what is denied. */
  lifts: AnswerOutcome
  readonly sent: { readonly path: string; readonly body: Record<string, unknown> }[]
  readonly requests: string[]
  changed(): void
  close(): Promise<void>
}

export function startPage(): Promise<CardboardDoor>
