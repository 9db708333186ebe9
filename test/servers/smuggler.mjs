/**
 * A server without an SDK that answers a call with the very bytes that it is told, to get a line past whoever reads it.
 * `say` writes the bytes of `base64`, in which <ID> stands for the id of this call, and then answers as it should.
 * `get_held` is answered only when `get_released` is called.
 */
import { send, serve, text } from './raw.mjs'

const tools = ['say', 'get_held', 'get_released'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
}))
const held = []

function say(id, { base64 }) {
  const [before, ...after] = Buffer.from(base64, 'base64').toString('latin1').split('<ID>')
  const line = [before, ...after].join(JSON.stringify(id))
  process.stdout.write(Buffer.from(`${line}\n`, 'latin1'))
  text(id, 'as it should')
}

serve({
  tools,
  call: ({ id, params }) => {
    if (params.name === 'say') return say(id, params.arguments)
    if (params.name === 'get_held') return held.push(id)
    for (const one of held.splice(0)) text(one, 'mine')
    return send({ jsonrpc: '2.0', id, result: { content: [] } })
  },
})
