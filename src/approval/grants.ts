/**
 * A grant is a human's yes to calls that are still to come: which tool, which argument values, until when, how
 * often. It belongs to one server, launch command, tool definition and set of rules; when any of them changes it is
 * void. What may be granted at all is decided here, by the tool's risk:
 *
 *   destructive   at least one argument fixed (where there are any), at most 20 uses and 8 hours
 *   write         any arguments or some fixed, at most 30 days, any number of uses
 *   changed       a definition that changed since it was first seen: nothing is remembered
 *
 * Pure: the clock is handed in, and the file is grantBook.ts's.
 */
import type { RiskClass } from '../policy/options.ts'

/** What a call must be for a grant to speak of it; the same hashes as in a Binding. */
export interface GrantSubject {
  readonly server: string
  readonly tool: string
  readonly launchHash: string
  readonly toolHash: string
  /** SHA-256 of the rules of servers.yaml that speak of this server, and of the profile's. */
  readonly ruleHash: string
}

/** The widest grant that a human may give here. */
export interface GrantOffer {
  readonly risk: RiskClass
  /** Whether the grant may leave every argument free. */
  readonly anyArguments: boolean
  /** Names of the arguments of this call, any of which can be fixed. */
  readonly argumentNames: readonly string[]
  /** Undefined: as often as the human likes. */
  readonly maxUses: number | undefined
  /** Milliseconds from now. */
  readonly maxMs: number
}

export interface GrantWish {
  /** The arguments whose values are fixed as in this call; the others of this call are free, further ones never match. */
  readonly fixed: readonly string[]
  readonly uses: number | undefined
  /** Milliseconds from now. */
  readonly ms: number
}

export interface Grant {
  readonly id: string
  readonly subject: GrantSubject
  readonly risk: RiskClass
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly expiresAt: number
  /** Uses left; undefined: not counted. */
  readonly left: number | undefined
  readonly used: number
  /** By name: a salted hash of the canonical value that must be given, and the value as people may see it (masked). */
  readonly fixed: Readonly<Record<string, { readonly hash: string; readonly shown: string }>>
  /** Arguments that may have any value or be absent. */
  readonly free: readonly string[]
  readonly salt: string
}

/** Where grants are kept, as the queue sees it. A book that can't be read or written grants nothing. */
export interface Grants {
  /** Spends one use of a grant that covers the call; undefined when none does. */
  use(subject: GrantSubject, args: Readonly<Record<string, unknown>>): Grant | undefined
  /**
   * @param shown `args` with secrets masked.
   * @throws SidemuxError when the wish goes beyond the offer, or it can't be written.
   */
  remember(
    subject: GrantSubject,
    call: {
      readonly args: Readonly<Record<string, unknown>>
      readonly shown: Readonly<Record<string, unknown>>
      readonly offer: GrantOffer
    },
    wish: GrantWish,
  ): Grant
  /** Those that could still be used, oldest first. */
  list(): readonly Grant[]
  /** False when there is none of this id. */
  revoke(id: string): boolean
}
