// A server in chaos: it writes down what it executes before it answers, answers late and out of order, and floods.
import { appendFileSync } from 'node:fs'
import { serve } from '../inside/mcp.mjs'

const { LOG } = process.env
const FLOOD = 300
const executed = (n) => appendFileSync(LOG, `${n}\n`)
const notify = (method, params) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`)

serve('chaos', {
  get_echo: ({ n }) => (executed(n), `said ${n}`),
  get_slow: async ({ n }) => {
    executed(n)
    await new Promise((done) => setTimeout(done, (n * 37) % 400))
    return `said ${n}`
  },
  get_large: ({ n }) => (executed(n), `said ${n} ${'y'.repeat(200_000)}`),
  get_flood({ n }) {
    executed(n)
    for (let at = 0; at < FLOOD; at += 1) {
      notify('notifications/message', { level: 'debug', data: `noise ${at} of ${n}` })
      notify('notifications/progress', { progressToken: at, progress: at })
      process.stderr.write(`noise ${at} of ${n}\n`)
    }
    return `said ${n}`
  },
})
