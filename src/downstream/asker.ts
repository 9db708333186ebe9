/**
 * Whether and how this host can be asked something, read from what it declared: at `initialize` up to
 * 2025-11-25, with every request since 2026-07-28 (nothing may be inferred from the connection there).
 */
import { randomUUID } from 'node:crypto'
import {
  CLIENT_CAPABILITIES_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
  type StandardSchemaV1,
} from '@modelcontextprotocol/server'
import type { Asker, ElicitMode } from '../approval/channels/channel.ts'
import { AskError, type Caller } from '../upstream/caller.ts'
import { isRecord, type JsonObject } from '../upstream/normalize.ts'
import { member } from './member.ts'

export type Era = 'legacy' | 'modern'

/** The queue's own wait ends a live question; the SDK's 60 s default must not end it first. */
const LONGER_THAN_ANY_WAIT_MS = 24 * 3_600_000

export function askerFor(era: Era, server: Server, context: ServerContext): Asker {
  return era === 'modern' ? modernAsker(context) : legacyAsker(server, context)
}

function modernAsker(context: ServerContext): Asker {
  const { envelope, inputResponses } = context.mcpReq
  const mode = declaredMode(member(envelope, CLIENT_CAPABILITIES_META_KEY))
  if (mode === undefined) return cantAsk
  const requestState = context.mcpReq.requestState<string>()
  if (typeof requestState !== 'string') return { kind: 'retry', mode }
  return { kind: 'retry', mode, retried: { requestState, inputResponses: inputResponses ?? {} } }
}

function legacyAsker(server: Server, context: ServerContext): Asker {
  // The one place where the connection is what counts: before 2026-07-28 there is nothing else.
  const mode = declaredMode(server.getClientCapabilities())
  if (mode === undefined) return cantAsk
  return {
    kind: 'live',
    mode,
    elicit: async (params, signal) =>
      context.mcpReq.elicitInput(params as Parameters<typeof context.mcpReq.elicitInput>[0], {
        signal,
        timeout: LONGER_THAN_ANY_WAIT_MS,
      }),
  }
}

/** Takes the result as it comes; the relay looks at it (relay/question.ts). */
const AS_IT_IS: StandardSchemaV1<unknown, unknown> = {
  '~standard': { version: 1, vendor: 'sidemux', validate: (value) => ({ value }) },
}

/**
 * Asks the host what a server wants to know, up to 2025-11-25.
 * @param context of the request that it is asked for, if there is one
 */
export function liveAsk(server: Server, context?: ServerContext): NonNullable<Caller['ask']> {
  return async ({ method, params }, signal) => {
    const { _meta, ...rest } = params
    const request = { method, params: { ...rest, ...idOfPage(method, rest), ...crossing(_meta) } }
    const options = {
      signal,
      timeout: LONGER_THAN_ANY_WAIT_MS,
      ...(context !== undefined && { relatedRequestId: context.mcpReq.id }),
    }
    try {
      const result = await server.request(request, AS_IT_IS, options)
      if (!isRecord(result)) throw new AskError(ProtocolErrorCode.InternalError, 'the host gave no answer')
      return result
    } catch (error) {
      if (error instanceof ProtocolError) throw new AskError(error.code, error.message, error.data)
      if (error instanceof AskError) throw error
      throw new AskError(ProtocolErrorCode.InternalError, 'the host gave no answer')
    }
  }
}

/** Before 2026-07-28 a question that opens a page has an id (2025-11-25 client/elicitation), and servers since give none. */
function idOfPage(method: string, { mode, elicitationId }: JsonObject): { elicitationId?: string } {
  const lacksOne = method === 'elicitation/create' && mode === 'url' && elicitationId === undefined
  return lacksOne ? { elicitationId: randomUUID() } : {}
}

/** The server's own token means nothing on this hop. */
function crossing(meta: unknown): { _meta?: Record<string, unknown> } {
  if (!isRecord(meta)) return {}
  const { progressToken: _token, ...rest } = meta
  return Object.keys(rest).length === 0 ? {} : { _meta: rest }
}

const cantAsk: Asker = {
  kind: 'none',
  why: 'the host has no way to ask its user (it declared no elicitation)',
}

/** `elicitation: {}` means form mode (2025-11-25 client/elicitation, capabilities). */
function declaredMode(capabilities: unknown): ElicitMode | undefined {
  const elicitation = member(capabilities, 'elicitation')
  if (elicitation === null || typeof elicitation !== 'object') return undefined
  return 'form' in elicitation || !('url' in elicitation) ? 'form' : 'url'
}
