/**
 * Without an SDK: sends progress, a log message and an answer after a moment, each with the marker of the call it is
 * for. KIND is said with them; answers come in another order than the calls.
 */
import { serve, send, text } from './raw.mjs'

const kind = process.env.KIND
const later = (act) => void setTimeout(() => act(), Math.random() * 60)

serve({
  capabilities: { tools: {}, logging: {} },
  tools: [{ name: 'get_mark', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }],
  call({ id, params }) {
    const { marker } = params.arguments
    const notify = (method, more) => send({ jsonrpc: '2.0', method, params: more })
    const progressToken = params._meta?.progressToken
    later(() => {
      notify('notifications/progress', { progressToken, progress: 1, message: `${kind} ${marker}` })
      notify('notifications/message', { level: 'error', data: `${kind} ${marker}` })
      later(() => text(id, `${kind} ${marker} ${'x'.repeat(params.arguments.size)}`))
    })
  },
})
