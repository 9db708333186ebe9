/**
 * Decides in which order the channels are asked: in the config's order, but first those through which a person of
 * this host has answered before, and last the host's form if the question can't be seen in it. None is ever left out.
 * Pure.
 */
import type { ChannelName } from '../facts/pending.ts'

export interface KnownOfHost {
  /** Whether a person has answered through it. */
  readonly worked: (channel: ChannelName) => boolean
  /** Its form doesn't show all of this question. */
  readonly cuts: boolean
}

export function inOrder<T extends { readonly name: ChannelName }>(
  channels: readonly T[],
  { worked, cuts }: KnownOfHost,
): T[] {
  // There is nothing to be known of the only one.
  if (channels.length < 2) return [...channels]
  const rank = ({ name }: T): number => {
    if (cuts && name === 'elicitation') return 2
    return worked(name) ? 0 : 1
  }
  const ranked = channels.map((channel) => ({ channel, at: rank(channel) }))
  return ranked.toSorted((a, b) => a.at - b.at).map(({ channel }) => channel)
}
