/** What a human says yes to is what runs (promise 4): the page shows numbers with the digits that they were sent with. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Browser } from 'playwright-core'
import { parseExactly } from '../../src/dashboard/page/values/exact.ts'
import { parseJson } from '../../src/json/parse.ts'
import { writeJson } from '../../src/json/write.ts'
import { BROWSER, startBrowser } from '../servers/chromium.mjs'
import { startPage } from '../servers/page.mjs'
import { pending, sidecar, state } from './questions.ts'

const DIGITS = ['9007199254740993', '-0', '1e400', '0.1000000000000000055511151231257827', '12']

describe.skipIf(BROWSER === undefined)('in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  it.each(DIGITS)('%s is shown so, alone and inside', async (digits) => {
    const door = await startPage()
    onTestFinished(() => door.close())
    const args = parseJson(`{"alone":${digits},"inside":{"list":[${digits}],"text":"several\\nlines"}}`)
    door.text = writeJson(state([sidecar([pending({ args: args as Record<string, unknown> })])]))
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(door.url)
    await page.getByText(digits, { exact: true }).filter({ visible: true }).first().waitFor()
    const shown = await page.locator('main, body').first().innerText()
    expect(shown).toContain(digits)
    expect(shown).not.toContain('rawJSON')
    for (const rounded of ['9007199254740992', '1.797', 'Infinity']) expect(shown).not.toContain(rounded)
  })
})

describe('in a browser that does not tell digits, as this Node does not', () => {
  it('says so instead of showing others', () => {
    const value = parseExactly('{"a":9007199254740993,"b":12,"c":0.5,"d":-3,"e":1e400}') as Record<
      string,
      unknown
    >
    expect(value).toMatchObject({ b: 12, c: 0.5, d: -3 })
    for (const name of ['a', 'e']) expect(value[name]).toMatch(/may round/)
  })
})
