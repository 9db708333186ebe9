/**
 * Keeps what a host has said of itself, and how it can be asked something: at `initialize` up to 2025-11-25, with every request
 * since 2026-07-28 (nothing may be inferred from the connection there).
 */
import { STEADY } from '../json/steady.ts'
import { randomUUID } from 'node:crypto'
import type { Asker, ElicitMode, HostInfo, Retried } from '../approval/facts/channel.ts'
import { isRecord, type JsonObject, member } from '../json/record.ts'
import { AskError, type Caller } from '../upstream/messages/caller.ts'
import { INTERNAL_ERROR } from '../wire/message.ts'
import { RpcError } from '../wire/rpc-error.ts'
import { isFormAnswer } from '../wire/shapes/questions.ts'
import type { HostQuestions } from './questions.ts'

/** One for all requests that say the same of their host. */
export interface HostSelf {
  /** As it calls itself; unchecked. */
  readonly name: string | undefined
  readonly capabilities: JsonObject
  readonly asker: Asker
  readonly caller: Caller
  /** It wants log messages of this request from this severity on (since 2026-07-28). */
  readonly logLevel?: string
}

const CANT_ASK: Asker = {
  kind: 'none',
  why: 'the host has no way to ask its user (it declared no elicitation)',
}

/** Up to 2025-11-25 the connection is what counts. */
export function legacySelf(
  said: { readonly capabilities: JsonObject; readonly info: unknown; readonly logLevel: string | undefined },
  questions: HostQuestions,
): HostSelf {
  const mode = declaredMode(said.capabilities)
  const asker: Asker = mode === undefined ? CANT_ASK : { kind: 'live', mode, elicit: elicitBy(questions) }
  const { capabilities, info, logLevel } = said
  const caller = { capabilities, ask: askBy(questions), ...(logLevel !== undefined && { logLevel }) }
  return { ...STEADY, ...named(info, asker), capabilities, caller }
}

/** Since 2026-07-28 a question is the result of a request, and its answer comes with a retry. */
export function modernSelf(said: {
  readonly capabilities: JsonObject
  readonly info: unknown
  readonly logLevel: string | undefined
}): HostSelf {
  const mode = declaredMode(said.capabilities)
  const { capabilities, info, logLevel } = said
  const level = logLevel !== undefined && { logLevel }
  return {
    ...STEADY,
    ...named(info, mode === undefined ? CANT_ASK : { kind: 'retry', mode }),
    capabilities,
    caller: { capabilities, ...level },
    ...level,
  }
}

/** The same asker, of a request that is sent again with answers. */
export function retriedAsker(asker: Asker, retried: Retried): Asker {
  return asker.kind === 'retry' ? { ...STEADY, ...asker, retried } : asker
}

function named(info: unknown, asker: Asker): Pick<HostSelf, 'name' | 'asker'> {
  const [name, version] = [member(info, 'name'), member(info, 'version')]
  if (typeof name !== 'string') return { name: undefined, asker }
  const host: HostInfo = typeof version === 'string' ? { name, version } : { name }
  return { name, asker: { ...STEADY, ...asker, host } }
}

type Elicit = Extract<Asker, { kind: 'live' }>['elicit']

/** What isn't a form's answer is none, so somebody else is asked (promise 4). */
function elicitBy(questions: HostQuestions): Elicit {
  return async (params, signal) => {
    const result = await questions.ask('elicitation/create', params, signal)
    if (!isFormAnswer(result)) throw new Error('the host answered with something else than a form answers')
    return result
  }
}

/** Asks the host what a server wants to know, up to 2025-11-25. The relay looks at the answer (relay/question.ts). */
export function askBy(questions: HostQuestions): NonNullable<Caller['ask']> {
  return async ({ method, params: { _meta, ...rest } }, signal) => {
    try {
      return await questions.ask(method, { ...rest, ...idOfPage(method, rest), ...crossing(_meta) }, signal)
    } catch (error) {
      if (error instanceof RpcError) throw new AskError(error.code, error.message, error.data)
      throw new AskError(INTERNAL_ERROR, 'the host gave no answer')
    }
  }
}

/** Before 2026-07-28 a question that opens a page has an id (2025-11-25 client/elicitation), and servers since give none. */
function idOfPage(method: string, { mode, elicitationId }: JsonObject): { elicitationId?: string } {
  const lacksOne = method === 'elicitation/create' && mode === 'url' && elicitationId === undefined
  return lacksOne ? { elicitationId: randomUUID() } : {}
}

/** The server's own token means nothing on this hop. */
function crossing(meta: unknown): { _meta?: JsonObject } {
  if (!isRecord(meta)) return {}
  const { progressToken: _token, ...rest } = meta
  return Object.keys(rest).length === 0 ? {} : { _meta: rest }
}

/** `elicitation: {}` means form mode (2025-11-25 client/elicitation, capabilities). */
function declaredMode({ elicitation }: JsonObject): ElicitMode | undefined {
  if (!isRecord(elicitation)) return undefined
  return 'form' in elicitation || !('url' in elicitation) ? 'form' : 'url'
}
