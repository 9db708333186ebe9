/** The key `trust:` of servers.yaml, and what `$SIDEMUX_TRUST` may say: whether a human is asked before a server starts. */
import { z } from 'zod'

export const TRUST_MODES = ['ask', 'first-use', 'off'] as const
export type TrustMode = (typeof TRUST_MODES)[number]

export const trustOption = z
  .enum(TRUST_MODES)
  .describe(
    'Whether a human is asked before a server starts that is new, or whose launch has grown. first-use takes what the first run of this file shows, and asks about what comes later. off never asks. It counts only in a file of your configuration directory, or in one that is named by a whole path. $SIDEMUX_TRUST overrides it.',
  )
