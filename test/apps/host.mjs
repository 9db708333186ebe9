/**
 * A host that shows pages (MCP Apps, ext-apps 2026-01-26): an SDK client of sidemux over stdio, the official AppBridge,
 * and a real browser. The bridge runs here and not in the browser, so nothing has to be bundled: what it sends is posted
 * into the frame, and what the frame posts comes back through the browser's own binding. The page stands in a sandboxed
 * frame of no origin, under the policy that the specification gives a page that declares none.
 */
import { createServer } from 'node:http'
import {
  AppBridge,
  getToolUiResourceUri,
  RESOURCE_MIME_TYPE,
} from '@modelcontextprotocol/ext-apps/app-bridge'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { emptied } from '../servers/chromium.mjs'

export const SHOWS = { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: [RESOURCE_MIME_TYPE] } } }
const HOST = { name: 'apps-host', version: '1.0.0' }
/** A page that loads its scripts from elsewhere never gets so far without a network. */
const READY_MS = 30_000
const CAN = { openLinks: {}, serverTools: {}, serverResources: {}, logging: {} }

const OUTER = `<!doctype html><title>host</title><style>html,body,iframe{margin:0;border:0;width:100%;height:100%}</style>
<script>
addEventListener('message', ({ source, data }) => {
  const frame = document.querySelector('iframe')
  if (frame !== null && source === frame.contentWindow) fromPage(data)
})
function toPage(message) { document.querySelector('iframe').contentWindow.postMessage(message, '*') }
function show() {
  const frame = document.createElement('iframe')
  frame.sandbox = 'allow-scripts allow-forms'
  frame.src = '/page'
  document.body.append(frame)
}
</script><body>`

/** Restrictive by default, as the specification wants it; what a page declares is added. */
function policyOf({ connectDomains = [], resourceDomains = [], frameDomains = [] } = {}) {
  const from = resourceDomains.join(' ')
  return [
    'sandbox allow-scripts allow-forms',
    `default-src 'none'`,
    `script-src 'self' 'unsafe-inline' ${from}`,
    `style-src 'self' 'unsafe-inline' ${from}`,
    `img-src 'self' data: ${from}`,
    `media-src 'self' data: ${from}`,
    `font-src 'self' data: ${from}`,
    `connect-src ${connectDomains.length === 0 ? "'none'" : connectDomains.join(' ')}`,
    `frame-src ${frameDomains.length === 0 ? "'none'" : frameDomains.join(' ')}`,
  ].join('; ')
}

/** The SDK's own transport starts a second process to find out the era; this one asks in place. */
class InPlace extends StdioClientTransport {}

/** @param elicit answers sidemux's questions; absent: the host can't be asked */
export async function connect(program, era, elicit) {
  const capabilities = { ...SHOWS, ...(elicit && { elicitation: {} }) }
  const mode = era === 'old' ? 'legacy' : { pin: '2026-07-28' }
  const client = new Client(HOST, { capabilities, versionNegotiation: { mode } })
  if (elicit !== undefined)
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      const answer = elicit(params.message)
      // An answer faster than a person's is none.
      await new Promise((read) => setTimeout(read, 1100))
      return answer
    })
  await client.connect(new InPlace({ ...program, stderr: 'ignore' }))
  return client
}

/**
 * Calls a tool as its model would, and shows the page that the tool names.
 * @param page the browser's tab for it; another page can be shown there when this one is closed
 * @param name as the host knows the tool
 */
export async function show(page, client, name, args = {}) {
  const { tools } = await client.listTools()
  const tool = tools.find((one) => one.name === name)
  const uri = tool && getToolUiResourceUri(tool)
  if (uri === undefined) throw new Error(`${name} has no page`)
  const { contents } = await client.readResource({ uri })
  const [content] = contents
  if (content?.mimeType !== RESOURCE_MIME_TYPE) throw new Error(`${uri} is no page: ${content?.mimeType}`)
  const html = content.text ?? Buffer.from(content.blob, 'base64').toString('utf8')
  const server = await serve(html, policyOf(content._meta?.ui?.csp))
  await page.setViewportSize({ width: 900, height: 700 })
  const seen = { log: [], links: [], messages: [], logs: [], errors: [] }
  const failed = ({ message }) => void seen.errors.push(message)
  page.on('pageerror', failed)
  const transport = new FrameTransport(page, seen.log)
  const bridge = new AppBridge(client, HOST, CAN, { hostContext: { theme: 'light', displayMode: 'inline' } })
  bridge.onopenlink = async ({ url }) => (seen.links.push(url), {})
  bridge.onmessage = async (message) => (seen.messages.push(message), {})
  bridge.onloggingmessage = (entry) => void seen.logs.push(entry)
  const ready = new Promise((done, fail) => {
    bridge.oninitialized = () => done()
    const late = () => fail(new Error('its page did not introduce itself; it may want the network'))
    setTimeout(late, READY_MS).unref()
  })
  await transport.bind()
  await page.goto(server.url)
  await bridge.connect(transport)
  await page.evaluate('show()')
  await ready
  await bridge.sendToolInput({ arguments: args })
  const result = await client.callTool({ name, arguments: args })
  await bridge.sendToolResult(result)
  return {
    page,
    frame: page.frameLocator('iframe'),
    seen,
    result,
    /** What the page asked of the host, by method; with the answer to it. */
    asked: (method) =>
      seen.log
        .filter(({ from, message }) => from === 'page' && message.method === method)
        .map(({ message }) => ({ params: message.params, answer: answerTo(seen.log, message.id) })),
    async close() {
      await bridge.close()
      page.off('pageerror', failed)
      await emptied(page)
      await server.close()
    },
  }
}

function answerTo(log, id) {
  const found = log.find(
    ({ from, message }) => from === 'host' && message.id === id && message.method === undefined,
  )
  return found?.message.error ?? found?.message.result
}

/** Who hears what the frame of a tab posts; a tab takes the browser's binding once only. */
const hearing = new WeakMap()

/** Between AppBridge and the frame. */
class FrameTransport {
  constructor(page, log) {
    this.page = page
    this.log = log
  }
  async bind() {
    const { page } = this
    const isNew = !hearing.has(page)
    hearing.set(page, this)
    if (isNew) await page.exposeBinding('fromPage', (_source, message) => hearing.get(page).hear(message))
  }
  hear(message) {
    if (message?.jsonrpc !== '2.0') return
    this.log.push({ from: 'page', at: Date.now(), message })
    this.onmessage?.(message)
  }
  async start() {}
  async send(message) {
    this.log.push({ from: 'host', at: Date.now(), message })
    await this.page.evaluate((one) => toPage(one), JSON.parse(JSON.stringify(message)))
  }
  async close() {
    this.onclose?.()
  }
}

async function serve(html, policy) {
  const server = createServer(({ url }, response) => {
    const type = { 'content-type': 'text/html; charset=utf-8' }
    if (url === '/') response.writeHead(200, type).end(OUTER)
    else if (url === '/page')
      response.writeHead(200, { ...type, 'content-security-policy': policy }).end(html)
    else response.writeHead(404).end()
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))),
  }
}
