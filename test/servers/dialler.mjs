/** A server that dials: `get_word` connects to a host and port and answers with the first thing that is said there, or the code. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

serveStdio(() => {
  const server = new McpServer({ name: 'dialler', version: '1.0.0' })
  server.registerTool(
    'get_word',
    { description: 'Dials', inputSchema: z.object({ host: z.string(), port: z.number() }) },
    async ({ host, port }) => ({ content: [{ type: 'text', text: await word(host, port) }] }),
  )
  server.registerTool(
    'get_variable',
    { description: 'A variable, and the file that it names', inputSchema: z.object({ name: z.string() }) },
    async ({ name }) => ({
      content: [{ type: 'text', text: `${process.env[name]} ${fileOf(process.env[name])}` }],
    }),
  )
  return server
})

function fileOf(path = '') {
  try {
    return readFileSync(path, 'utf8')
  } catch ({ code }) {
    return code
  }
}

function word(host, port) {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('data', (said) => {
      resolve(String(said).split('\r')[0])
      socket.destroy()
    })
    socket.once('error', ({ code }) => resolve(code))
    socket.once('close', () => resolve('closed'))
  })
}
