/** What a human says yes to is what runs (promise 4): the page shows numbers with the digits that they were sent with. */
import { describe, expect, it } from 'vitest'
import { parseExactly } from '../../src/dashboard/page/values/exact.ts'
import { parseJson } from '../../src/json/parse.ts'
import { writeJson } from '../../src/json/write.ts'
import { BROWSER } from '../servers/chromium.mjs'
import { OnPage } from './on-page.ts'
import { pending, sidecar, state } from './questions.ts'

const DIGITS = ['9007199254740993', '-0', '1e400', '0.1000000000000000055511151231257827', '12']

describe.skipIf(BROWSER === undefined)('in Chromium', () => {
  const on = new OnPage()

  it.each(DIGITS)('%s is shown so, alone and inside', async (digits) => {
    const args = parseJson(`{"alone":${digits},"inside":{"list":[${digits}],"text":"several\\nlines"}}`)
    const shown = state([sidecar([pending({ args: args as Record<string, unknown> })])])
    on.door.text = writeJson(shown)
    const page = await on.open(shown)
    await page.getByText(digits, { exact: true }).filter({ visible: true }).first().waitFor()
    const words = await page.locator('main, body').first().innerText()
    expect(words).toContain(digits)
    expect(words).not.toContain('rawJSON')
    for (const rounded of ['9007199254740992', '1.797', 'Infinity']) expect(words).not.toContain(rounded)
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
