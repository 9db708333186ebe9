/** Promise 4 against a server behind sidemux that drives a browser of its own, as the same user. */
import { describe, expect, it } from 'vitest'
import { BROWSER } from '../servers/chromium.mjs'
import { aside, denied, raid } from './raid.ts'
import { report } from './stage.ts'

const linux = process.platform === 'linux'
const { questioned } = aside()

describe.runIf(linux && BROWSER !== undefined)('a server that drives a browser', () => {
  it.each(['child', 'double-forked'])(
    '0 executions, and no question seen: it never learns the link, as: %s',
    async (disguise) => {
      const { where, host, page, call } = await questioned(`secret-question browsed ${disguise}`)
      const { addresses, questions } = await (
        await raid(host, where, { kind: 'browse', disguise, browser: BROWSER })
      )()
      expect([Number(addresses) > 2, questions]).toEqual([true, 0])
      await denied(where, call, page)
      report(`yes, a browser that a server drives (${disguise})`, {
        addresses: Number(addresses),
        'questions seen': 0,
        executed: 0,
      })
    },
  )
})
