/**
 * Gives the host both ends of a result that has more text than `maxResult` allows, and keeps the whole for this session
 * (spill/). It is masked by then, held to its schema, and written down with its real size. What the page of a server calls
 * stays whole: no model reads it.
 */
import { STEADY } from '../../json/steady.ts'
import { weigh } from '../../json/weigh.ts'
import { parsedMembers } from '../../json/parse.ts'
import { showsPages } from '../../relay/capabilities.ts'
import { previewOf, textOfResult } from '../../spill/preview.ts'
import type { Call, Outcome, Stage } from '../call.ts'
import { whenEnded } from '../compose.ts'

export interface SpillDeps {
  /** In bytes; undefined where results stay as they are. */
  most(server: string): number | undefined
  /** Keeps a text, and says by which id, and how it is read; undefined where it can't be kept. */
  keep(text: string): { readonly id: string; readonly uri: string; readonly tool: string } | undefined
  /** Whether the tool is one that pages call. */
  isOfPages(server: string): boolean
}

export function spill(deps: SpillDeps): Stage {
  return (call, next) =>
    call.kind === 'tool' ? whenEnded(next(call), (outcome) => spilled(outcome, call, deps)) : next(call)
}

function spilled(outcome: Outcome, call: Call, deps: SpillDeps): Outcome {
  const { about } = outcome
  if (outcome.kind !== 'result' || about === undefined) return outcome
  const most = deps.most(about.server)
  const bytes = most === undefined ? 0 : (weigh(outcome.result) ?? 0)
  if (most === undefined || bytes <= most) return outcome
  if (call.via === undefined && deps.isOfPages(about.server) && showsPages(call.caller.capabilities))
    return outcome
  const result = parsedMembers(outcome.result)
  const text = textOfResult(result)
  if (Buffer.byteLength(text) <= most) return outcome
  const kept = deps.keep(text)
  if (kept === undefined) return outcome
  return { ...STEADY, ...outcome, result: previewOf(result, { text, ...kept }, most), whole: bytes }
}
