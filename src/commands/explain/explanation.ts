/** The type of what `tools --explain` finds. */
import type { GrantOffer } from '../../approval/grants/grant-offer.ts'
import type { Grant } from '../../approval/grants/grants.ts'
import type { Explanation } from '../../policy/explain.ts'

/** A grant for this tool, and what it does for a call with these arguments. */
export interface GrantNote {
  readonly grant: Grant
  /** It would be used. */
  readonly used: boolean
  /** Why it says nothing about the call; undefined where it covers it, and while no arguments are given. */
  readonly why: string | undefined
}

export interface ToolExplanation extends Explanation {
  readonly name: string
  readonly server: string
  readonly tool: string
  readonly changes: readonly string[]
  /** Its server lists it since it was first seen, and nobody has accepted it yet. */
  readonly isNew: boolean
  readonly listed: boolean
  readonly notes: readonly string[]
  /** What a yes would be a yes to; `args` while arguments are given. */
  readonly binds: {
    readonly launch: string
    readonly definition: string
    readonly config: string
    readonly args: string | undefined
  }
  /** What could be remembered beyond one call; undefined when nothing could, or no arguments are given. */
  readonly offer: GrantOffer | undefined
  readonly grants: readonly GrantNote[]
}
