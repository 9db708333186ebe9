/**
 * Takes back a grant, or a no to all calls of a tool (lift.ts). The former only makes things stricter, so it needs nobody
 * at a terminal; it is written down.
 */
import { groupWords } from '../../approval/grants/group.ts'
import { AuditLog } from '../../audit/write/log.ts'
import { tellJournal } from '../../audit/seals/system-journal.ts'
import { SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { stateRoom } from '../../state/paths.ts'
import { visibleLine } from '../../visible.ts'
import type { ApprovalsVerbOptions } from './options.ts'
import type { Io } from '../io.ts'
import { openBooks, type KeptGrant } from './books.ts'
import { shortIds } from './ids.ts'
import { findDenials, lift } from './lift.ts'

export async function revokeGrant(given: string, options: ApprovalsVerbOptions, io: Io): Promise<0> {
  const { kept, problems } = await openBooks(options.path, io)
  const found = kept.filter(({ grant }) => grant.id.startsWith(given))
  const denials = await findDenials(given, io)
  const [first] = found
  const [denial] = denials
  if (found.length + denials.length > 1) {
    const all = [...found.map(({ grant }) => grant.id), ...denials.map((one) => one.denial.id)]
    throw new SidemuxError(
      `${given} is the beginning of several: ${[...shortIds(all).values()].join(', ')}`,
      {
        hint: 'write more of the id',
        exitCode: 2,
      },
    )
  }
  if (denial !== undefined) return lift(denial, io)
  if (first === undefined) {
    const [problem] = problems
    if (problem !== undefined) throw problem
    throw none(given)
  }
  if (!first.book.revoke(first.grant.id)) throw none(given)
  await record(first, io)
  const { subject, group } = first.grant
  const what = group === undefined ? subject.tool : groupWords(group)
  io.stdout.write(`revoked: ${visibleLine(`${subject.server} asks again before it runs ${what}`)}\n`)
  return 0
}

function none(given: string): SidemuxError {
  return new SidemuxError(`there is no grant ${given}: it was revoked, is used up, or has expired`, {
    hint: 'run "sidemux approvals" to see those that there are; --config names those of another servers.yaml',
  })
}

/** A grant that is gone stays gone, also where that can't be written down. */
async function record({ grant, config }: KeptGrant, io: Io): Promise<void> {
  try {
    const dir = stateRoom(stateDir(io.env), 'audit')
    const audit = await AuditLog.open({ dir, required: true, now: Date.now, tell: tellJournal })
    const { server, tool } = grant.subject
    await audit.append('approval', {
      phase: 'grant-revoked',
      channel: 'terminal',
      grant: grant.id,
      server,
      tool,
      config,
    })
    await audit.close()
  } catch {
    io.stderr.write('it is revoked, but that could not be written to the audit log\n')
  }
}
