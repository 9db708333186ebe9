/**
 * Asks the person at the terminal that a command was typed into, as `sidemux call` or `sidemux trust`, as `sidemux approvals approve` does: by the same
 * rule about who is one (caller/typed.ts), the whole question a screen at a time, and only the whole word `yes`. A
 * terminal that isn't believed is told before anything is asked.
 */
import type { Answer, Channel } from '../../approval/facts/channel.ts'
import type { Pending } from '../../approval/facts/pending.ts'
import { unconfinedSinceBoot } from '../../audit/read/launches.ts'
import { findAdopter } from '../../dashboard/caller/adopter.ts'
import { refuseOwnTerminal } from '../../dashboard/caller/typed.ts'
import { refusalError } from '../../dashboard/neighbours/refusals.ts'
import { readRuns } from '../../dashboard/neighbours/runs.ts'
import type { LocalRefusal } from '../../dashboard/page-wire.ts'
import type { SidemuxError } from '../../errors.ts'
import { CLI } from '../../sidecar/rooms.ts'
import { stateDir } from '../../state/directory.ts'
import { stateRoom } from '../../state/paths.ts'
import { Person } from './person.ts'
import type { Io } from '../io.ts'

/** What a yes does, for whoever is to type it. */
export function yesPrompt({ facts }: Pending): string {
  return facts.kind === 'launch' ? 'Type yes to trust and start: ' : 'Type yes to run it once: '
}

export interface OwnTerminal {
  readonly channel: Channel
  /** Why it was not believed, once it was to ask. */
  refusal(): SidemuxError | undefined
}

/** @param refuses The rule, for this process. */
export function ownTerminal(
  io: Io,
  refuses: () => Promise<LocalRefusal | undefined> = async () => refuseHere(io),
): OwnTerminal {
  let refusal: SidemuxError | undefined
  const reach = async (): Promise<Answer | undefined> => {
    if (io.stdin.isTTY !== true) return { kind: 'unavailable', why: 'there is no terminal to ask at' }
    const why = await refuses()
    if (why === undefined) return undefined
    refusal = refusalError(why)
    io.stderr.write(
      `sidemux: not decided here: ${refusal.message}; the page in the browser asks, where one opens\n`,
    )
    return { kind: 'unavailable', why: refusal.message }
  }
  return {
    channel: {
      name: 'terminal',
      reach,
      async ask(pending, _asker, signal) {
        const person = new Person(io)
        try {
          const word = await person.ask(pending, yesPrompt(pending), signal)
          if (word === undefined) return { kind: signal.aborted ? 'unanswered' : 'cancelled' }
          return { kind: word === 'yes' ? 'approved' : 'denied' }
        } finally {
          person.close()
        }
      },
    },
    refusal: () => refusal,
  }
}

/**
 * A person's yes to what is no call and no launch, by the same rules; false for any other word.
 *
 * @throws SidemuxError where this terminal isn't believed
 */
export async function askHere(io: Io, text: string, prompt: string): Promise<boolean> {
  const why = await refuseHere(io)
  if (why !== undefined) throw refusalError(why)
  const person = new Person(io)
  try {
    return (await person.ask({ text }, prompt, new AbortController().signal)) === 'yes'
  } finally {
    person.close()
  }
}

async function refuseHere({ env }: Io): Promise<LocalRefusal | undefined> {
  const dir = stateDir(env)
  return refuseOwnTerminal({
    cli: CLI,
    runs: async () => (await readRuns(dir)).map(({ pid }) => pid),
    adopter: findAdopter,
    launchers: () => new Set(),
    unconfined: unconfinedSinceBoot(stateRoom(dir, 'audit')),
  })
}
