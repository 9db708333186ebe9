/**
 * The messages to the thread and back. A line is copied into memory that both sides see and that is used again, since new
 * memory for each would cost more than all that is done with the line; so nothing of it has to come back.
 */
import type { BadLine } from '../wire/framing.ts'
import type { LargeFacts } from '../upstream/link/large.ts'
import type { Server } from './finish.ts'

/** A value that was handed to a server; the thread masks what the sidecar masks. */
export interface KnownSecret {
  readonly server: string
  readonly label: string
  readonly value: string
}

export interface Job {
  readonly id: number
  /** How long the line is that stands in the memory that both sides see. */
  readonly bytes: number
  /** That memory, where it is another one than before. */
  readonly memory?: SharedArrayBuffer
  readonly facts: LargeFacts
  readonly server: Server
  /** Those that the thread hasn't been told of. */
  readonly secrets: readonly KnownSecret[]
}

/** A member as JSON text when it is small; else its bytes, or where in the line they stand. */
export interface Member {
  readonly key: string
  readonly json: string | Uint8Array | Stretch
  readonly masked: number
}

/** Of a line. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

export type Done =
  /** `envelope` is the message without its result, as JSON. */
  | {
      readonly id: number
      readonly kind: 'result'
      readonly envelope: string
      readonly members: readonly Member[]
    }
  | { readonly id: number; readonly kind: 'bad'; readonly why: BadLine; readonly bytes: number }
  /** It is to be read where it came from. */
  | { readonly id: number; readonly kind: 'back' }
