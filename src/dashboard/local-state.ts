/**
 * Builds the state that a sidecar shows to its own page, to its neighbours and to `sidemux approvals`: facts about
 * itself, and its questions. The size is limited: it holds the oldest questions and the number of the others. Pure.
 */
import type { Denial, Pending } from '../approval/facts/pending.ts'
import { visibleLine } from '../visible.ts'
import type { LocalState, SidecarInfo } from './page-wire.ts'

const MAX_PENDING = 100
const MAX_PENDING_LENGTH = 4 * 1024 * 1024
const MAX_HOST_LENGTH = 200
const MAX_DENIALS = 100
const MAX_TOOL_LENGTH = 1024

export interface Facts {
  /** `host` as it calls itself, which may be anything. */
  readonly sidecar: SidecarInfo
  /** Oldest first. */
  readonly pending: readonly Pending[]
  readonly denials: readonly Denial[]
  /** A browser has the page open now. */
  readonly pageOpen: boolean
  /** One is on its way. */
  readonly pageComing: boolean
}

export function localState({ sidecar, pending: all, denials, pageOpen, pageComing }: Facts): LocalState {
  const pending = firstOf(all)
  const { host } = sidecar
  return {
    sidecar: {
      ...sidecar,
      host: host === undefined ? undefined : visibleLine(host).slice(0, MAX_HOST_LENGTH),
    },
    pending,
    more: all.length - pending.length,
    ...(denials.length > 0 && { denials: denials.slice(0, MAX_DENIALS).map(shortened) }),
    pageOpen,
    pageComing,
  }
}

/** A resource's URI may be as long as a question. */
function shortened(denial: Denial): Denial {
  return { ...denial, tool: denial.tool.slice(0, MAX_TOOL_LENGTH) }
}

/** As many as can be handed out at once, but always one. */
function firstOf(all: readonly Pending[]): readonly Pending[] {
  let length = 0
  const taken: Pending[] = []
  for (const pending of all.slice(0, MAX_PENDING)) {
    length += 2 * pending.text.length
    if (taken.length > 0 && length > MAX_PENDING_LENGTH) break
    taken.push(pending)
  }
  return taken
}
