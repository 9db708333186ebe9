/**
 * A model on loopback that calls the tools that it is told, one after the other, and then says that it is done. Which
 * one is next is counted from the results in the conversation, so that a host may ask as often as it likes.
 */
import { createServer } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { DIALECTS } from './dialects.mjs'

/**
 * @param calls `{ tool, args, when? }`; a tool by the end of the name that the host gives it, and what is waited for
 * @returns `url`, `results` (texts of the newest conversation), `close()`
 */
export async function startModel(calls) {
  const model = { url: '', results: [], close }
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const [path] = request.url.split('?')
    const dialect = DIALECTS.find((one) => one.path.test(path))
    if (request.method !== 'POST' || dialect === undefined) return besides(path, response)
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    const { tools, results: all } = dialect.read(body)
    const results = all.filter((text) => !NOT_YET.test(text))
    if (all.length > results.length) await after(AGAIN_MS)
    if (results.length >= model.results.length) model.results = results
    await calls[results.length]?.when
    send(response, dialect.write(nextOf(calls, tools, results), body, path))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  model.url = `http://127.0.0.1:${server.address().port}`
  return model

  function close() {
    server.closeAllConnections()
    server.close()
  }
}

/** Claude Code asks the model before its servers are up; a model tries again. */
const NOT_YET = /No such tool available/
const AGAIN_MS = 500
/** Hosts that keep tools back until they are searched for still run one that is called by its name. */
const UNLISTED = (tool) => `mcp__mux__${tool}`

function nextOf(calls, tools, results) {
  if (tools.length === 0) return { text: '{"title":"x"}', aside: true }
  const next = calls[results.length]
  if (next === undefined) return { text: 'ALL DONE' }
  const name = tools.find((one) => one.endsWith(next.tool)) ?? UNLISTED(next.tool)
  return { name, args: next.args }
}

/** Lists of models, counts of tokens; and what nobody here knows. */
function besides(path, response) {
  if (path.endsWith('/models')) return send(response, { json: { object: 'list', data: [], models: [] } })
  if (/count_?tokens$/i.test(path)) return send(response, { json: { input_tokens: 100, totalTokens: 100 } })
  response.writeHead(404, { 'content-type': 'application/json' })
  return response.end('{"error":{"message":"not here","type":"not_found"}}')
}

function send(response, { json, events }) {
  response.writeHead(200, { 'content-type': json ? 'application/json' : 'text/event-stream' })
  if (json) return response.end(JSON.stringify(json))
  for (const [event, data] of events)
    response.write(`${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`)
  return response.end()
}
