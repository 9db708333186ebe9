/**
 * Decides in which order the channels are asked: in the config's order, but first those through which a person of
 * this host has answered before, and last the host's form if the question can't be seen in it. None is ever left out.
 * Pure.
 */
import type { ChannelName } from '../facts/pending.ts'

export interface KnownOfHost {
  /** Channels that a person answered through. */
  readonly worked: ReadonlySet<ChannelName>
  /** Its form doesn't show all of this question. */
  readonly cuts: boolean
}

export function inOrder<T extends { readonly name: ChannelName }>(
  channels: readonly T[],
  { worked, cuts }: KnownOfHost,
): T[] {
  const rank = ({ name }: T): number => {
    if (cuts && name === 'elicitation') return 2
    return worked.has(name) ? 0 : 1
  }
  return channels.toSorted((a, b) => rank(a) - rank(b))
}
