/**
 * Decides what a server may ask of the host, and prepares the question: `elicitation/create`,
 * `sampling/createMessage` and `roots/list`, if the server was told that the host can answer, and the host still can.
 * Pure.
 *
 * A person has to see who asks (2026-07-28 client/elicitation), so the message begins with the server's name in our
 * words, and what hides in it is written out. What is answered by name stays as it is: properties, choices, addresses.
 * A form never asks for a secret (form.ts), and a page is one that a person can judge by its address (page.ts).
 */
import type { ServerQuestion } from '../upstream/messages/caller.ts'
import { isRecord, type JsonObject } from '../json/record.ts'
import { visibleLine } from '../visible.ts'
import { elicitationModes } from './capabilities.ts'
import { judgeForm, visibleSchema } from './form.ts'
import { crossingMeta } from './meta.ts'
import type { RelayRules } from './options.ts'
import { judgePage, pageId } from './page.ts'
import { INVALID_PARAMS, METHOD_NOT_FOUND } from '../wire/message.ts'
import { isSamplingQuestion } from '../wire/shapes/questions.ts'

export { acceptAnswer } from './answer.ts'

export interface QuestionContext {
  readonly server: string
  readonly rules: RelayRules
  /** The capabilities that the server was told of. */
  readonly told: JsonObject
  /** What the host declares now. */
  readonly host: JsonObject
}

export type PreparedQuestion = { readonly kind: 'pass'; readonly question: ServerQuestion } | QuestionRefusal

export interface QuestionRefusal {
  readonly kind: 'refuse'
  /** Of the JSON-RPC error that the server gets. */
  readonly code: number
  readonly reason: string
  readonly hint: string
  /** It could have been asked, and a person who knows better would have declined: so that may be the answer. */
  readonly declined: boolean
}

const MAX_MESSAGE_LENGTH = 8192

export function prepareQuestion(
  { method, params }: ServerQuestion,
  asking: QuestionContext,
): PreparedQuestion {
  const { _meta, task: _task, ...members } = params
  const meta = crossingMeta(_meta)
  const prepared = PREPARE.get(method)?.(members, asking) ?? unknownMethod()
  if ('kind' in prepared) return prepared
  return {
    kind: 'pass',
    question: { method, params: { ...prepared.params, ...(meta !== undefined && { _meta: meta }) } },
  }
}

interface Params {
  readonly params: JsonObject
}

const PREPARE: ReadonlyMap<
  string,
  (params: JsonObject, asking: QuestionContext) => Params | QuestionRefusal
> = new Map([
  ['elicitation/create', elicitation],
  ['sampling/createMessage', sampling],
  ['roots/list', roots],
])

function elicitation(params: JsonObject, asking: QuestionContext): Params | QuestionRefusal {
  const { server, rules, told, host } = asking
  if (rules.elicitation === 'off') return off(server, 'elicitation', 'allow')
  const { mode = 'form', message } = params
  const asked = elicitationModes(told)
  const shown = elicitationModes(host)
  if (asked.size === 0 || shown.size === 0) return undeclared('the host asks its user nothing for servers')
  if (mode !== 'form' && mode !== 'url') return invalid('its mode of asking is neither form nor url')
  // 2025-11-25 client/elicitation, Error Handling.
  if (!asked.has(mode) || !shown.has(mode)) {
    const what = mode === 'form' ? 'shows no forms' : 'opens no pages'
    return invalid(`the host ${what} for servers`, 'ask only in the modes of the declared capabilities')
  }
  if (typeof message !== 'string') return invalid('its question has no message')
  if (message.length > MAX_MESSAGE_LENGTH)
    return invalid(`its message has more than ${MAX_MESSAGE_LENGTH} characters`)
  return mode === 'form' ? form(params, message, server) : page(params, message, server)
}

