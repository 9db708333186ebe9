/** Has a running sidecar open its page in the browser; it shows the questions of all of them. */
import { askAll, askToOpen, runningSidecars } from '../../dashboard/neighbours/client.ts'
import { refusalError } from '../../dashboard/neighbours/refusals.ts'
import { SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'

export async function page(io: Io): Promise<0> {
  let problem = new SidemuxError('no sidemux with a page is running', {
    hint: 'a sidemux has its page once its host is connected; run "sidemux approvals" to see what waits',
  })
  const dir = stateDir(io.env)
  const runs = await runningSidecars(dir)
  const states = await askAll(dir, runs)
  if (states.some(({ reply }) => reply.kind === 'ok' && reply.value.pageOpen)) {
    io.stdout.write(
      'the page is open in your browser already: look for the tab "sidemux", or close it and run this again\n',
    )
    return 0
  }
  for (const run of runs) {
    const reply = await askToOpen(run)
    if (reply.kind === 'refused') problem = refusalError(reply.why)
    if (reply.kind !== 'ok') continue
    if (reply.value.opened) {
      io.stdout.write('the page is open in your browser\n')
      return 0
    }
    const why = visibleLine(reply.value.why ?? 'no reason given')
    const state = states.find((one) => one.run === run)?.reply
    const refuses = state?.kind === 'ok' ? state.value.refuses : undefined
    problem = new SidemuxError(`no page was opened: ${why}`, {
      hint:
        refuses === undefined
          ? 'decide here with: sidemux approvals approve ID'
          : (refusalError(refuses, why).hint ?? ''),
    })
  }
  throw problem
}
