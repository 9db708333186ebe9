/** The reasons for which a sidecar refuses a process at its door, in words, each with what a person can do instead. */
import { SidemuxError } from '../../errors.ts'
import type { LocalRefusal } from '../page-wire.ts'

/** @param noPage Why no page can be opened either; then the hint names only what is left. */
export function refusalError(why: LocalRefusal, noPage?: string): SidemuxError {
  const [message, way, orPage = false] = REFUSALS[why]
  const page = noPage === undefined ? `decide on the page in the browser: ${PAGE}` : undefined
  const none = noPage === undefined ? undefined : `no page can be opened here (${noPage})`
  const ways = orPage ? [page, none, way] : [way]
  return new SidemuxError(message, {
    hint: ways.filter((part) => part !== undefined).join('; '),
    exitCode: 3,
  })
}

const PAGE = 'sidemux approvals page'

/** `orPage`: the page is a way too. */
const REFUSALS: Readonly<
  Record<LocalRefusal, readonly [message: string, way: string | undefined, orPage?: boolean]>
> = {
  'other-user': [
    'this sidemux belongs to another user',
    'run sidemux approvals as the user who runs the host',
  ],
  inside: [
    'this process was started by a server behind sidemux, which may neither see nor decide questions',
    'run sidemux approvals in a terminal of your own',
  ],
  host: [
    'this shell was started by the application that runs sidemux, where a model could be typing',
    'run sidemux approvals in a terminal window of your own',
    true,
  ],
  orphan: [
    'sidemux cannot tell that this terminal was not opened by one of its servers',
    'use a terminal that was open before the hosts were started, or a login of its own (ssh, a text console)',
    true,
  ],
  'no-terminal': [
    'a decision is taken from a person at a terminal only',
    'run sidemux approvals in a terminal, without redirecting its input',
  ],
  unknown: [
    'this system does not tell sidemux which process is asking, so it takes no decision from a terminal',
    undefined,
    true,
  ],
  'not-allowed': [
    'sidemux did not take that',
    'see with sidemux approvals list whether the question is still open',
  ],
}

const LOCAL_REFUSALS = Object.keys(REFUSALS)

export function isLocalRefusal(text: unknown): text is LocalRefusal {
  return typeof text === 'string' && LOCAL_REFUSALS.includes(text)
}
