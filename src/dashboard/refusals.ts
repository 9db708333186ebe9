/** Why a sidecar doesn't take something from the process that asks it, in words, and what a person does instead. */
import { SidemuxError } from '../errors.ts'
import type { LocalRefusal } from './wire.ts'

export function refusalError(why: LocalRefusal): SidemuxError {
  const [message, hint] = REFUSALS[why]
  return new SidemuxError(message, { hint, exitCode: 3 })
}

const REFUSALS: Readonly<Record<LocalRefusal, readonly [message: string, hint: string]>> = {
  'other-user': [
    'this sidecar belongs to another user',
    'run sidemux approvals as the user who runs the host',
  ],
  inside: [
    'this process was started by a server behind sidemux, which may neither see nor decide questions',
    'run sidemux approvals in a terminal of your own',
  ],
  host: [
    'this shell was started by the application that runs sidemux, where a model could be typing',
    'run sidemux approvals in a terminal window of your own, or decide on the page in the browser',
  ],
  orphan: [
    'sidemux cannot tell that this terminal was not opened by one of its servers',
    'decide on the page in the browser, or in a terminal that was open before the host was started',
  ],
  'no-terminal': [
    'a decision is taken from a person at a terminal only',
    'run sidemux approvals in a terminal, without redirecting its input',
  ],
  unknown: [
    'this system does not tell sidemux which process is asking, so it takes no decision from a terminal',
    'decide on the page in the browser',
  ],
  'not-allowed': [
    'the sidecar did not take that',
    'see with sidemux approvals list whether the question is still open',
  ],
}

const LOCAL_REFUSALS = Object.keys(REFUSALS)

export function isLocalRefusal(text: unknown): text is LocalRefusal {
  return typeof text === 'string' && LOCAL_REFUSALS.includes(text)
}
