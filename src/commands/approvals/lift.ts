/**
 * Ends the denial of a tool, so that it is asked about again. It lets a model ask again, so it needs a person at a
 * terminal, and the sidecar checks that first.
 */
import type { Denial } from '../../approval/facts/pending.ts'
import { sendLift } from '../../dashboard/neighbours/client.ts'
import { refusalError } from '../../dashboard/neighbours/refusals.ts'
import type { RunFile } from '../../dashboard/page-wire.ts'
import { SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'
import { askEverybody } from './open.ts'
import { requirePerson } from '../terminal/person.ts'

export interface HeldDenial {
  readonly run: RunFile
  readonly denial: Denial
}

/** Those whose id begins so, in any running sidecar. */
export async function findDenials(given: string, io: Io): Promise<readonly HeldDenial[]> {
  const { told } = await askEverybody(stateDir(io.env))
  return told.flatMap(({ run, state: { denials = [] } }) =>
    denials.filter(({ id }) => id.startsWith(given)).map((denial) => ({ run, denial })),
  )
}

/** @throws SidemuxError when it doesn't count. */
export async function lift({ run, denial }: HeldDenial, io: Io): Promise<0> {
  requirePerson(io, 'revoke')
  const reply = await sendLift(run, { sidecar: run.id, denial: denial.id })
  if (reply.kind === 'refused') throw refusalError(reply.why)
  if (reply.kind === 'silent')
    throw new SidemuxError('the sidemux did not answer, so whether this counts is not known', { hint: SEE })
  const outcome = reply.kind === 'gone' ? 'gone' : reply.value.outcome
  if (outcome === 'refused')
    throw new SidemuxError('the sidemux did not take it, so the tool stays denied', {
      hint: 'see why with "sidemux logs" (the audit log may have no room), then try again',
      exitCode: 3,
    })
  if (outcome !== 'done')
    throw new SidemuxError('it is over already: the tool is asked about again', { hint: SEE })
  const { server, tool } = denial
  io.stdout.write(`lifted: ${visibleLine(`${server} may ask again to run ${tool}`)}\n`)
  return 0
}

const SEE = 'see what holds with: sidemux approvals'
