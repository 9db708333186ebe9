/** The page in a real browser, before a door of cardboard: how a test of it begins, and what it looks at. */
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished } from 'vitest'
import type { LocalState, PageState } from '../../src/dashboard/page-wire.ts'
import { startBrowser } from '../servers/chromium.mjs'
import { startPage, type CardboardDoor } from '../servers/page.mjs'
import { state } from './questions.ts'

/** On a page's own clock: some frames, in which it shows what moved. Its buttons are deaf for much longer. */
export const FRAMES_MS = 100

/** A browser for all tests of a `describe`, and a door for each. */
export class OnPage {
  #browser: Browser | undefined
  #door: CardboardDoor | undefined

  constructor() {
    beforeAll(async () => {
      this.#browser = await startBrowser()
    })
    afterAll(() => this.#browser?.close())
    beforeEach(async () => {
      this.#door = await startPage()
    })
    afterEach(() => this.#door?.close())
  }

  get browser(): Browser {
    if (this.#browser === undefined) throw new Error('there is no browser')
    return this.#browser
  }

  get door(): CardboardDoor {
    if (this.#door === undefined) throw new Error('there is no door')
    return this.#door
  }

  async open(shown: PageState, options: BrowserContextOptions = {}): Promise<Page> {
    return this.#open(shown, options)
  }

  /** The same with a clock of the page's own, for tests of what counts at a moment; see `still`. */
  async openWithClock(shown: PageState, options: BrowserContextOptions = {}): Promise<Page> {
    return this.#open(shown, options, (page) => page.clock.install())
  }

  async #open(
    shown: PageState,
    options: BrowserContextOptions,
    before?: (page: Page) => Promise<void>,
  ): Promise<Page> {
    this.door.state = shown
    const page = await this.browser.newPage({ reducedMotion: 'reduce', ...options })
    onTestFinished(() => page.close())
    await before?.(page)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      if (/Content.Security|Trusted/i.test(message.text())) problems.push(message.text())
    })
    onTestFinished(() => expect(problems).toEqual([]))
    await page.goto(this.door.url)
    await page
      .getByRole('status')
      .getByText('Connected')
      .or(page.locator('.status', { hasText: 'Connected' }))
      .first()
      .waitFor()
    return page
  }

  show(sidecars: readonly LocalState[], changes: Partial<PageState> = {}): void {
    this.door.state = state(sidecars, changes)
    this.door.changed()
  }

  answers(): unknown[] {
    return this.door.sent.filter(({ path }) => path === '/answer').map(({ body }) => body)
  }
}

/** Waits until nothing has moved for so long that the buttons are no longer deaf, and look so. */
export async function settled(page: Page): Promise<void> {
  // A movement is told of in the next frame, and shown in the one after it.
  for (let frames = 0; frames < 3; frames += 1)
    await page.evaluate('new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)))')
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
  await page.evaluate(axe.source)
  return page.evaluate(
    `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join() + ' ' + failureSummary)))`,
  )
}
