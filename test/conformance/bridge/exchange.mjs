/** One answer over HTTP: JSON while nothing came before it, a stream of events from then on. */
export class Exchange {
  constructor(response, message) {
    this.response = response
    this.message = message
  }

  event(message) {
    if (!this.response.headersSent) openStream(this.response)
    this.response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`)
  }

  finish(message, status, headers) {
    if (!this.response.headersSent) return reply(this.response, status, message, headers)
    this.event(message)
    return this.response.end()
  }

  /** The server is gone. */
  fail() {
    if (!this.response.headersSent) reply(this.response, 502)
    else this.response.destroy()
  }
}

export function openStream(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
}

export function reply(response, status, body, headers = {}) {
  response.writeHead(status, { ...(body && { 'content-type': 'application/json' }), ...headers })
  response.end(body && JSON.stringify(body))
}
