import type { AnswerOutcome } from '../../src/approval/pending.ts'
import type { PageState } from '../../src/dashboard/wire.ts'

export interface CardboardDoor {
  readonly url: string
  state: PageState | undefined
  /** The JSON of a state, where JSON.stringify can't write it. */
  text: string | undefined
  /** Status and error of /state, instead of a state. */
  refuse: { readonly status: number; readonly error: string } | undefined
  /** What each question's answer comes to. */
  outcome: (id: string, body: unknown) => AnswerOutcome
  readonly sent: { readonly path: string; readonly body: Record<string, unknown> }[]
  readonly requests: string[]
  changed(): void
  close(): Promise<void>
}

export function startPage(): Promise<CardboardDoor>
