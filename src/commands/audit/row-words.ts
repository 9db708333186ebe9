/** A row of the audit log for people; pure. Whatever hides in a text is written out. */
import type { AuditRecord } from '../../audit/chain/chain.ts'
import type { CallRow, Row } from '../../audit/read/calls.ts'
import { writeJson } from '../../json/write.ts'
import { visibleLine } from '../../visible.ts'
import { rowFactsOf, ownApprovals, text } from './facts.ts'
import { indexIn } from './grep.ts'

export const HEAD = ['TIME', 'TYPE', 'HOST', 'SERVER', 'TOOL', 'OUTCOME', 'APPROVAL', 'WHAT']

/** What the arguments may take of a line; --json has them whole. */
const MAX_SHOWN = 160

/** @param grep what was looked for, so that it is seen */
export function cells(row: Row, grep?: string): string[] {
  const facts = rowFactsOf(row)
  const { begin, type, host, server, tool, outcome } = facts
  const shown =
    row.kind === 'call'
      ? [words(row.outcome, ['outcome', 'by'], ' by ') || outcome, approval(row), whatOfCall(row, grep)]
      : ['', row.record.type === 'approval' ? words(row.record, ['phase', 'channel']) : '', what(row.record)]
  return [begin, type, host, server, tool, ...shown].map(visibleLine)
}

/** Whether all that it says stands in the row of its call. */
export function isInItsCall(row: Row): boolean {
  return row.kind === 'record' && row.of !== undefined && ownApprovals(row.of).includes(row.record)
}

/** How it was decided, and where: the last that was said. */
function approval(row: CallRow): string {
  return words(ownApprovals(row).at(-1), ['phase', 'channel'])
}

function whatOfCall({ intent, outcome }: CallRow, grep: string | undefined): string {
  const args = intent?.['arguments'] ?? intent?.['shape']
  const said = [
    args === undefined ? '' : around(writeJson(args), grep),
    outcome?.['set'] === undefined ? '' : `set ${around(writeJson(outcome['set']), grep)}`,
    words(outcome, ['reason']) && `(${words(outcome, ['reason'])})`,
    outcome?.['calls'] === undefined ? '' : `${text(outcome['calls'])} calls`,
  ]
  return said.filter((part) => part !== '').join(' ')
}

/** Both ends, or where it was found. */
function around(json: string, grep: string | undefined): string {
  if (json.length <= MAX_SHOWN) return json
  const { at, length } = grep === undefined ? { at: -1, length: 0 } : indexIn(json, grep)
  const half = MAX_SHOWN / 2
  if (at + length <= half || at >= json.length - half)
    return `${json.slice(0, half)}…${json.slice(-half)}`.toWellFormed()
  const from = Math.max(0, at - half / 2)
  return `…${json.slice(from, from + MAX_SHOWN)}…`.toWellFormed()
}

function what(record: AuditRecord): string {
  switch (record.type) {
    case 'approval':
      return words(record, ['call', 'reason'])
    case 'secret':
      return record['phase'] === undefined
        ? words(record, ['field', 'reference', 'outcome'])
        : words(record, ['phase', 'store', 'path', 'outcome'])
    case 'start':
      return words(record, ['pid'])
    default:
      return words(record, ['phase', 'profile', 'pid', 'code', 'signal', 'reason'])
  }
}

function words(record: AuditRecord | undefined, facts: readonly string[], between = ' '): string {
  return facts
    .map((fact) => text(record?.[fact]))
    .filter((word) => word !== '')
    .join(between)
}
