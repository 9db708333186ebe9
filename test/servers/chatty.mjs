/** Prints a banner and debug lines on stdout, where only messages belong, and a lot on stderr. */
import { serve, text } from './raw.mjs'

console.log('Chatty MCP server v1.0 listening on stdio')
console.log('{ not json }')
console.log('')
process.stderr.write(`token=${process.env.TOKEN ?? ''}\n`)
process.stderr.write(`${'x'.repeat(200)}\n`.repeat(5000))

serve({
  call({ id, params }) {
    console.log('DEBUG: called')
    text(id, String(params.arguments?.text ?? ''))
  },
})
