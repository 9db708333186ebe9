// Sends the HTTP requests that it is told on stdin, a JSON line each, all from this one process, as a browser would;
// answers a JSON line each. { watch: true } keeps the connection and answers nothing.
import { request } from 'node:http'
import { createInterface } from 'node:readline'

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, url, headers, body, watch } = JSON.parse(line)
  const sent = request(url, { method, headers, agent: false }, (response) => {
    const chunks = []
    response.on('data', (chunk) => (watch ? undefined : chunks.push(chunk)))
    response.on('end', () => {
      const reply = {
        status: response.statusCode,
        headers: response.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      process.stdout.write(`${JSON.stringify({ id, reply })}\n`)
    })
  })
  sent.on('error', () => {})
  sent.end(body)
})
