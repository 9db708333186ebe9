/**
 * Stands in for one server of the day: lists what the real one listed, and answers what the real one answered to the
 * same call. Arguments: its id, and the folder that it works in.
 */
import { listen } from '../servers/light.mjs'
import { callsOf, toolsOf } from './day.mjs'

const [, , id, work] = process.argv
const tools = toolsOf()[id]
/** The same call may come twice, and be answered otherwise. */
const answers = new Map()
for (const { server, tool, args, answer } of callsOf(work)) {
  if (server !== id) continue
  const key = keyOf(tool, args)
  answers.set(key, [...(answers.get(key) ?? []), answer])
}

function keyOf(tool, args) {
  return JSON.stringify([tool, args])
}

listen({
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: id, version: '1' },
  }),
  'tools/list': () => ({ tools }),
  'tools/call': ({ name, arguments: args }) => {
    const { text, isError = false } = answers.get(keyOf(name, args)).shift()
    return { content: [{ type: 'text', text }], isError }
  },
  ping: () => ({}),
})
