/** Answers the tool `wait` after `ms`, and while `progress` is true says every 200 ms that it is still there. */
import { send, serve, text } from './raw.mjs'

serve({
  tools: [{ name: 'wait', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }],
  call({ id, params }) {
    const { ms, progress } = params.arguments
    const { progressToken } = params._meta ?? {}
    let count = 0
    const beat = setInterval(() => {
      if (progress !== true) return
      send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: ++count } })
    }, 200)
    setTimeout(() => {
      clearInterval(beat)
      text(id, 'slept')
    }, ms)
  },
})
