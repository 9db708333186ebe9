/**
 * Puts one question before a human through the channels, in the config's order: the next one begins when the one
 * before can reach nobody, or has been alone for `leadMs`. All that have begun stay until the question is over.
 */
import { setTimeout } from 'node:timers/promises'
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

/** Waits until the next channel may begin: this one reaches nobody, or its lead is over, or all of it is. */
async function nextIsDue(reachesNobody: Promise<boolean>, { leadMs, over }: Turn): Promise<void> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  const leadOver = pause(leadMs, ended.signal)
  over.addEventListener('abort', end)
  if (over.aborted) end()
  try {
    await Promise.race([leadOver, onlyIf(reachesNobody)])
  } finally {
    over.removeEventListener('abort', end)
    end()
  }
}

async function onlyIf(condition: Promise<boolean>): Promise<void> {
  if (!(await condition)) await new Promise(() => {})
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal, ref: false })
  } catch {
    // Ended early.
  }
}
