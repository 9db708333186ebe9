/** A real browser at the real door: what it sends by itself is enough, and what it may not do it doesn't. */
import { createServer } from 'node:http'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startBrowser, WHOLE_BROWSER } from '../servers/chromium.mjs'
import { looksFrom, setUp, standIn, type Setup } from './support.ts'

const script = `
const say = (text) => { document.title = text }
document.querySelector('button').addEventListener('click', async () => {
  const { sidecars: [{ sidecar, pending }] } = await (await fetch('/state')).json()
  const body = JSON.stringify({ sidecar: sidecar.id, ids: [pending[0].id], answer: 'approve' })
  const headers = { 'content-type': 'application/json' }
  say((await fetch('/answer', { method: 'POST', headers, body })).status + '')
})
new EventSource('/events').addEventListener('changed', () => { document.body.dataset.live = 'yes' })
`
const ASSETS = new Map([
  [
    '/',
    {
      type: 'text/html; charset=utf-8',
      body: '<!doctype html><html lang="en"><title>asks</title><body><button>yes</button><script type="module" src="/page.js"></script>',
    },
  ],
  ['/page.js', { type: 'text/javascript; charset=utf-8', body: script }],
])

let browser: Browser | undefined
beforeAll(async () => {
  if (WHOLE_BROWSER !== undefined) browser = await startBrowser(WHOLE_BROWSER)
})
afterAll(() => browser?.close())

/** The sidecar is another process, so that the browser, which this test starts, is no child of it. */
async function scene(): Promise<Setup> {
  const sidecar = await standIn()
  return await setUp({ assets: ASSETS, looks: await looksFrom(sidecar.pid) })
}

async function openPage() {
  if (browser === undefined) throw new Error('there is no browser')
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  return await context.newPage()
}

it.runIf(WHOLE_BROWSER !== undefined)(
  'shows nothing to a browser that a child drives, even with the link (promise 4)',
  async () => {
    const { links, events } = await setUp({ assets: ASSETS })
    const page = await openPage()
    const answered = await page.goto(links[0] ?? '').catch(() => undefined)
    expect(answered?.ok() ?? false).toBe(false)
    expect(events.at(-1)).toMatchObject({ phase: 'caller-refused', door: 'page', why: 'inside' })
  },
)

it.runIf(WHOLE_BROWSER !== undefined)(
  'follows the link, is told of changes, and decides after 2 s',
  async () => {
    const { links, clock, desk, dashboard } = await scene()
    const page = await openPage()
    await page.goto(links[0] ?? '')
    expect(new URL(page.url()).pathname).toBe('/')
    await page.waitForSelector('body[data-live=yes]')
    await page.click('button')
    await expect.poll(() => page.title()).toBe('425')
    expect(desk.answers).toEqual([])
    clock.now += 2000
    await page.click('button')
    await expect.poll(() => page.title()).toBe('200')
    expect(desk.answers).toMatchObject([{ answer: { kind: 'approve' }, via: { channel: 'page' } }])
    // A reload keeps the session; the cookie is none of a script's business.
    await page.reload()
    expect([await page.title(), await page.evaluate('document.cookie')]).toEqual(['asks', ''])
    await dashboard.close()
  },
)

it.runIf(WHOLE_BROWSER !== undefined)(
  'opens the page anew by the button of an address without a secret',
  async () => {
    const { links, desk, dashboard } = await scene()
    const page = await openPage()
    await page.goto((await dashboard.address(desk.pending()[0]?.id ?? '')) ?? '')
    await page.click('button')
    await page.waitForURL('**/reopen')
    expect(await page.textContent('p')).toMatch(/^sidemux is opening its page/)
    expect(links.length).toBe(2)
  },
)

it.runIf(WHOLE_BROWSER !== undefined)(
  'lets a page of another port neither read, decide, frame nor count as ours',
  async () => {
    const { links, clock, desk, run, dashboard } = await scene()
    const page = await openPage()
    await page.goto(links[0] ?? '')
    clock.now += 3000
    const { port } = await run()
    const evil = createServer((request, response) => {
      stolen.push(request.headers.cookie ?? '')
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><title>evil</title><iframe src="http://127.0.0.1:${port}/"></iframe>`)
    })
    const stolen: string[] = []
    const at = await new Promise<number>((resolve) => {
      evil.listen(0, '127.0.0.1', () => resolve(Number(Object(evil.address()).port)))
    })
    onTestFinished(() => void evil.close())
    const other = await page.context().newPage()
    await other.goto(`http://127.0.0.1:${at}/`)
    const body = JSON.stringify({ sidecar: dashboard.id, ids: [desk.pending()[0]?.id], answer: 'approve' })
    const attempt = (init: string): Promise<unknown> =>
      other.evaluate(
        `fetch('http://127.0.0.1:${port}/answer', ${init}).then((r) => r.type + r.status, () => 'failed')`,
      )
    const shared = `method: 'POST', credentials: 'include', body: ${JSON.stringify(body)}`
    expect(await attempt(`{ ${shared}, headers: { 'content-type': 'application/json' } }`)).toBe('failed')
    expect(await attempt(`{ ${shared}, mode: 'no-cors' }`)).toBe('failed')
    expect(
      await other.evaluate(
        `fetch('http://127.0.0.1:${port}/state', { credentials: 'include' }).then(() => 1, () => 0)`,
      ),
    ).toBe(0)
    expect(other.frames().map((frame) => frame.url())).not.toContain(`http://127.0.0.1:${port}/`)
    // Browsers show a cookie to every port; without the browser's own connection it is good for nothing.
    expect(stolen.some((cookie) => cookie.startsWith('sidemux-'))).toBe(true)
    expect(desk.answers).toEqual([])
  },
)
