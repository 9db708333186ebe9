// A light server without an SDK whose lists are what a JSON file says when it starts, for the tests of what is known of
// it from its last run: `tools`, `prompts`, `resources`, `resourceTemplates` as MCP has them, `needs` of one being a
// capability without which it isn't listed, and $TOKEN in them its secret. With `held` it says nothing until there is a
// file of the same name and `.go`, with `exit` it ends at once. Calls are written to the file's name and `.calls`.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { listen } from './light.mjs'

const file = process.argv[2]
const text = readFileSync(file, 'utf8').replaceAll('$TOKEN', process.env.TOKEN ?? '')
const { held, exit, ...lists } = JSON.parse(text)
if (exit !== undefined) process.exit(exit)
const isHeld = () => held && !existsSync(`${file}.go`)
while (isHeld()) await new Promise((resolve) => setTimeout(resolve, 20))

let told = {}
const listed = (member) => ({
  [member]: (lists[member] ?? []).flatMap(({ needs, ...entry }) => (needs && !told[needs] ? [] : [entry])),
})
listen({
  initialize: ({ protocolVersion, capabilities }) => {
    told = capabilities
    return {
      protocolVersion,
      capabilities: { tools: { listChanged: true }, prompts: {}, resources: {} },
      serverInfo: { name: 'changing', version: '1' },
    }
  },
  'tools/list': () => listed('tools'),
  'prompts/list': () => listed('prompts'),
  'resources/list': () => listed('resources'),
  'resources/templates/list': () => listed('resourceTemplates'),
  'tools/call': ({ name }) => {
    appendFileSync(`${file}.calls`, `${name}\n`)
    return { content: [{ type: 'text', text: `ran ${name}` }] }
  },
})
