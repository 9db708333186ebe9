/**
 * Puts one question before a human through the channels, in the config's order: the next one begins when the one
 * before can reach nobody, or has been alone for `leadMs`. All that have begun stay until the question is over.
 */
import type { Answer, Asker, Channel } from './channels/channel.ts'
import type { Pending } from './pending.ts'

export interface Turn {
  readonly channels: readonly Channel[]
  readonly leadMs: number
  pending(): Pending
  readonly asker: Asker
  /** Fires when the question is over. */
  readonly over: AbortSignal
  /** When this channel shall withdraw it. */
  signalFor(channel: Channel): AbortSignal
  /** Written down before a channel is asked; a channel that can't be written down isn't asked. */
  onAsk(channel: Channel): Promise<void>
  onAnswer(channel: Channel, answer: Answer): void
}

/** Resolves when every channel has begun, or the question is over. @throws what `onAsk` throws for the first one. */
export async function askInTurn(turn: Turn): Promise<void> {
  for (const [index, channel] of turn.channels.entries()) {
    if (turn.over.aborted) return
    try {
      await turn.onAsk(channel)
    } catch (error) {
      if (index === 0) throw error
      continue
    }
    const answered = channel.ask(turn.pending(), turn.asker, turn.signalFor(channel)).then((answer) => {
      turn.onAnswer(channel, answer)
      return answer.kind === 'unavailable' || answer.kind === 'cancelled'
    })
    if (index < turn.channels.length - 1) await nextIsDue(answered, turn)
  }
}

/** Waits until the next channel may begin: this one reaches nobody, or its lead is over. */
function nextIsDue(reachesNobody: Promise<boolean>, { leadMs, over }: Turn): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, leadMs).unref()
    function done(): void {
      clearTimeout(timer)
      over.removeEventListener('abort', done)
      resolve()
    }
    over.addEventListener('abort', done)
    if (over.aborted) done()
    void reachesNobody.then((nobody) => {
      if (nobody) done()
    })
  })
}
