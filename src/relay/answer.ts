/**
 * Prepares the host's answer for the server that asked: in the right shape, with members that MCP doesn't know and
 * without reserved `_meta`. A user may type another server's secret into a form, and a model may write one. Then the
 * server gets none of the answer (promise 2), and neither does the log. Pure.
 */
import type { ServerQuestion } from '../upstream/messages/caller.ts'
import { isRecord, type JsonObject } from '../json/record.ts'
import { crossingMeta } from './meta.ts'
import { isFormAnswer, isSamplingAnswer } from '../wire/shapes/questions.ts'

export type Accepted =
  | { readonly kind: 'pass'; readonly answer: JsonObject }
  /** `secrets`: their labels, which are for the log and not for the server. */
  | { readonly kind: 'refuse'; readonly reason: string; readonly secrets?: readonly string[] }

/** @param foreign labels of the secrets in a value that the server was not given itself */
export function acceptAnswer(
  { method, params }: ServerQuestion,
  raw: unknown,
  foreign: (value: unknown) => readonly string[],
): Accepted {
  if (!isRecord(raw)) return { kind: 'refuse', reason: 'the host answered with something that is no answer' }
  const { _meta, resultType: _resultType, ...members } = raw
  const meta = crossingMeta(_meta)
  const answer = SHAPES.get(method)?.(members, params)
  if (answer === undefined) return { kind: 'refuse', reason: `the host's answer is none to ${named(method)}` }
  const whole = meta === undefined ? answer : { ...answer, _meta: meta }
  const labels = foreign(whole)
  return labels.length === 0
    ? { kind: 'pass', answer: whole }
    : { kind: 'refuse', reason: 'the answer holds a secret of another server', secrets: labels }
}

const SHAPES: ReadonlyMap<string, (answer: JsonObject, asked: JsonObject) => JsonObject | undefined> =
  new Map([
    ['elicitation/create', elicited],
    ['sampling/createMessage', sampled],
    ['roots/list', listed],
  ])

/** Only who accepts gives something, and only in a form; some hosts send `content: null` with the rest. */
function elicited({ content, ...rest }: JsonObject, asked: JsonObject): JsonObject | undefined {
  const isGiven =
    rest['action'] === 'accept' && asked['mode'] !== 'url' && content !== undefined && content !== null
  const answer = isGiven ? { ...rest, content } : rest
  return isFormAnswer(answer) ? answer : undefined
}

function sampled(answer: JsonObject): JsonObject | undefined {
  return isSamplingAnswer(answer) ? answer : undefined
}

/** A root is a `file://` URI (2025-11-25 client/roots); others are left out. */
function listed({ roots, ...rest }: JsonObject): JsonObject | undefined {
  if (!Array.isArray(roots) || !roots.every((root) => isRecord(root) && typeof root['uri'] === 'string'))
    return undefined
  return { ...rest, roots: roots.filter((root: JsonObject) => /^file:\/\//i.test(String(root['uri']))) }
}

function named(method: string): string {
  return SHAPES.has(method) ? method : 'what was asked'
}
