/** Says what a broker answers itself, in the place of a host: a status and one sentence, which names no value. */
import type { ServerResponse } from 'node:http'

/** Nothing where an answer has begun: that breaks off. */
export function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const text = `sidemux: ${why}\n`
  // What is left of the request isn't read.
  response.shouldKeepAlive = false
  response.writeHead(status, 'Refused by sidemux', {
    'content-type': 'text/plain',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
