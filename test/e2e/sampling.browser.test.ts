/** `sampling: confirm` before a person at a browser (promise 4); see sampling.process.test.ts. */
import { expect, it, onTestFinished } from 'vitest'
import { TOKEN } from '../attacks/relay.ts'
import { BROWSER, emptied, startBrowser } from '../servers/chromium.mjs'
import { links } from './human.ts'
import { asking, enter, HOSTS, METHOD, MODEL_SAYS, outcome, paramsOf, scene } from './sampling.ts'
import { until } from './support.ts'

it.skipIf(BROWSER === undefined)('a person reads it in a browser, and presses Approve once', async () => {
  const browser = await startBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  for (const [, era, connect] of HOSTS) {
    const where = scene(era)
    const peer = await enter(where, connect)
    const call = outcome(peer.call('box_ask', asking(era, paramsOf(`What\u200B is ${TOKEN}?`))))
    await until(() => links(where).length > 0, 'the page is opened')
    await page.goto(links(where).at(-1) ?? '')
    const card = page.getByRole('article', { name: `box / sampling ${METHOD}` })
    for (const words of ['Which rule asks', 'costs you tokens', '[redacted', 'U+200B'])
      await card.getByText(words).and(page.locator(':visible')).first().waitFor()
    expect(await card.textContent()).not.toContain(TOKEN)
    const button = card.getByRole('button', { name: 'Approve once', exact: true })
    await expect.poll(() => button.getAttribute('aria-disabled')).toBe('false')
    expect(peer.asked).toEqual([])
    await button.click()
    expect(await call).toEqual(MODEL_SAYS)
    expect(peer.asked).toHaveLength(1)
    await emptied(page)
  }
})
