/** The browser that the system has. */
import { accessSync, constants } from 'node:fs'
import { chromium } from 'playwright-core'
import { needsThat } from './needs.mjs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const NO_BROWSER = 'there is no Chromium on this machine'
export const BROWSER = PLACES.find((place) => {
  try {
    accessSync(place, constants.X_OK)
    return true
  } catch {
    return false
  }
})
needsThat(BROWSER !== undefined, NO_BROWSER)

/** Leaves nothing in a tab of what was in it, so that the next test has it as if it were new. */
export async function emptied(tab) {
  await tab.goto('about:blank')
  await tab.mouse.move(0, 0)
  await tab.context().clearCookies()
}

export function startBrowser() {
  return chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] })
}
