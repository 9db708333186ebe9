/**
 * Ends after each answer, as a container does that is made for one call. HOW: `exit` with code 0, `signal` by SIGTERM,
 * `shell` with 143 as a shell reports that, `at-once` in the same turn as the answer, `eager` right after its list, or
 * `crash` with code 1. With ONCE, a file that is written then, only the first one ends `eager`.
 */
import { existsSync, writeFileSync, writeSync } from 'node:fs'
import { ECHO, serve } from './raw.mjs'

const { HOW = 'exit', ONCE } = process.env
const end = {
  exit: () => process.exit(0),
  signal: () => process.kill(process.pid, 'SIGTERM'),
  shell: () => process.exit(143),
  'at-once': () => process.exit(0),
  crash: () => process.exit(1),
}[HOW]

serve({
  tools: () => {
    if (HOW === 'eager' && !(ONCE && existsSync(ONCE))) {
      if (ONCE) writeFileSync(ONCE, '')
      setTimeout(() => process.exit(0), 20)
    }
    return { tools: [ECHO] }
  },
  call: ({ id, params }) => {
    const result = { content: [{ type: 'text', text: params.arguments.text }] }
    writeSync(1, `${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
    if (HOW === 'at-once') end()
    else if (end !== undefined) setTimeout(() => end(), 5)
  },
})
