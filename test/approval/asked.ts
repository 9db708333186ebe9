/** A call that is asked about, and what a grant for a tool speaks of: for tests in which it doesn't matter which. */
import type { ApprovalRequest } from '../../src/approval/question/decision.ts'
import type { GrantSubject } from '../../src/approval/grants/grants.ts'

export const asked: ApprovalRequest = {
  call: '1',
  binding: {
    server: 'files',
    tool: 'delete',
    launchHash: 'l',
    toolHash: 't',
    argsHash: 'a',
    configHash: 'c',
    session: 's',
  },
  subject: { server: 'files', tool: 'delete', launchHash: 'l', toolHash: 't', ruleHash: 'r' },
  args: {},
  facts: { server: 'files', tool: 'delete', risk: 'write', why: 'risk', args: {}, changes: [] },
  text: 'May it?',
  offer: undefined,
}

/** With hashes as a book of grants takes them. */
export function subjectOf(tool: string): GrantSubject {
  return {
    server: 'files',
    tool,
    launchHash: 'a'.repeat(64),
    toolHash: 'b'.repeat(64),
    ruleHash: 'c'.repeat(64),
  }
}
