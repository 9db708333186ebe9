// A server that reads what it is asked for, `get_file` with a `path`, and says on stderr at its start what is in the file
// TELLS. STARTS is a file that gets a line at each start.
import { appendFileSync, readFileSync } from 'node:fs'
import { serve } from './light.mjs'

const { STARTS, TELLS } = process.env
if (STARTS) appendFileSync(STARTS, `${process.pid}\n`)
if (TELLS) process.stderr.write(`found ${readFileSync(TELLS, 'utf8')}\n`)

const inputSchema = { type: 'object', properties: { path: { type: 'string' } } }
serve('reads', [{ name: 'get_file', inputSchema }], ({ arguments: { path } }) => ({
  content: [{ type: 'text', text: readFileSync(path, 'utf8') }],
}))
