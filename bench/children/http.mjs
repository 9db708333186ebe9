// The same server at an address: Streamable HTTP without sessions, on loopback, at a port of the system's choice that it
// prints. Ends with its stdin.
import { createServer } from 'node:http'
import { answerTo } from './answers.mjs'

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end()
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const answer = answerTo(JSON.parse(Buffer.concat(chunks).toString()))
  if (answer === undefined) return response.writeHead(202).end()
  return response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit(0)).resume()
