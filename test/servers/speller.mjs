/**
 * A server that writes ids in another way than they came: `spelling` says how, `"{id}"` being text, and `where` in which
 * messages, `all`, `calls` or `errors`. Its tool `heard` gives what came back to its own questions, by the id as it
 * was written. On stdio when it is run, by SPELLING and WHERE.
 */
import { createInterface } from 'node:readline'

const PINGS = ['7', '"7"', '-1', '"a b"', '90071992547409931', '1.5', '""']
const QUESTIONS = ['8', '"8"', '90071992547409932', '"r s"']
const TOOLS = ['echo', 'fail', 'heard', 'long'].map((name) => ({ name, inputSchema: { type: 'object' } }))

/** Gives the lines with which it answers a line. */
export function speller({ spelling = '"{id}"', where = 'all' }) {
  let heard = {}
  const spell = (id, isMeant) => (isMeant ? spelling.replace('{id}', String(id)) : JSON.stringify(id))
  return (line) => {
    const { id, method, params = {}, ...answer } = JSON.parse(line)
    if (method === undefined) {
      heard[/"id":("[^"]*"|[^,}]+)/.exec(line)[1]] = answer.result ?? answer.error.code
      return []
    }
    if (id === undefined) return []
    const isCall = method === 'tools/call'
    const say = (body, isError) => {
      const isMeant = typeof id === 'number' && (where === 'all' || (where === 'calls' ? isCall : isError))
      return `{"jsonrpc":"2.0","id":${spell(id, isMeant)},${body}}`
    }
    const result = (value) => say(`"result":${JSON.stringify(value)}`, false)
    const error = (code, message) => say(`"error":${JSON.stringify({ code, message })}`, true)
    const text = (value) => result({ content: [{ type: 'text', text: value }] })
    const {
      protocolVersion,
      name,
      arguments: { text: said = '' } = {},
      _meta: { progressToken } = {},
    } = params
    if (method === 'initialize')
      return [
        result({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }),
      ]
    if (method === 'tools/list') return [result({ tools: TOOLS })]
    if (!isCall) return [error(-32601, 'Method not found')]
    if (name === 'fail') return [error(-32050, 'quota')]
    if (name === 'long') return [text('x'.repeat(1_200_000))]
    if (name === 'heard') {
      const was = heard
      heard = {}
      return [text(JSON.stringify(was))]
    }
    const token = spell(progressToken, where !== 'errors')
    return [
      `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},"progress":1}}`,
      ...PINGS.map((own) => `{"jsonrpc":"2.0","id":${own},"method":"ping","params":null}`),
      ...QUESTIONS.map((own) => `{"jsonrpc":"2.0","id":${own},"method":"roots/list","params":null}`),
      '{"jsonrpc":"2.0","id":9,"method":"tasks/list"}',
      '{"jsonrpc":"2.0","id":10,"method":"ping","params":[1]}',
      '{"id":11,"method":"ping"}',
      text(said),
    ]
  }
}

if (process.argv[1] === import.meta.filename) {
  const { SPELLING, WHERE } = process.env
  const answers = speller({ spelling: SPELLING, where: WHERE })
  createInterface({ input: process.stdin }).on('line', (line) => {
    for (const answer of answers(line)) process.stdout.write(`${answer}\n`)
  })
}
