/** Takes a grant back. That only makes things stricter, so it needs nobody at a terminal; it is written down. */
import { join } from 'node:path'
import { AuditLog } from '../../audit/log.ts'
import { SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { visibleLine } from '../../visible.ts'
import type { ApprovalsOptions } from './options.ts'
import type { Io } from '../io.ts'
import { openBooks, type KeptGrant } from './books.ts'
import { shortIds } from './ids.ts'

export async function revoke(given: string, options: ApprovalsOptions, io: Io): Promise<0> {
  const { kept, problems } = await openBooks(options.path, io)
  const found = kept.filter(({ grant }) => grant.id.startsWith(given))
  const [first, second] = found
  if (first === undefined) {
    const [problem] = problems
    if (problem !== undefined) throw problem
    throw none(given)
  }
  if (second !== undefined) {
    const ids = [...shortIds(found.map(({ grant }) => grant.id)).values()]
    throw new SidemuxError(`${given} is the beginning of several grants: ${ids.join(', ')}`, {
      hint: 'write more of the id',
      exitCode: 2,
    })
  }
  if (!first.book.revoke(first.grant.id)) throw none(given)
  await record(first, io)
  const { server, tool } = first.grant.subject
  io.stdout.write(`revoked: ${visibleLine(`${server} asks again before it runs ${tool}`)}\n`)
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
    const dir = join(stateDir(io.env), 'audit')
    const audit = await AuditLog.open({ dir, required: true, now: Date.now })
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
