/** The page in a real browser, before a door of cardboard: how a test of it begins, and what it looks at. */
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished } from 'vitest'
import type { LocalState, PageState } from '../../src/dashboard/page-wire.ts'
import { emptied, startBrowser } from '../servers/chromium.mjs'
import { startPage, type CardboardDoor } from '../servers/page.mjs'
import { state } from './questions.ts'

/** On a page's own clock: some frames, in which it shows what moved. Its buttons are deaf for much longer. */
export const FRAMES_MS = 100

/** How a person looks at the page; it can be changed while the page is open. */
export interface Look {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  readonly forcedColors?: 'active' | 'none'
}

const USUAL = {
  viewport: { width: 1280, height: 720 },
  colorScheme: 'light',
  forcedColors: 'none',
} as const

/**
 * A browser and a tab in it for all tests of a `describe`, and a door for each. Another tab costs three times what
 * another page in the same tab does, most of it for a window that nobody sees.
 */
export class OnPage {
  #browser: Browser | undefined
  #tab: Page | undefined
  #door: CardboardDoor | undefined
  #problems: string[] = []

  constructor() {
    beforeAll(async () => {
      this.#browser = await startBrowser()
      this.#tab = await this.#browser.newPage()
      this.#listen(this.#tab)
    })
    afterAll(() => this.#browser?.close())
    beforeEach(async () => {
      this.#problems = []
      this.#door = await startPage()
    })
    afterEach(async () => {
      if (this.#tab !== undefined) await emptied(this.#tab)
      await this.#door?.close()
      expect(this.#problems).toEqual([])
    })
  }

  get browser(): Browser {
    if (this.#browser === undefined) throw new Error('there is no browser')
    return this.#browser
  }

  get door(): CardboardDoor {
    if (this.#door === undefined) throw new Error('there is no door')
    return this.#door
  }

  /** Once a test: how it looks is changed by `look`. */
  async open(shown: PageState, as: Look = {}): Promise<Page> {
    if (this.#tab === undefined) throw new Error('there is no tab')
    return this.#open(this.#tab, shown, as)
  }

  /** The same with a clock of the page's own, for tests of what counts at a moment; see `still`. In a tab of its own. */
  async openWithClock(shown: PageState, as: Look = {}): Promise<Page> {
    const tab = await this.browser.newPage()
    onTestFinished(() => tab.close())
    this.#listen(tab)
    await tab.clock.install()
    return this.#open(tab, shown, as)
  }

  #listen(tab: Page): void {
    tab.on('pageerror', (error) => this.#problems.push(String(error)))
    tab.on('console', (message) => {
      if (/Content.Security|Trusted/i.test(message.text())) this.#problems.push(message.text())
    })
  }

  async #open(tab: Page, shown: PageState, as: Look): Promise<Page> {
    this.door.state = shown
    await look(tab, as)
    await tab.goto(this.door.url)
    await tab
      .getByRole('status')
      .getByText('Connected')
      .or(tab.locator('.status', { hasText: 'Connected' }))
      .first()
      .waitFor()
    return tab
  }

  show(sidecars: readonly LocalState[], changes: Partial<PageState> = {}): void {
    this.door.state = state(sidecars, changes)
    this.door.changed()
  }

  answers(): unknown[] {
    return this.door.sent.filter(({ path }) => path === '/answer').map(({ body }) => body)
  }
}

export async function look(page: Page, as: Look): Promise<void> {
  const { viewport, ...media } = { ...USUAL, ...as }
  await page.emulateMedia({ reducedMotion: 'reduce', ...media })
  await page.setViewportSize(viewport)
}

/** Waits until nothing has moved for so long that the buttons are no longer deaf, and look so. */
export async function settled(page: Page): Promise<void> {
  // A movement is told of in the next frame, and shown in the one after it.
  await page.evaluate(
    'new Promise((shown) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(shown)))))))',
  )
  await page.locator('.is-settling').first().waitFor({ state: 'detached' })
}

/**
 * Stops the page's clock when nothing moves any more. Its time and its frames go on by `page.clock.runFor()` only, until
 * `page.clock.resume()`: however slow this machine is, no time passes for the page.
 */
export async function still(page: Page): Promise<void> {
  await settled(page)
  await page.clock.pauseAt(Date.now() + 1000)
}

/** The page's own rules keep foreign scripts out, so it is run from outside, like everything else here. */
export async function findings(page: Page): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source)
  return page.evaluate(
    `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join() + ' ' + failureSummary)))`,
  )
}
