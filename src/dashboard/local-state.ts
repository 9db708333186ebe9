/**
 * What a sidecar tells of itself and of what it asks, to its own page, to its neighbours and to `sidemux approvals`.
 * However much is asked, what is handed out at once is bounded: the oldest questions, and how many more there are.
 * Pure.
 */
import type { Pending } from '../approval/pending.ts'
import { visibleLine } from '../visible.ts'
import type { LocalState, SidecarInfo } from './wire.ts'

const MAX_PENDING = 100
const MAX_PENDING_LENGTH = 4 * 1024 * 1024
const MAX_HOST_LENGTH = 200

export interface Facts {
  /** `host` as it calls itself, which may be anything. */
  readonly sidecar: SidecarInfo
  /** Oldest first. */
  readonly pending: readonly Pending[]
  /** A browser has the page open now. */
  readonly pageOpen: boolean
}

export function localState({ sidecar, pending: all, pageOpen }: Facts): LocalState {
  const pending = firstOf(all)
  const { host } = sidecar
  return {
    sidecar: {
      ...sidecar,
      host: host === undefined ? undefined : visibleLine(host).slice(0, MAX_HOST_LENGTH),
    },
    pending,
    more: all.length - pending.length,
    pageOpen,
  }
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
