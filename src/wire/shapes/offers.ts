/** Judges tools and prompts as a server lists them (2026-07-28 schema: Tool, Prompt). Resources stand in content.ts. */
import { isRecord } from '../../json/record.ts'
import { OF_OFFERS } from './content.ts'
import { isFlag, isObject, isText, listOf, mapOf, objectWith, among, type Guard } from './shape.ts'

/** Any JSON, to its last leaf; nesting is bounded where the text was read (framing.ts). */
export const isJson: Guard = (value) =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (Array.isArray(value) ? value.every(isJson) : isRecord(value) && Object.values(value).every(isJson))

export const isTool: Guard = objectWith(
  {
    name: isText,
    inputSchema: objectWith(
      { type: among('object') },
      { properties: mapOf(isJson), required: listOf(isText) },
    ),
  },
  {
    ...OF_OFFERS,
    outputSchema: objectWith({}, { $schema: isText }),
    annotations: objectWith(
      {},
      {
        title: isText,
        readOnlyHint: isFlag,
        destructiveHint: isFlag,
        idempotentHint: isFlag,
        openWorldHint: isFlag,
      },
    ),
    execution: objectWith({}, { taskSupport: among('required', 'optional', 'forbidden') }),
    _meta: isObject,
  },
)

export const isPrompt: Guard = objectWith(
  { name: isText },
  {
    ...OF_OFFERS,
    arguments: listOf(objectWith({ name: isText }, { description: isText, required: isFlag })),
    _meta: isObject,
  },
)
