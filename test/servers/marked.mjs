/**
 * Without an SDK: sends progress and a log message after a moment, and an answer when `get_on` was called with the same
 * marker; each with the marker of the call it is for. KIND is said with them; all come in another order than the calls.
 */
import { serve, send, text } from './raw.mjs'

const kind = process.env.KIND
const later = (act) => void setTimeout(() => act(), Math.random() * 60)
const READS = { inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }
/** What answers the calls under way, by marker. */
const held = new Map()

serve({
  capabilities: { tools: {}, logging: {} },
  tools: ['get_mark', 'get_on'].map((name) => ({ name, ...READS })),
  call({ id, params }) {
    const { marker } = params.arguments
    if (params.name === 'get_on') {
      held.get(marker)?.()
      return text(id, `${kind} ${marker} goes on`)
    }
    const notify = (method, more) => send({ jsonrpc: '2.0', method, params: more })
    const progressToken = params._meta?.progressToken
    later(() => {
      notify('notifications/progress', { progressToken, progress: 1, message: `${kind} ${marker}` })
      notify('notifications/message', { level: 'error', data: `${kind} ${marker}` })
      held.set(marker, () => later(() => text(id, `${kind} ${marker} ${'x'.repeat(params.arguments.size)}`)))
    })
  },
})
