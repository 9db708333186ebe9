/** The browser that the system has. Where there is none, tests that need it are skipped and say why. */
import { accessSync, constants } from 'node:fs'
import { chromium } from 'playwright-core'

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
if (BROWSER === undefined) process.stderr.write(`skipped: ${NO_BROWSER}\n`)

export function startBrowser() {
  return chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] })
}
