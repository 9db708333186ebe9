/** `sidemux approvals ACTION`: which words and options each action takes. */
import { SidemuxError } from '../../errors.ts'
import type { Io } from '../io.ts'
import { MIN_ID_LENGTH } from './ids.ts'
import type { ApprovalsVerbOptions } from './options.ts'

const ACTIONS = ['list', 'approve', 'deny', 'revoke', 'page']

export async function approvals(
  words: readonly string[],
  options: ApprovalsVerbOptions,
  io: Io,
): Promise<number> {
  const [action = 'list', ...given] = words
  const ids = given.map((id) => id.toLowerCase())
  if (!ACTIONS.includes(action))
    throw usage(`there is no "approvals ${action}"`, `use one of ${ACTIONS.join(', ')}`)
  checkIds(action, ids)
  if (options.json && (action !== 'list' || options.watch))
    throw usage('--json belongs to "approvals list", without --watch', 'run "sidemux approvals list --json"')
  if (options.watch && action !== 'list')
    throw usage('--watch belongs to "approvals list"', 'run "sidemux approvals --watch"')
  switch (action) {
    case 'approve':
      return (await import('./decide.ts')).approve(ids[0] ?? '', io)
    case 'deny':
      return (await import('./decide.ts')).deny(ids, io)
    case 'revoke':
      return (await import('./revoke.ts')).revokeGrant(ids[0] ?? '', options, io)
    case 'page':
      return (await import('./page.ts')).page(io)
    default:
      return options.watch
        ? (await import('./watch.ts')).watch(io)
        : (await import('./list.ts')).listApprovals(options, io)
  }
}

function checkIds(action: string, ids: readonly string[]): void {
  const wanted = action === 'list' || action === 'page' ? 'no id' : action === 'deny' ? 'ids' : 'one id'
  const right = wanted === 'no id' ? ids.length === 0 : wanted === 'ids' ? ids.length > 0 : ids.length === 1
  if (!right) throw usage(`"approvals ${action}" takes ${wanted}`, 'run "sidemux approvals" to see the ids')
  const wrong = ids.some((id) => id.length < MIN_ID_LENGTH || !/^[0-9a-f-]+$/.test(id))
  if (wrong)
    throw usage(
      `an id is at least ${MIN_ID_LENGTH} characters of what "sidemux approvals" shows`,
      'run "sidemux approvals" and copy it from there',
    )
}

function usage(message: string, hint: string): SidemuxError {
  return new SidemuxError(message, { hint, exitCode: 2 })
}
