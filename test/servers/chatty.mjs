/** Prints a banner and debug lines on stdout, where only messages belong, and a lot on stderr. */
import { serve, text } from './raw.mjs'

process.stdout.write('Chatty MCP server v1.0 listening on stdio\n{ not json }\n\n')
process.stderr.write(`token=${process.env.TOKEN ?? ''}\n`)
process.stderr.write(`${'x'.repeat(200)}\n`.repeat(5000))

serve({
  call({ id, params }) {
    process.stdout.write('DEBUG: called\n')
    text(id, String(params.arguments?.text ?? ''))
  },
})
