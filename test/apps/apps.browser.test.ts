/**
 * The official MCP Apps examples through sidemux in a real browser: pages get what their
 * tool got and gave, their buttons call tools by their server's own names, they poll, and they reach no other server.
 */
import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { atEnd, CLI, place, REPO, shared, yamlOf } from '../e2e/support.ts'
import { BROWSER, startBrowser } from '../servers/chromium.mjs'
import { connect, show, type Shown } from './host.mjs'

const example = (name: string): string =>
  join(REPO, 'node_modules/@modelcontextprotocol', `server-${name}`, 'dist/index.js')
const clock = { command: 'node', args: [example('basic-vanillajs'), '--stdio'], apps: true }
const monitor = { command: 'node', args: [example('system-monitor'), '--stdio'], apps: true }
const YES = { action: 'accept', content: { decision: 'approve once' } } as const
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/
/** The monitor asks every 2 s. */
const POLLS = { timeout: 30_000, interval: 200 }

let browser: Browser | undefined
let tab: Page | undefined
beforeAll(async () => {
  if (BROWSER === undefined) return
  browser = await startBrowser()
  tab = await browser.newPage()
})
afterAll(() => browser?.close())

interface Host {
  readonly client: Client
  /** First lines of what a human was asked. */
  readonly questions: string[]
  open(this: void, tool: string): Promise<Shown>
}

async function host(
  servers: Readonly<Record<string, object>>,
  era: 'old' | 'new' = 'old',
  answer: () => typeof YES | { action: 'decline' } = () => YES,
): Promise<Host> {
  const where = place(yamlOf({ version: 1, defaults: { listWait: '50s' }, servers }))
  const program = {
    command: process.execPath,
    args: [CLI, 'serve', '--config', where.config],
    env: where.env,
  }
  const questions: string[] = []
  const client = await connect(program, era, (message) => {
    questions.push(message.split('\n')[0] ?? '')
    return answer()
  })
  atEnd(() => client.close())
  return {
    client,
    questions,
    async open(tool) {
      if (tab === undefined) throw new Error('there is no browser')
      const shown = await show(tab, client, tool)
      onTestFinished(() => shown.close())
      return shown
    },
  }
}

const text = (shown: Shown, id: string): Promise<string> => shown.frame.locator(`#${id}`).innerText()

describe.runIf(BROWSER !== undefined).each(['old', 'new'] as const)('a host of the %s era', (era) => {
  const both = shared(() => host({ clock: { ...clock, tools: { allow: ['get-time'] } }, monitor }, era))

  it('shows a page what its tool gave; its buttons call tools by their own names, and open links', async () => {
    const { open, questions } = await both()
    const asked = questions.length
    const shown = await open('clock_get-time')
    const { time } = shown.result['structuredContent'] as { time: string }
    await expect.poll(() => text(shown, 'server-time')).toBe(time)

    await shown.frame.locator('#get-time-btn').click()
    await expect.poll(() => text(shown, 'server-time')).not.toBe(time)
    expect(await text(shown, 'server-time')).toMatch(ISO)
    expect(shown.asked('tools/call').map(({ params }) => params['name'])).toEqual(['get-time'])

    await shown.frame.locator('#open-link-btn').click()
    await shown.frame.locator('#send-message-btn').click()
    await shown.frame.locator('#send-log-btn').click()
    await expect.poll(() => shown.seen.links).toEqual(['https://modelcontextprotocol.io/'])
    await expect.poll(() => [shown.seen.messages.length, shown.seen.logs.length]).toEqual([1, 1])
    expect(shown.seen.errors).toEqual([])
    expect(questions.slice(asked)).toEqual([])
  })

  it('lets a page poll with the default configuration, and nobody is asked about it (promise 4)', async () => {
    const { open, questions } = await both()
    const asked = questions.length
    const shown = await open('monitor_get-system-info')
    const polls = (): number =>
      shown.asked('tools/call').filter(({ answer }) => answer?.['structuredContent'] !== undefined).length
    await vi.waitUntil(() => polls() >= 3, POLLS)
    const used = (): string[] =>
      shown.asked('tools/call').flatMap(({ answer }) => {
        const { memory } = (answer?.['structuredContent'] ?? {}) as { memory?: { usedPercent: number } }
        return memory === undefined ? [] : [`${memory.usedPercent}%`]
      })
    await expect
      .poll(async () => {
        const shownNow = await text(shown, 'memory-percent')
        return used().includes(shownNow)
      })
      .toBe(true)
    expect(await text(shown, 'info-hostname')).not.toBe('')
    expect(shown.asked('tools/call').map(({ params }) => params['name'])).toContain('poll-system-stats')
    // The tool that shows the page is the model's, and its server says nothing of it.
    expect(questions.slice(asked)).toEqual(['monitor: get-system-info (no arguments)'])
    await shown.frame.locator('#poll-toggle-btn').click()
    const stopped = polls()
    await shown.frame.locator('#poll-toggle-btn').click()
    await vi.waitUntil(() => polls() > stopped, POLLS)
    expect(shown.seen.errors).toEqual([])
  })
})

