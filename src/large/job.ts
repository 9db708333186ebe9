/** The messages to the thread and back. Bytes change hands, they aren't copied. */
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
  readonly line: Uint8Array
  readonly facts: LargeFacts
  readonly server: Server
  /** Those that the thread hasn't been told of. */
  readonly secrets: readonly KnownSecret[]
}

/** A member as JSON text when it is small, else its bytes. */
export interface Member {
  readonly key: string
  readonly json: string | Uint8Array
  readonly masked: number
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
  | { readonly id: number; readonly kind: 'back'; readonly line: Uint8Array }
