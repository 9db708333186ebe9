/**
 * Reads a long line without making a text of what is long in it: most results are handed on as they came, and new memory
 * for each text of them would cost more than all that is judged of it. The long strings are decoded to bytes, which are
 * looked through for secrets; something short stands in for each while the rest of the line is read as always (finish.ts).
 *
 * Only where nothing at all has to be changed does this give an answer. Pure.
 */
import { randomBytes } from 'node:crypto'
import { isAscii } from 'node:buffer'
import { routeResult } from '../catalog/addresses/routing.ts'
import { MAX_DEPTH } from '../json/canonical.ts'
import { outerPlaces, memberPlace } from '../json/member-text.ts'
import { parseJson } from '../json/parse.ts'
import { isRecord, type JsonObject } from '../json/record.ts'
import { surveyOf } from '../json/survey.ts'
import { writeJson } from '../json/write.ts'
import { leavesOf, type Leaf } from '../redact/message/leaves.ts'
import type { Redactor } from '../redact/redactor.ts'
import { normalizeResult } from '../upstream/messages/results.ts'
import type { LargeFacts } from '../upstream/link/large.ts'
import { MAX_NESTING, OF_RESPONSES } from '../wire/framing.ts'
import { RESULT_KINDS, MAX_SMALL, type Server } from './finish.ts'
import { cutOut, type CutOut, type LongString } from './cut-out.ts'
import type { Member } from './job.ts'

/** What stands in for a long string begins with it; it leaves this thread nowhere, so nobody else can write one. */
const SIGN = `${randomBytes(16).toString('hex')}:`

/** @returns undefined where something may have to be changed, or can't be told by this */
export function untouched(
  line: Buffer,
  { method, modern }: LargeFacts,
  server: Server,
  redactor: Pick<Redactor, 'isBare'>,
): { readonly envelope: string; readonly members: readonly Member[] } | undefined {
  const cut = isAscii(line) ? cutOut(line, MAX_SMALL, SIGN) : undefined
  const read = cut && messageIn(cut)
  if (cut === undefined || read === undefined) return undefined
  const { result, ...envelope } = read.message
  if (!isRecord(result)) return undefined
  const normalized = normalizeResult(method, result, modern)
  if (normalized.ok !== true) return undefined
  const kept = normalized.result
  const kind = RESULT_KINDS[method as keyof typeof RESULT_KINDS]
  const isAsItCame = isSame(kept, result) && isSame(routeResult(kind, server, kept), kept)
  if (!isAsItCame || textsIn(kept, kind) !== cut.long.length || !isBare(kept, cut, redactor)) return undefined
  const places = outerPlaces(cut.text, read.place)
  let left = MAX_SMALL
  const members: Member[] = []
  for (const [key, value] of Object.entries(kept)) {
    const place = places.get(key)
    if (place === undefined) return undefined
    const [from, to] = [cut.inLine(place.start), cut.inLine(place.end)]
    const isSmall = to - from <= left
    if (isSmall) left -= to - from
    members.push({ key, json: isSmall ? writeJson(value) : { from, to }, masked: 0 })
  }
  return { envelope: writeJson(envelope), members }
}

/** The message, where it says the same to whoever reads it as to us, and where its result stands in the text. */
function messageIn({
  text,
}: CutOut): { message: JsonObject; place: { readonly start: number; readonly end: number } } | undefined {
  const survey = surveyOf(text)
  if (survey.depth > MAX_NESTING) return undefined
  let message: unknown
  try {
    message = parseJson(text, survey)
  } catch {
    return undefined
  }
  if (!isRecord(message)) return undefined
  const place = memberPlace('result', OF_RESPONSES, { text, survey, message })
  return place && { message, place }
}

/** Each member that is left is the very one. */
function isSame(some: JsonObject, of: JsonObject): boolean {
  return some === of || Object.entries(some).every(([key, value]) => value === of[key])
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(SIGN)
}

/** How many long strings stand where nothing but that they are strings is asked of them. */
function textsIn(result: JsonObject, kind: 'tool' | 'prompt' | 'resource'): number {
  const listed = result[LISTS[kind]]
  const items: readonly unknown[] = Array.isArray(listed) ? listed : []
  let count = 0
  for (const item of items) {
    const block: unknown = kind === 'prompt' && isRecord(item) ? item['content'] : item
    if (!isRecord(block)) continue
    const isPlain = kind === 'resource' || block['type'] === 'text'
    const holder: unknown = isPlain ? block : block['type'] === 'resource' ? block['resource'] : undefined
    if (isRecord(holder) && isLong(holder['text'])) count += 1
  }
  return count + longIn(result['structuredContent'])
}

const LISTS = { tool: 'content', prompt: 'messages', resource: 'contents' } as const

function longIn(value: unknown): number {
  return leavesOf(value).all.filter(({ kind, text }) => kind === 'string' && isLong(text)).length
}

/** Whether no secret is in it, however it is written. */
function isBare(result: JsonObject, { long }: CutOut, redactor: Pick<Redactor, 'isBare'>): boolean {
  const { all, tooDeep } = leavesOf(result, MAX_DEPTH)
  const strings = new Map<Leaf, LongString>()
  for (const leaf of all) {
    if (leaf.kind !== 'string' || !isLong(leaf.text)) continue
    const string = long[Number(leaf.text.slice(SIGN.length))]
    if (string === undefined) return false
    strings.set(leaf, string)
  }
  return tooDeep === 0 && redactor.isBare(all, (leaf) => strings.get(leaf)?.bytes)
}
