/**
 * The messages of JSON-RPC 2.0 as MCP uses them, and the numbers and names of MCP that both sides of sidemux need. Only
 * types and constants. What a message holds beyond them is not looked at here.
 *
 * @see https://www.jsonrpc.org/specification
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic
 */
import type { JsonObject } from '../json/record.ts'
import type { ForeignId } from './ids.ts'

export interface RpcRequest {
  readonly jsonrpc: '2.0'
  readonly id: ForeignId
  readonly method: string
  readonly params?: JsonObject
}

/** The member `error` of a response. */
export interface RpcFault {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export interface RpcResult {
  readonly jsonrpc: '2.0'
  readonly id: ForeignId
  readonly result: JsonObject
}

export interface RpcFailure {
  readonly jsonrpc: '2.0'
  /** Null where it could not be read (JSON-RPC 2.0, Response object). */
  readonly id: ForeignId | null
  readonly error: RpcFault
}

export type RpcResponse = RpcResult | RpcFailure

export const PARSE_ERROR = -32_700
export const INVALID_REQUEST = -32_600
export const METHOD_NOT_FOUND = -32_601
export const INVALID_PARAMS = -32_602
export const INTERNAL_ERROR = -32_603
/** Up to 2025-11-25 (server/resources, error handling). */
export const RESOURCE_NOT_FOUND = -32_002
/** A capability is missing that the request needs (2026-07-28 basic/index, error codes). */
export const MISSING_CAPABILITY = -32_021
/** Since 2026-07-28 (basic/index, error codes). */
export const UNSUPPORTED_VERSION = -32_022
/** Somebody has to visit a page first (2025-11-25 client/elicitation). */
export const URL_REQUIRED = -32_042

/** Keys of `_meta` that MCP keeps for itself begin with it (2026-07-28 basic/index, _meta). */
export const RESERVED_PREFIX = 'io.modelcontextprotocol/'
export const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'
export const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo'
export const CLIENT_CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities'
export const LOG_LEVEL_KEY = 'io.modelcontextprotocol/logLevel'
export const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo'
export const SUBSCRIPTION_ID_KEY = 'io.modelcontextprotocol/subscriptionId'

/** The revisions in which each request names its own, newest first. */
export const MODERN_VERSIONS: readonly string[] = ['2026-07-28']
