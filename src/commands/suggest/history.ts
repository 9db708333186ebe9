/**
 * Reads from the audit log what a human answered for each tool, and for which arguments. Answers for a definition
 * that has changed since don't count.
 */
import type { AuditRecord } from '../../audit/chain/chain.ts'
import { readAudit } from '../../audit/read/read.ts'
import type { Args } from './bounds.ts'
import { isRecord } from '../../json/record.ts'
import { stateRoom } from '../../state/paths.ts'

export interface ToolHistory {
  /** Questions that were answered with yes, and calls under a lasting yes. */
  yes: number
  no: number
  asked: number
  /** Arguments that were let run, masked, as far as the log keeps them: the last ones. */
  readonly calls: Args[]
}

/** By server, tool and definition. */
export type CallHistory = ReadonlyMap<string, ToolHistory>

/** Of questions that were asked through several channels, which are remembered to be counted once. */
const MAX_OPEN = 100_000
/** Calls that may still be decided, and decided ones of one tool. */
const MAX_PENDING = 1000
const MAX_CALLS = 64

export function historyKey(server: string, tool: string, toolHash: string): string {
  return JSON.stringify([server, tool, toolHash])
}

/** @param dir the audit log's; what can't be read counts as nothing said */
export async function readHistory(stateDir: string): Promise<CallHistory> {
  const history = new Map<string, ToolHistory>()
  const seen = new Set<unknown>()
  const tried = new Map<unknown, Args>()
  for await (const { record } of readAudit(stateRoom(stateDir, 'audit'))) {
    const { type, phase, server, tool, toolHash, id } = record
    if (type === 'call' && phase === 'intent') keep(tried, record)
    if (type !== 'approval' || !isText(server) || !isText(tool) || !isText(toolHash)) continue
    const key = historyKey(server, tool, toolHash)
    const said = history.get(key) ?? { yes: 0, no: 0, asked: 0, calls: [] }
    if (phase === 'asked' && !seen.has(id)) {
      if (seen.size < MAX_OPEN) seen.add(id)
      said.asked += 1
    }
    if (phase === 'approved' || phase === 'grant-used') {
      said.yes += 1
      const args = tried.get(record['call'])
      if (args !== undefined) said.calls.push(args)
      if (said.calls.length > MAX_CALLS) said.calls.shift()
    }
    if (phase === 'denied') said.no += 1
    history.set(key, said)
  }
  return history
}

function keep(tried: Map<unknown, Args>, { id, arguments: args }: AuditRecord): void {
  if (!isRecord(args)) return
  tried.set(id, args)
  const [oldest] = tried.keys()
  if (tried.size > MAX_PENDING) tried.delete(oldest)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
