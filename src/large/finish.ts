/**
 * Finishes a long line that answers a request: parses and normalises it, and masks, routes and writes each of its
 * large members, as the corridor does with smaller ones. Pure; it runs in a thread of its own (worker.ts).
 */
import { STEADY } from '../json/steady.ts'
import { routeResult } from '../catalog/addresses/routing.ts'
import { memberTextsOf } from '../json/member-text.ts'
import { RawJson, writeJson } from '../json/write.ts'
import { mend } from '../pipeline/mend.ts'
import type { Redactor } from '../redact/redactor.ts'
import { parseLine, type Frame } from '../wire/framing.ts'
import { FinishedResult, type LargeFacts } from '../upstream/link/large.ts'
import { isRecord } from '../json/record.ts'
import { normalizeResult } from '../upstream/messages/results.ts'

export interface Server {
  readonly id: string
  readonly apps: boolean
}

/** A member that is larger than this, or with which the others would be, is handed on as JSON. */
export const MAX_SMALL = 32 * 1024

export const RESULT_KINDS = {
  'tools/call': 'tool',
  'prompts/get': 'prompt',
  'resources/read': 'resource',
} as const

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
  const kind = RESULT_KINDS[method as keyof typeof RESULT_KINDS]
  // All of it together, because a secret may be split over its members.
  const { value: masked, hits } = redactor.maskJson(normalized.result)
  const mended = hits === 0 ? masked : mend(masked)
  const routed = routeResult(kind, server, mended)
  const texts = memberTextsOf(result)
  let left = MAX_SMALL
  let told = hits
  const members = Object.entries(mended).map(([key, value]): [string, unknown] => {
    const text = (value === result[key] ? texts.get(key) : undefined) ?? writeJson(value)
    if (text.length <= left) {
      left -= text.length
      return [key, value]
    }
    const json = new RawJson([bytesOf(value === routed[key] ? text : writeJson(routed[key]))], told)
    told = 0
    return [key, json]
  })
  return {
    kind: 'message',
    message: {
      ...STEADY,
      ...envelope,
      result: new FinishedResult({ ok: true, result: Object.fromEntries(members) }),
    },
  }
}

/** In memory of their own, which can change hands. */
function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text, bytes.length === text.length ? 'latin1' : 'utf8')
  return bytes
}
