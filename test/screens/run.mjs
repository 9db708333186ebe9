/**
 * Screenshots of the page, in both widths and both colour schemes: `npm run screens -- DIR`. Each is what is in the
 * window; where there is more, a second one shows the page's end.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BROWSER, NO_BROWSER, startBrowser } from '../servers/chromium.mjs'
import { startPage } from '../servers/page.mjs'
import { scenes } from './scenes.mjs'

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]
/** Longer than the buttons stay deaf after something moved. */
const SETTLED_MS = 700

const [folder] = process.argv.slice(2)
if (folder === undefined) fail('say where to: npm run screens -- DIR')
if (BROWSER === undefined) fail(NO_BROWSER)
mkdirSync(folder, { recursive: true })
const door = await startPage()
const browser = await startBrowser()
try {
  for (const [name, state] of Object.entries(scenes))
    for (const viewport of SIZES)
      for (const colorScheme of ['light', 'dark']) await shoot(name, state, viewport, colorScheme)
} finally {
  await browser.close()
  await door.close()
}

async function shoot(name, state, viewport, colorScheme) {
  door.state = state
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' })
  const to = (end) => join(folder, `${name}-${viewport.width}-${colorScheme}${end}.png`)
  await page.goto(door.url)
  await page.locator('article').first().waitFor()
  await page.waitForTimeout(SETTLED_MS)
  if (name === 'grant') {
    await page.getByRole('button', { name: 'Always allow…' }).click()
    await page.waitForTimeout(SETTLED_MS)
  }
  await page.screenshot({ path: to('') })
  const hasMore = await page.evaluate(
    'document.documentElement.scrollHeight > innerHeight + 8 && (scrollTo(0, 1e6), true)',
  )
  if (hasMore) {
    await page.waitForTimeout(SETTLED_MS)
    await page.screenshot({ path: to('-end') })
  }
  await page.close()
}

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}
