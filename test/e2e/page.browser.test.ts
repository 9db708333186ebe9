/**
 * A person at the page, in a real browser, before a running sidecar whose host can't ask (promise 4). What ran is
 * counted by the server itself. What it looks like, in both widths and colours, is shown in test/dashboard.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { BROWSER, emptied, startBrowser } from '../servers/chromium.mjs'
import { catcherIn, links, sendFromHere } from './human.ts'
import {
  atEnd,
  executions,
  host1,
  host2,
  place,
  run,
  shared,
  textOf,
  toolbox,
  until,
  type Host,
  type Place,
} from './support.ts'

const TOOL = 'box_delete_thing'

interface Scene extends Place {
  readonly host: Host
  readonly log: string
}

describe.skipIf(BROWSER === undefined)('the page of a running sidecar', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  async function scene(approvals: string): Promise<Scene> {
    const where = place('')
    const log = join(where.out, 'executions.jsonl')
    writeFileSync(
      where.config,
      `version: 1
servers:
  box: ${toolbox({ env: { TOOLBOX_LOG: log } })}
approvals: { browser: ${catcherIn(where.dir)}, ${approvals} }
`,
    )
    return { ...where, log, host: await host2(where, 'legacy') }
  }

  /** Does what the user's browser does with the link. */
  async function arrive(where: Place, page: Page): Promise<Page> {
    await until(() => links(where).length > 0, 'the page is opened')
    await page.goto(links(where).at(-1) ?? '')
    return page
  }

  /** A sidecar and a page of it that stays open, for tests that call with ids of their own. */
  async function open(approvals: string): Promise<{ where: Scene; page: Page }> {
    const where = await scene(approvals)
    const page = await browser.newPage()
    atEnd(() => page.close())
    const call = where.host.call(TOOL, { id: 'which opens the page' })
    await press(await arrive(where, page), 'Deny')
    await call
    return { where, page }
  }

  async function press(page: Page | Locator, name: string): Promise<void> {
    const button = page.getByRole('button', { name, exact: true }).first()
    await expect.poll(() => button.getAttribute('aria-disabled')).toBe('false')
    await button.click()
  }

  /** The ids that were called with, of all or of those that begin so. */
  const ran = ({ log }: Scene, begin = ''): string[] =>
    executions(log)
      .map(({ args }) => String(args['id']))
      .filter((id) => id.startsWith(begin))

  describe('while the call waits', () => {
    const opened = shared(() => open('wait: 30s'))

    it('shows what will run, takes a yes, and the call runs once', async () => {
      const { where, page } = await opened()
      const call = where.host.call(TOOL, { id: 'report.txt' })
      expect(new URL(page.url()).pathname).toBe('/')
      const card = page.getByRole('article', { name: 'box / delete_thing' })
      for (const words of ['Destructive', 'Which rule asks', 'report.txt', 'The server says (unchecked)'])
        await card.getByText(words).and(page.locator(':visible')).first().waitFor()
      expect(await page.title()).toBe('(1) sidemux')
      await press(page, 'Approve once')
      expect(textOf(await call)).toBe('deleted report.txt')
      const over = page.getByRole('listitem').filter({ hasText: 'report.txt' })
      await over.filter({ hasText: 'Approved once. The call was let through.' }).waitFor()
      expect(ran(where, 'report')).toEqual(['report.txt'])
    })

    it('takes a no, and nothing runs', async () => {
      const { where, page } = await opened()
      const call = where.host.call(TOOL, { id: 'no' })
      await press(page, 'Deny')
      expect((await call)['isError']).toBe(true)
      expect(ran(where, 'no')).toEqual([])
    })

    it('decides two at once, each as it was decided', async () => {
      const { where, page } = await opened()
      const [keep, gone] = ['two-keep', 'two-gone'].map((id) => where.host.call(TOOL, { id }))
      await page.getByRole('heading', { name: '2 questions wait for you' }).waitFor()
      await press(page.getByRole('article').filter({ hasText: 'two-keep' }), 'Deny')
      expect((await keep)?.['isError']).toBe(true)
      await press(page, 'Approve once')
      expect(textOf((await gone) ?? {})).toBe('deleted two-gone')
      expect(ran(where, 'two')).toEqual(['two-gone'])
    })

    it('approves two together after both were on the screen', async () => {
      const { where, page } = await opened()
      const calls = ['both-a', 'both-b'].map((id) => where.host.call(TOOL, { id }))
      await page.getByRole('heading', { name: '2 questions wait for you' }).waitFor()
      await press(page, 'Approve all 2 once…')
      await page.getByText('End of the list', { exact: true }).scrollIntoViewIfNeeded()
      await press(page, 'Approve all 2 once')
      expect((await Promise.all(calls)).map(textOf)).toEqual(['deleted both-a', 'deleted both-b'])
      expect(ran(where, 'both').toSorted()).toEqual(['both-a', 'both-b'])
    })

    it('remembers what the sentence says, shows it, and forgets it again', async () => {
      const { where, page } = await opened()
      const call = where.host.call(TOOL, { id: 'kept-a' })
      await press(page, 'Always allow…')
      await page.getByLabel('How often').selectOption('5 times')
      await press(page, 'Approve and always allow this')
      expect(textOf(await call)).toBe('deleted kept-a')
      await page.getByText(/box \/ delete_thing with id = "kept-a", until .*, [45] times more/).waitFor()
      expect(textOf(await where.host.call(TOOL, { id: 'kept-a' }))).toBe('deleted kept-a')
      const other = where.host.call(TOOL, { id: 'kept-b' })
      await press(page, 'Deny')
      expect((await other)['isError']).toBe(true)
      await page.getByRole('button', { name: 'Revoke box / delete_thing' }).click()
      await page.getByText('Always allowed').waitFor({ state: 'hidden' })
      const again = where.host.call(TOOL, { id: 'kept-a' })
      await press(page, 'Deny')
      expect((await again)['isError']).toBe(true)
      expect(ran(where, 'kept')).toEqual(['kept-a', 'kept-a'])
    })
  })

  describe('after the host gave up', () => {
    const opened = shared(() => open('wait: 500ms'))

    it('takes a yes; the identical call runs once, the next one asks again', async () => {
      const { where, page } = await opened()
      const first = await where.host.call(TOOL, { id: 'late' })
      expect(first['isError']).toBe(true)
      await page.getByText('The host stopped waiting.').waitFor()
      await press(page, 'Approve once')
      await page.getByText('Approved, and not used yet.').waitFor()
      expect(ran(where, 'late')).toEqual([])
      expect(textOf(await where.host.call(TOOL, { id: 'late' }))).toBe('deleted late')
      expect((await where.host.call(TOOL, { id: 'late' }))['isError']).toBe(true)
      expect(ran(where, 'late')).toEqual(['late'])
      // The next test begins with nothing to decide.
      await press(page, 'Deny')
      await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
    })

    it('takes a yes back', async () => {
      const { where, page } = await opened()
      await where.host.call(TOOL, { id: 'back' })
      await press(page, 'Approve once')
      await press(page, 'Take it back')
      const over = page.getByRole('listitem').filter({ hasText: 'back' })
      await over.filter({ hasText: 'Denied. It was not run.' }).waitFor()
      expect((await where.host.call(TOOL, { id: 'back' }))['isError']).toBe(true)
      expect(ran(where, 'back')).toEqual([])
    })
  })

  describe('of its own', () => {
    let tab: Page
    beforeAll(async () => {
      tab = await browser.newPage()
    })
    afterEach(() => emptied(tab))

    it('lets a question expire, and nothing runs', async () => {
      const where = await scene('wait: 1s, expire: 3s')
      const first = where.host.call(TOOL, { id: 'a' })
      const page = await arrive(where, tab)
      expect((await first)['isError']).toBe(true)
      // The first one may have expired while the browser started; this one does so before its eyes.
      const second = where.host.call(TOOL, { id: 'the-second' })
      const over = page
        .getByRole('listitem')
        .filter({ hasText: 'Expired before anybody decided. It was not run.' })
      await over.filter({ hasText: 'the-second' }).waitFor()
      await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
      expect((await second)['isError']).toBe(true)
      expect(ran(where)).toEqual([])
    })

    it('is void when its link is opened again: says so, and what it had approved does not run', async () => {
      const where = await scene('wait: 500ms')
      await where.host.call(TOOL, { id: 'a' })
      const page = await arrive(where, tab)
      await press(page, 'Approve once')
      await page.getByText('Approved, and not used yet.').waitFor()
      await sendFromHere({ method: 'GET', url: new URL(links(where)[0] ?? ''), headers: {} })
      await page.getByRole('heading', { name: 'This page was closed for your safety' }).waitFor()
      expect((await where.host.call(TOOL, { id: 'a' }))['isError']).toBe(true)
      expect(ran(where)).toEqual([])
      const { stdout } = await run(where, ['audit', 'show', '--json'])
      expect(stdout).toContain('session-voided')
    })

    it('shows the questions of another sidecar too, and says who asks', async () => {
      const where = await scene('wait: 30s')
      const other = await host1(where)
      const calls = [where.host.call(TOOL, { id: 'a' })]
      const page = await arrive(where, tab)
      await page.getByText('One question waits for you').waitFor()
      calls.push(other.call(TOOL, { id: 'b' }))
      await page.getByRole('heading', { name: '2 questions wait for you' }).waitFor()
      await page.getByText('Asked by').first().waitFor()
      expect(links(where)).toHaveLength(1)
      // Both sidecars have this test for a host application, so neither takes the other's word: no button for it, but why and where.
      await page.getByText('It is decided on its own page.').waitFor({ state: 'attached' })
      expect(await page.getByRole('group', { name: 'Decide all of these' }).isVisible()).toBe(false)
      await press(page, 'Deny')
      await page.getByRole('heading', { name: 'One question waits for you' }).waitFor()
      expect(await page.getByRole('button', { name: 'Deny' }).count()).toBe(0)
      await page.getByRole('button', { name: 'Open that page' }).click()
      await until(() => links(where).length === 2, 'the other sidecar opens its page')
      await press(await arrive(where, tab), 'Deny')
      expect((await Promise.all(calls)).map((result) => result['isError'])).toEqual([true, true])
      expect(ran(where)).toEqual([])
    })

    it('says that the sidecar is gone', async () => {
      const where = await scene('wait: 500ms')
      await where.host.call(TOOL, { id: 'a' })
      const page = await arrive(where, tab)
      await page.getByText('One question waits for you').waitFor()
      await where.host.close()
      await page.getByRole('heading', { name: 'No connection to sidemux' }).waitFor()
      const free = page.locator('button[aria-disabled=false]:visible')
      await expect.poll(() => free.count()).toBe(0)
    })
  })
})