function form(params: JsonObject, message: string, server: string): Params | QuestionRefusal {
  const judged = judgeForm(params)
  if (judged.kind === 'odd')
    return invalid(judged.why, 'a form is flat: strings, numbers, booleans and choices')
  if (judged.kind === 'secret') {
    const hint =
      'ask for it on a page (mode url), or let the user give it to the server as a secret in servers.yaml'
    return decline(`its form asks for a secret: ${judged.where} speaks of one`, hint)
  }
  if (judged.kind === 'hides')
    return decline(
      `its form has "${judged.word}", by which a host could hide or change a field`,
      'a form has type, properties, required, title and description, and flat fields',
    )
  return {
    params: {
      ...params,
      message: labelled(`${server} asks:`, message),
      requestedSchema: visibleSchema(judged.schema),
    },
  }
}

function page(params: JsonObject, message: string, server: string): Params | QuestionRefusal {
  const judged = judgePage(params['url'])
  if (judged.kind === 'bad')
    return decline(judged.why, 'give an https address, without user name and password')
  const { elicitationId } = params
  return {
    params: {
      ...params,
      ...(typeof elicitationId === 'string' && { elicitationId: pageId(server, elicitationId) }),
      message: labelled(`${server} asks you to open a page of ${judged.host}:`, message),
    },
  }
}

/** No line of what a server wrote can be taken for ours, and none pushes ours out of sight. */
function labelled(label: string, message: string): string {
  const lines = message
    .trim()
    .replace(/\n(\s*\n){2,}/g, '\n\n')
    .split('\n')
    .map((line) => visibleLine(line).replace(/ {33,}/g, (spaces) => `‹${spaces.length} spaces›`))
  return lines.length === 1 ? `${label} ${lines[0]}` : [label, ...lines.map((line) => `> ${line}`)].join('\n')
}

function sampling(
  params: JsonObject,
  { server, rules, told, host }: QuestionContext,
): Params | QuestionRefusal {
  if (rules.sampling === 'off') return off(server, 'sampling', 'confirm')
  const [asked, able] = [told['sampling'], host['sampling']]
  if (!isRecord(asked) || !isRecord(able)) return undeclared("the host's model writes nothing for servers")
  const may = (what: string): boolean => isRecord(asked[what]) && isRecord(able[what])
  const { includeContext, ...others } = params
  // 2025-11-25 schema, CreateMessageRequestParams: an error is a must.
  if (('tools' in params || 'toolChoice' in params) && !may('tools'))
    return invalid("the host's model uses no tools of servers", 'ask without tools')
  const context =
    includeContext === undefined ? {} : { includeContext: may('context') ? includeContext : 'none' }
  const lowered = { ...others, ...context }
  return isSamplingQuestion(lowered)
    ? { params: lowered }
    : invalid('its request for a text is not one of MCP')
}

function roots(params: JsonObject, { server, rules, told, host }: QuestionContext): Params | QuestionRefusal {
  if (rules.roots === 'off') return off(server, 'roots', 'allow')
  // 2025-11-25 client/roots, Error Handling.
  return isRecord(told['roots']) && isRecord(host['roots'])
    ? { params }
    : undeclared('the host names no folders to servers')
}

function off(server: string, rule: string, instead: string): QuestionRefusal {
  return undeclared(
    `${rule} is off for this server`,
    `write servers.${server}.${rule}: ${instead} in servers.yaml to have it`,
  )
}

function undeclared(
  reason: string,
  hint = 'ask only for what the declared capabilities name',
): QuestionRefusal {
  return { kind: 'refuse', code: METHOD_NOT_FOUND, reason, hint, declined: false }
}

function unknownMethod(): QuestionRefusal {
  return undeclared('servers can ask nothing of this kind')
}

function invalid(reason: string, hint = 'send it as MCP describes it'): QuestionRefusal {
  return { kind: 'refuse', code: INVALID_PARAMS, reason, hint, declined: false }
}

function decline(reason: string, hint: string): QuestionRefusal {
  return { kind: 'refuse', code: INVALID_PARAMS, reason, hint, declined: true }
}
