/**
 * What becomes of a long line that answers a request: parsed, normalised, and each of its members that is large masked,
 * routed and written, as the corridor does it with smaller ones. Pure; it runs in a thread of its own (worker.ts).
 */
import { routeResult } from '../catalog/routing.ts'
import { RawJson, writeJson } from '../json/write.ts'
import { mend } from '../pipeline/mend.ts'
import type { Redactor } from '../redact/redactor.ts'
import { parseLine, type Frame } from '../upstream/framing.ts'
import { FinishedResult, type LargeFacts } from '../upstream/large.ts'
import { isRecord } from '../upstream/normalize.ts'
import { normalizeResult } from '../upstream/results.ts'

export interface Server {
  readonly id: string
  readonly apps: boolean
}

/** A member that is larger than this, or with which the others would be, is handed on as JSON. */
const MAX_SMALL = 32 * 1024

const KINDS = { 'tools/call': 'tool', 'prompts/get': 'prompt', 'resources/read': 'resource' } as const

/** @param frame as framing.ts reads the line; undefined for one that isn't finished here, but where it came from. */
export function finish(
  line: Buffer,
  { method, modern }: LargeFacts,
  server: Server,
  redactor: Pick<Redactor, 'maskJson'>,
): Frame | undefined {
  const frame = parseLine(line, 'response')
  if (frame === undefined || frame.kind === 'bad') return frame
  const { result, ...envelope } = frame.message
  if (!isRecord(result)) return undefined
  const normalized = normalizeResult(method, result, modern)
  if (normalized.ok !== true) return undefined
  const kind = KINDS[method as keyof typeof KINDS]
  // All of it together, because a secret may be split over its members.
  const { value: masked, hits } = redactor.maskJson(normalized.result)
  const mended = hits === 0 ? masked : mend(masked)
  const routed = routeResult(kind, server, mended)
  let left = MAX_SMALL
  let told = hits
  const members = Object.entries(mended).map(([key, value]): [string, unknown] => {
    const size = writeJson(value).length
    if (size <= left) {
      left -= size
      return [key, value]
    }
    const json = new RawJson(new TextEncoder().encode(writeJson(routed[key])), told)
    told = 0
    return [key, json]
  })
  return {
    kind: 'message',
    message: { ...envelope, result: new FinishedResult({ ok: true, result: Object.fromEntries(members) }) },
  }
}
