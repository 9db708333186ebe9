/**
 * The tools that are sidemux's own, as hosts see them. No server can be called sidemux, so no tool of one has such a name.
 *
 * Their schemas are as plain as can be, since one that a model's API refuses costs a host all its tools. So the arguments
 * of a call are a text: Gemini refuses an object without named properties (MarkusPfundstein/mcp-obsidian#21). A model that
 * sends an object all the same is understood (inner-call.ts).
 */
import { RESERVED_SERVER } from '../approval/facts/request.ts'
import type { JsonObject } from '../json/record.ts'

export const SEARCH_TOOL = `${RESERVED_SERVER}_search_tools`
export const CALL_TOOL = `${RESERVED_SERVER}_call_tool`
export const READ_TOOL = `${RESERVED_SERVER}_read_result`

/** A result, or what is wrong with the arguments. */
export type OwnAnswer = { readonly result: JsonObject } | { readonly wrong: string }

/** What a search takes. */
export const MAX_QUERY_LENGTH = 1000
export const MAX_FOUND = 20
export const USUAL_FOUND = 5
const MAX_NAMED = 1000

/** @param servers ids of those whose tools can be found, as servers.yaml has them: the same for every connection */
export function searchSurface(servers: readonly string[]): readonly JsonObject[] {
  return [
    {
      name: SEARCH_TOOL,
      title: 'Search tools',
      description: `Find tools by what they do. Most tools are not listed: search for one before you say that there is none. Answers with name, description, inputSchema, and whether a person is asked first. Call what you find with ${CALL_TOOL}. Servers: ${named(servers)}`,
      inputSchema: {
        type: 'object',
        properties: {
          query: {
            type: 'string',
            description: 'What the tool should do, in a few words, or its name',
          },
          server: { type: 'string', description: 'Only tools of this server' },
          limit: {
            type: 'integer',
            description: `How many tools to show, 1 to ${MAX_FOUND}; ${USUAL_FOUND} if left out`,
          },
        },
        required: ['query'],
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    {
      name: CALL_TOOL,
      title: 'Call a tool',
      description: `Call a tool that ${SEARCH_TOOL} found. The result is that of the tool.`,
      inputSchema: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'The name of the tool, as it was found' },
          arguments: {
            type: 'string',
            description: 'Its arguments as a JSON object that fits its inputSchema, e.g. {"path": "a.txt"}',
          },
        },
        required: ['name'],
      },
      // What it calls may do anything that a tool can do.
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
  ]
}

/** For results of which only both ends were shown (spill/). */
export const READ_RESULT: JsonObject = {
  name: READ_TOOL,
  title: 'Read a long result',
  description:
    'Read more of a tool result that was cut because it is long, or search in it. The cut result says its id. It is kept until this session ends.',
  inputSchema: {
    type: 'object',
    properties: {
      id: { type: 'string', description: 'The id of the result, as the cut result says it' },
      from: { type: 'integer', description: 'The first character to show, counted from 0' },
      length: { type: 'integer', description: 'How many characters to show; 20000 if left out' },
      search: {
        type: 'string',
        description: 'In place of from: words to find, each place with its surroundings',
      },
    },
    required: ['id'],
  },
  annotations: { readOnlyHint: true, openWorldHint: false },
}

/** The same as a resource. */
export const RESULT_TEMPLATE: JsonObject = {
  name: 'sidemux_result',
  title: 'A long result',
  uriTemplate: `sidemux://${RESERVED_SERVER}/results/{id}{?from,length,search}`,
  description: 'A tool result that was cut because it is long.',
  mimeType: 'text/plain',
}

function named(servers: readonly string[]): string {
  const all = servers.join(', ')
  if (all.length <= MAX_NAMED) return all
  return `${all.slice(0, all.lastIndexOf(', ', MAX_NAMED))}, …`
}
