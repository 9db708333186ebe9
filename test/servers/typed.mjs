// Tools whose schemas matter, without an SDK that would check for itself. TYPED_LOG counts what really ran; `say`
// answers with the structured content that it is told to.
import { appendFileSync } from 'node:fs'
import { send, serve } from './raw.mjs'

const secret = process.env.TYPED_SECRET ?? ''
const readOnlyHint = { annotations: { readOnlyHint: true } }
const DRAFT_07 = 'http://json-schema.org/draft-07/schema#'
const object = (properties, more = {}) => ({ type: 'object', properties, ...more })
const output = object({ code: { type: 'string', pattern: '^[a-z0-9-]+$' } }, { required: ['code'] })

serve({
  tools: [
    {
      name: 'get_new',
      inputSchema: object({ at: { prefixItems: [{ type: 'string' }], items: false } }),
      ...readOnlyHint,
    },
    {
      name: 'get_old',
      inputSchema: {
        $schema: DRAFT_07,
        ...object({ at: { items: [{ $ref: '#/definitions/name' }], additionalItems: false } }),
        definitions: { name: { type: 'string' } },
      },
      ...readOnlyHint,
    },
    {
      name: 'delete_thing',
      inputSchema: object({ id: { type: 'string' } }, { required: ['id'], additionalProperties: false }),
    },
    {
      name: 'get_bomb',
      inputSchema: object({ id: { type: 'string', pattern: '^(a+)+$' } }),
      ...readOnlyHint,
    },
    {
      name: 'get_remote',
      inputSchema: object({ id: { $ref: 'http://127.0.0.1:9/s.json' } }),
      ...readOnlyHint,
    },
    { name: 'get_said', inputSchema: object({ say: {} }), outputSchema: output, ...readOnlyHint },
    { name: 'get_secret', inputSchema: object({}), outputSchema: output, ...readOnlyHint },
  ],
  call({ id, params }) {
    if (process.env.TYPED_LOG)
      appendFileSync(
        process.env.TYPED_LOG,
        `${JSON.stringify({ name: params.name, args: params.arguments })}\n`,
      )
    const structuredContent = params.name === 'get_secret' ? { code: secret } : params.arguments?.say
    const result = { content: [{ type: 'text', text: `ran ${params.name}` }] }
    send({
      jsonrpc: '2.0',
      id,
      result: structuredContent === undefined ? result : { ...result, structuredContent },
    })
  },
})
