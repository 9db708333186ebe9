/**
 * The browser that the system has. Most tests want no window, and the one without any costs a third less of the processor; who
 * shows what a user's own browser does takes the whole one.
 */
import { accessSync, constants } from 'node:fs'
import { chromium } from 'playwright-core'
import { needsThat } from './needs.mjs'

const WHOLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const PLACES = ['/usr/bin/chromium-headless-shell', ...WHOLE]

export const NO_BROWSER = 'there is no Chromium on this machine'
export const BROWSER = PLACES.find(isThere)
export const WHOLE_BROWSER = WHOLE.find(isThere)
needsThat(BROWSER !== undefined, NO_BROWSER)

/** Leaves nothing in a tab of what was in it, so that the next test has it as if it were new. */
export async function emptied(tab) {
  await tab.goto('about:blank')
  await tab.mouse.move(0, 0)
  await tab.context().clearCookies()
}

export function startBrowser(executablePath = BROWSER) {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

function isThere(place) {
  try {
    accessSync(place, constants.X_OK)
    return true
  } catch {
    return false
  }
}
