/**
 * Judges what a host says of itself, before anything is made of it: at `initialize` up to 2025-11-25, in the envelope of
 * each request since 2026-07-28. Pure.
 */
import type { JsonObject } from '../../json/record.ts'
import { isSeverity } from '../../upstream/messages/severity.ts'
import {
  CLIENT_CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  LOG_LEVEL_KEY,
  PROTOCOL_VERSION_KEY,
} from '../../wire/message.ts'
import { OF_OFFERS } from '../../wire/shapes/content.ts'
import { isFlag, isObject, isText, mapOf, objectWith, type Guard } from '../../wire/shapes/shape.ts'

/** The first member that isn't as MCP wants it. */
export interface IntroductionFault {
  readonly key: string
  readonly problem: string
}

/** 2026-07-28 and 2025-11-25 schema: ClientCapabilities. */
const CAPABILITIES: Readonly<Record<string, Guard>> = {
  experimental: mapOf(isObject),
  sampling: objectWith({}, { context: isObject, tools: isObject }),
  elicitation: objectWith({}, { form: isObject, url: isObject }),
  roots: objectWith({}, { listChanged: isFlag }),
  extensions: mapOf(isObject),
}
const isTasks = objectWith({}, { list: isObject, cancel: isObject, requests: isObject })
const isImplementation = objectWith({ name: isText, version: isText }, { ...OF_OFFERS, websiteUrl: isText })

type Expected = readonly [key: string, is: Guard, type: string]

const INITIALIZE: readonly Expected[] = [
  ['protocolVersion', isText, 'string'],
  ['capabilities', objectWith({}, { ...CAPABILITIES, tasks: isTasks }), 'ClientCapabilities'],
  ['clientInfo', isImplementation, 'Implementation'],
]

const REQUIRED: readonly Expected[] = [
  [PROTOCOL_VERSION_KEY, isText, 'string'],
  [CLIENT_CAPABILITIES_KEY, objectWith({}, CAPABILITIES), 'ClientCapabilities'],
]
const OPTIONAL: readonly Expected[] = [
  [CLIENT_INFO_KEY, isImplementation, 'Implementation'],
  [LOG_LEVEL_KEY, (value) => typeof value === 'string' && isSeverity(value), 'LoggingLevel'],
]
const ENVELOPE = [...REQUIRED, ...OPTIONAL].map(([key]) => key)

export function initializeFault(params: JsonObject): IntroductionFault | undefined {
  return firstFault(params, INITIALIZE, [])
}

/** Whether it says anything of the host at all. */
export function hasEnvelope(meta: JsonObject | undefined): meta is JsonObject {
  return meta !== undefined && ENVELOPE.some((key) => Object.hasOwn(meta, key))
}

export function envelopeFault(meta: JsonObject): IntroductionFault | undefined {
  return firstFault(meta, REQUIRED, OPTIONAL)
}

function firstFault(
  said: JsonObject,
  required: readonly Expected[],
  optional: readonly Expected[],
): IntroductionFault | undefined {
  for (const [key] of required) if (!Object.hasOwn(said, key)) return { key, problem: 'missing' }
  for (const [key, is, type] of [...required, ...optional])
    if (Object.hasOwn(said, key) && !is(said[key])) return { key, problem: `not of the type ${type}` }
  return undefined
}
