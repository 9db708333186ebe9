/**
 * Answers a host before the house is loaded. A host that starts sidemux waits for the answer to its first message, and
 * loading takes several times as long as Node itself. So `serve` opens its door with what was told at the last greeting
 * (downstream/greeting.ts), gives the first message its turn, and loads everything else then. What needs the rooms waits
 * at the door. Where nothing is known, or a person started it, everything is loaded first, as for any command.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfigFile } from '../config/file/file.ts'
import { HostEndpoint } from '../downstream/endpoint.ts'
import { recallGreeting, recallLists, type GreetingFacts, type HostLists } from '../downstream/greeting.ts'
import { HostLink } from '../downstream/host-link.ts'
import type { ListingHost } from '../downstream/rooms.ts'
import type { OpenDoor } from '../downstream/server.ts'
import { HEAP_ROOM } from '../heap.ts'
import { sha256 } from '../json/canonical.ts'
import type { LogLevel } from '../log-levels.ts'
import { stateDir } from '../state/directory.ts'
import type { OfferKind } from '../upstream/messages/offer.ts'
import { version } from '../version.ts'
import type { ConfigVerbOptions } from './common/choice.ts'
import { greetingFacts, greetingFile } from './common/greeted.ts'
import type { Io } from './io.ts'

/** A host that is at it has sent its next message by then. */
const QUIET_MS = 15
/** The rooms are loaded then, whatever else a host wants to know. */
const AT_MOST_MS = 60

export async function serveHostSoon(
  choice: ConfigVerbOptions & { logLevel: LogLevel },
  io: Io,
): Promise<number> {
  HEAP_ROOM.keepSmall()
  const early = await openEarly(choice, io)
  const { serve } = await import('./serve.ts')
  if (early === undefined) return serve(choice, io)
  try {
    return await serve(choice, io, early.door)
  } catch (error) {
    early.abandon(error)
    throw error
  }
}

interface Early {
  readonly door: OpenDoor
  /** The rooms will never be there. */
  abandon(error: unknown): void
}

async function openEarly(choice: ConfigVerbOptions, io: Io): Promise<Early | undefined> {
  if (io.stdin.isTTY === true) return undefined
  const found = await readConfigFile({ ...choice, env: io.env, cwd: io.cwd }).catch(() => undefined)
  if (found === undefined) return undefined
  const dir = stateDir(io.env)
  const facts = factsOrNone(choice, io.env, { path: found.file, hash: sha256(found.bytes), dir })
  const greeting = facts && recallGreeting(greetingFile(dir, facts), facts)
  if (facts === undefined || greeting === undefined) return undefined
  const known = new Map<string, HostLists | undefined>()
  const listsOf = (asking: ListingHost): HostLists | undefined => {
    const key = JSON.stringify(asking)
    if (!known.has(key)) known.set(key, recallLists(greetingFile(dir, facts, asking), facts, asking))
    return known.get(key)
  }
  const link = new HostLink(io.stdin, io.stdout)
  const errors: Error[] = []
  let report = (error: Error): void => void errors.push(error)
  const front = {
    version,
    instructions: () => greeting.instructions,
    list: (kind: OfferKind, asking: ListingHost) => listsOf(asking)?.[kind],
    onError: (error: Error) => report(error),
  }
  const host = new HostEndpoint(link, front)
  await untilQuiet(io.stdin, host)
  return {
    door: {
      link,
      open: (opened, onError) => {
        report = onError
        for (const error of errors.splice(0)) onError(error)
        host.open(opened)
        return { closed: host.closed, close: async () => host.close() }
      },
    },
    abandon: (error) => host.abandon(error),
  }
}

/** Undefined where it can't be told what was agreed to; the rooms say why. */
function factsOrNone(...given: Parameters<typeof greetingFacts>): GreetingFacts | undefined {
  try {
    return greetingFacts(...given)
  } catch {
    return undefined
  }
}

/**
 * Gives the host its turns as long as it asks what is known: loading the rooms holds up everything else. Ends as soon as
 * something waits for them.
 */
async function untilQuiet(stdin: NodeJS.ReadableStream, host: HostEndpoint): Promise<void> {
  const end = performance.now() + AT_MOST_MS
  for (;;) {
    const heard = once(stdin, 'data').then(
      () => true,
      () => false,
    )
    const isOver = Promise.race([host.closed, sleep(QUIET_MS)]).then(() => false)
    if (!(await Promise.race([heard, isOver])) || host.isAwaited || performance.now() > end) return
  }
}
