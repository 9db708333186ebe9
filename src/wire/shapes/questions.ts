/**
 * Judges what a server asks of the host, and what comes back (2026-07-28 schema: elicitation/create, sampling/createMessage;
 * 2025-11-25 the same).
 */
import { isRecord } from '../../json/record.ts'
import { isContentBlock, isRole } from './content.ts'
import { isJson, isTool } from './offers.ts'
import {
  anyOf,
  isDouble,
  isFlag,
  isObject,
  isShare,
  isText,
  isWhole,
  listOf,
  mapOf,
  objectWith,
  among,
  type Guard,
} from './shape.ts'

/** Of a request: the token for its progress is a text or a whole number (2026-07-28 schema: RequestMeta). */
const OF_REQUESTS = {
  _meta: objectWith(
    {},
    {
      progressToken: anyOf(isText, isWhole),
      'io.modelcontextprotocol/related-task': objectWith({ taskId: isText }),
    },
  ),
  task: objectWith({}, { ttl: isDouble }),
}

const WORDS = { title: isText, description: isText }
const isChoice: Guard = objectWith({ const: isText, title: isText })
const MANY = { ...WORDS, minItems: isDouble, maxItems: isDouble, default: listOf(isText) }

/** A field of a form, in each of its kinds (2025-11-25 client/elicitation, supported schema types). */
const isField: Guard = anyOf(
  objectWith({ type: among('string'), enum: listOf(isText) }, { ...WORDS, default: isText }),
  objectWith({ type: among('string'), oneOf: listOf(isChoice) }, { ...WORDS, default: isText }),
  objectWith(
    { type: among('array'), items: objectWith({ type: among('string'), enum: listOf(isText) }) },
    MANY,
  ),
  objectWith({ type: among('array'), items: objectWith({ anyOf: listOf(isChoice) }) }, MANY),
  objectWith({ type: among('boolean') }, { ...WORDS, default: isFlag }),
  objectWith(
    { type: among('string') },
    {
      ...WORDS,
      minLength: isDouble,
      maxLength: isDouble,
      format: among('email', 'uri', 'date', 'date-time'),
      default: isText,
    },
  ),
  objectWith(
    { type: among('number', 'integer') },
    { ...WORDS, minimum: isDouble, maximum: isDouble, default: isDouble },
  ),
)

/** The params of `elicitation/create` with a form. */
export const isFormQuestion: Guard = objectWith(
  {
    message: isText,
    requestedSchema: objectWith(
      { type: among('object'), properties: mapOf(isField) },
      { required: listOf(isText) },
    ),
  },
  { ...OF_REQUESTS, mode: among('form') },
)

/** A result may hold more than MCP knows; its `_meta` is judged where it crosses. */
const OF_RESULTS = { _meta: isObject }

/** Some hosts write null for the content of who declines. */
export const isFormAnswer: Guard = objectWith(
  { action: among('accept', 'decline', 'cancel') },
  {
    ...OF_RESULTS,
    content: (value) => value === null || mapOf(anyOf(isText, isDouble, isFlag, listOf(isText)))(value),
  },
)

/** A tool's use and its result stand among the blocks of a message to or from a model. */
const isToolUse: Guard = objectWith({ name: isText, id: isText, input: isObject }, { _meta: isObject })
const isToolResult: Guard = objectWith(
  { toolUseId: isText, content: listOf(isContentBlock) },
  { isError: isFlag, _meta: isObject },
)
const OF_MODELS: ReadonlyMap<unknown, Guard> = new Map([
  ['text', isContentBlock],
  ['image', isContentBlock],
  ['audio', isContentBlock],
  ['tool_use', isToolUse],
  ['tool_result', isToolResult],
])
const isModelBlock: Guard = (value) => isRecord(value) && OF_MODELS.get(value['type'])?.(value) === true
const isModelContent: Guard = anyOf(isModelBlock, listOf(isModelBlock))

/** The params of `sampling/createMessage`. */
export const isSamplingQuestion: Guard = objectWith(
  {
    messages: listOf(objectWith({ role: isRole, content: isModelContent }, { _meta: isObject })),
    maxTokens: isWhole,
  },
  {
    ...OF_REQUESTS,
    modelPreferences: objectWith(
      {},
      {
        hints: listOf(objectWith({}, { name: isText })),
        costPriority: isShare,
        speedPriority: isShare,
        intelligencePriority: isShare,
      },
    ),
    systemPrompt: isText,
    includeContext: among('none', 'thisServer', 'allServers'),
    temperature: isDouble,
    stopSequences: listOf(isText),
    metadata: mapOf(isJson),
    tools: listOf(isTool),
    toolChoice: objectWith({}, { mode: among('auto', 'required', 'none') }),
  },
)

/** What a host's model wrote. */
export const isSamplingAnswer: Guard = objectWith(
  { model: isText, role: isRole, content: isModelContent },
  { ...OF_RESULTS, stopReason: isText },
)
