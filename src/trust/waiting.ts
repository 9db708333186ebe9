/** Says of a server that waits for a human's yes to its launch why it doesn't run, and what to do. Pure. */
import type { AskedLaunch } from './words.ts'

export interface WaitingServer extends AskedLaunch {
  /** A human said no to exactly this launch. */
  readonly denied: boolean
}

/** For callers, in `sidemux tools` and in the log. */
export function whyItWaits({
  id,
  isNew,
  changes,
  denied,
}: Pick<WaitingServer, 'id' | 'isNew' | 'changes' | 'denied'>): { reason: string; hint: string } {
  const grown = changes.filter(({ grew }) => grew).map(({ field }) => field)
  const what = isNew
    ? 'it is new'
    : `its ${grown.length === 0 ? 'launch has' : `${grown.join(', ')} ${grown.length === 1 ? 'has' : 'have'}`} changed`
  return denied
    ? {
        reason: `"${id}" is not started: the user said no to its launch.`,
        hint: `Do without it. The user can think again with: sidemux trust ${id}`,
      }
    : {
        reason: `"${id}" waits for the user's yes to its launch, since ${what}.`,
        hint: `The user is asked by sidemux, and can say it in a terminal of their own: sidemux trust ${id}`,
      }
}

/** For the model's instructions; undefined where none waits. */
export function waitingWords(waiting: readonly WaitingServer[]): string | undefined {
  if (waiting.length === 0) return undefined
  const name = ({ id, runs }: WaitingServer): string => (runs ? `${id} (goes on as it was)` : id)
  const open = waiting.filter(({ denied }) => !denied)
  const denied = waiting.filter((one) => one.denied)
  return [
    ...(open.length === 0
      ? []
      : [
          `sidemux says: these servers wait for the user's yes before they start: ${open.map(name).join(', ')}. The user can say it on the page of sidemux, or with: sidemux trust`,
        ]),
    ...(denied.length === 0
      ? []
      : [`sidemux says: the user said no to starting ${denied.map(name).join(', ')}.`]),
  ].join('\n')
}
