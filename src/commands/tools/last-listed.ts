/** The note of `sidemux tools` beside the tools of a server that doesn't run: they are as it listed them last. */
import type { Sidecar } from '../../sidecar/sidecar.ts'

export interface AwayFacts {
  /** RFC 3339, to the second. */
  readonly lastListed: string
  /** Why it is down. */
  readonly down?: string
  /** Why it doesn't run, though nothing is wrong with it: a call starts it. */
  readonly asleep?: string
}

/** Undefined for a server that runs, and for one that never listed anything. */
export function awayFacts(server: string, sidecar: Sidecar): AwayFacts | undefined {
  const state = sidecar.fleet.get(server)?.state
  const at = sidecar.listedAt(server)
  if (state === undefined || state.kind === 'ready' || at === undefined) return undefined
  const lastListed = new Date(at).toISOString().replace(/\.\d+/, '')
  const why = 'reason' in state ? state.reason : state.kind
  return { lastListed, ...(state.kind === 'asleep' ? { asleep: why } : { down: why }) }
}

export function awayWords(server: string, sidecar: Sidecar): readonly string[] {
  const facts = awayFacts(server, sidecar)
  if (facts === undefined) return []
  const { lastListed, down } = facts
  const how = down === undefined ? 'sleeps until it is called' : `is down: ${down}`
  return [`as last listed at ${lastListed}; ${server} ${how}`]
}