describe.runIf(BROWSER !== undefined)('a page', () => {
  it('calls what the model may call too under the same verdict: a human is asked', async () => {
    let isYes = true
    const { open, questions } = await host({ clock }, 'old', () => (isYes ? YES : { action: 'decline' }))
    const shown = await open('clock_get-time')
    const { time } = shown.result['structuredContent'] as { time: string }
    await expect.poll(() => text(shown, 'server-time')).toBe(time)
    await shown.frame.locator('#get-time-btn').click()
    // The page shows what was said last, so the first answer has to be there.
    await expect.poll(() => text(shown, 'server-time')).not.toBe(time)
    expect(questions.length).toBe(2)
    isYes = false
    await shown.frame.locator('#get-time-btn').click()
    await expect.poll(() => questions.length).toBe(3)
    // The person reads before he says no.
    await expect.poll(() => text(shown, 'server-time'), POLLS).toBe('[ERROR]')
  })

  it('is asked about where a rule wants it', async () => {
    const { open, questions } = await host({ monitor: { ...monitor, tools: { confirm: ['poll-*'] } } })
    await open('monitor_get-system-info')
    await vi.waitUntil(() => questions.length >= 3, POLLS)
    expect(new Set(questions.slice(1))).toEqual(new Set(['monitor: poll-system-stats (no arguments)']))
  })

  it('reaches no other server by that one’s own names, and its tools by the names here under its rules', async () => {
    const servers = {
      clock: { ...clock, tools: { allow: ['*'] } },
      monitor,
      silent: { ...monitor, apps: false },
    }
    const { open, questions } = await host(servers)
    const shown = await open('clock_get-time')
    await post(shown, 1000, 'tools/call', { name: 'poll-system-stats', arguments: {} })
    await post(shown, 1001, 'tools/call', { name: 'silent_poll-system-stats', arguments: {} })
    await post(shown, 1002, 'resources/read', { uri: 'ui://system-monitor/mcp-app.html' })
    await post(shown, 1003, 'tools/call', { name: 'monitor_get-system-info', arguments: {} })
    const calls = ['poll-system-stats', 'silent_poll-system-stats', 'monitor_get-system-info']
    const posted = () => answers(shown, [...calls, 'ui://system-monitor/mcp-app.html'])
    await vi.waitUntil(() => posted().length === 4, POLLS)
    const [foreign, hidden, theirs, page] = posted()
    expect(foreign).toMatchObject({ code: -32602, message: 'Unknown tool: poll-system-stats' })
    expect(hidden).toMatchObject({ code: -32602 })
    expect(page).toMatchObject({ code: -32602 })
    expect(theirs).toHaveProperty('structuredContent')
    expect(questions).toEqual(['monitor: get-system-info (no arguments)'])
  })
})

/** As a page that means harm would, past its library. */
async function post(shown: Shown, id: number, method: string, params: object): Promise<void> {
  const message = { jsonrpc: '2.0', id, method, params }
  await shown.frame.locator('body').evaluate((_, one) => {
    const { parent } = globalThis as unknown as { parent: { postMessage(what: object, to: string): void } }
    parent.postMessage(one, '*')
  }, message)
}

/** To what was asked about these; the page asks for things of its own too. */
function answers(shown: Shown, about: readonly unknown[]): (Record<string, unknown> | undefined)[] {
  return ['tools/call', 'resources/read']
    .flatMap((method) => shown.asked(method))
    .filter(({ params }) => about.includes(params['name'] ?? params['uri']))
    .map(({ answer }) => answer)
    .filter((answer) => answer !== undefined)
}
