/**
 * A person at the page, in a real browser, before a running sidecar whose host can't ask (promise 4). What ran is
 * counted by the server itself. Screenshots of what the person sees are left in a directory that is printed.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { BROWSER, emptied, startBrowser } from '../servers/chromium.mjs'
import { look } from '../dashboard/on-page.ts'
import { catcherIn, links } from './human.ts'
import {
  executions,
  host1,
  host2,
  place,
  run,
  textOf,
  toolbox,
  until,
  type Host,
  type Place,
} from './support.ts'

const TOOL = 'box_delete_thing'
const SHOTS = mkdtempSync(join(tmpdir(), 'sidemux-page-'))

interface Scene extends Place {
  readonly host: Host
  readonly log: string
}

describe.skipIf(BROWSER === undefined)('the page of a running sidecar', () => {
  let browser: Browser
  let tab: Page

  beforeAll(async () => {
    browser = await startBrowser()
    tab = await browser.newPage()
  })
  afterAll(async () => {
    await browser.close()
    process.stdout.write(`screenshots: ${SHOTS}\n`)
  })

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
  async function arrive(where: Place): Promise<Page> {
    await until(() => links(where).length > 0, 'the page is opened')
    onTestFinished(() => emptied(tab))
    await look(tab, {})
    await tab.goto(links(where).at(-1) ?? '')
    return tab
  }

  /** Waits, in the browser, until it may be pressed: what can't be yet is `aria-disabled`. */
  async function press(page: Page | Locator, name: string): Promise<void> {
    await page.getByRole('button', { name, exact: true }).first().click()
  }

  const ran = ({ log }: Scene): unknown[] => executions(log).map(({ args }) => args['id'])

  it('shows what will run, takes a yes, and the waiting call runs once', async () => {
    const where = await scene('wait: 30s')
    const call = where.host.call(TOOL, { id: 'report.txt' })
    const page = await arrive(where)
    expect(new URL(page.url()).pathname).toBe('/')
    const card = page.getByRole('article', { name: 'box / delete_thing' })
    for (const words of ['Destructive', 'Which rule asks', 'report.txt', 'The server says (unchecked)'])
      await card.getByText(words).and(page.locator(':visible')).first().waitFor()
    expect(await page.title()).toBe('(1) sidemux')
    await press(page, 'Approve once')
    expect(textOf(await call)).toBe('deleted report.txt')
    await page.getByText('Approved once. The call was let through.').last().waitFor()
    expect(ran(where)).toEqual(['report.txt'])
  })

  it('takes a yes after the host gave up; the identical call runs once, the next one asks again', async () => {
    const where = await scene('wait: 500ms')
    const first = await where.host.call(TOOL, { id: 'a' })
    expect(first['isError']).toBe(true)
    const page = await arrive(where)
    await page.getByText('The host stopped waiting.').waitFor()
    await press(page, 'Approve once')
    await page.getByText('Approved, and not used yet.').waitFor()
    expect(ran(where)).toEqual([])
    expect(textOf(await where.host.call(TOOL, { id: 'a' }))).toBe('deleted a')
    expect((await where.host.call(TOOL, { id: 'a' }))['isError']).toBe(true)
    expect(ran(where)).toEqual(['a'])
  })

  it('takes a yes back', async () => {
    const where = await scene('wait: 500ms')
    await where.host.call(TOOL, { id: 'a' })
    const page = await arrive(where)
    await press(page, 'Approve once')
    await press(page, 'Take it back')
    await page.getByText('Denied. It was not run.').last().waitFor()
    expect((await where.host.call(TOOL, { id: 'a' }))['isError']).toBe(true)
    expect(ran(where)).toEqual([])
  })

  it('takes a no, and nothing runs', async () => {
    const where = await scene('wait: 30s')
    const call = where.host.call(TOOL, { id: 'a' })
    await press(await arrive(where), 'Deny')
    expect((await call)['isError']).toBe(true)
    expect(ran(where)).toEqual([])
  })

  it('lets a question expire, and nothing runs', async () => {
    const where = await scene('wait: 1s, expire: 3s')
    const first = where.host.call(TOOL, { id: 'a' })
    const page = await arrive(where)
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

  it('decides two at once, each as it was decided', async () => {
    const where = await scene('wait: 30s')
    const [keep, gone] = [where.host.call(TOOL, { id: 'keep' }), where.host.call(TOOL, { id: 'gone' })]
    const page = await arrive(where)
    await page.getByRole('heading', { name: '2 questions wait for you' }).waitFor()
    await press(page.getByRole('article').filter({ hasText: 'keep' }), 'Deny')
    expect((await keep)['isError']).toBe(true)
    await press(page, 'Approve once')
    expect(textOf(await gone)).toBe('deleted gone')
    expect(ran(where)).toEqual(['gone'])
  })

  it('approves two together after both were on the screen', async () => {
    const where = await scene('wait: 30s')
    const calls = [where.host.call(TOOL, { id: 'a' }), where.host.call(TOOL, { id: 'b' })]
    const page = await arrive(where)
    await page.getByRole('heading', { name: '2 questions wait for you' }).waitFor()
    await press(page, 'Approve all 2 once…')
    await page.getByText('End of the list', { exact: true }).scrollIntoViewIfNeeded()
    await press(page, 'Approve all 2 once')
    expect((await Promise.all(calls)).map(textOf)).toEqual(['deleted a', 'deleted b'])
    expect(ran(where)).toHaveLength(2)
    expect(ran(where)).toEqual(expect.arrayContaining(['a', 'b']))
  })

  it('remembers what the sentence says, shows it, and forgets it again', async () => {
    const where = await scene('wait: 30s')
    const call = where.host.call(TOOL, { id: 'a' })
    const page = await arrive(where)
    await press(page, 'Always allow…')
    await page.getByLabel('How often').selectOption('5 times')
    await press(page, 'Approve and always allow this')
    expect(textOf(await call)).toBe('deleted a')
    await page.getByText(/box \/ delete_thing with id = "a", until .*, [45] times more/).waitFor()
    expect(textOf(await where.host.call(TOOL, { id: 'a' }))).toBe('deleted a')
    const other = where.host.call(TOOL, { id: 'b' })
    await press(page, 'Deny')
    expect((await other)['isError']).toBe(true)
    await page.getByRole('button', { name: 'Revoke box / delete_thing' }).click()
    await page.getByText('Always allowed').waitFor({ state: 'hidden' })
    const again = where.host.call(TOOL, { id: 'a' })
    await press(page, 'Deny')
    expect((await again)['isError']).toBe(true)
    expect(ran(where)).toEqual(['a', 'a'])
  })

  it('is void when its link is opened again: says so, and what it had approved does not run', async () => {
    const where = await scene('wait: 500ms')
    await where.host.call(TOOL, { id: 'a' })
    const page = await arrive(where)
    await press(page, 'Approve once')
    await page.getByText('Approved, and not used yet.').waitFor()
    const thief = await browser.newContext()
    onTestFinished(() => thief.close())
    await (await thief.newPage()).goto(links(where)[0] ?? '')
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
    const page = await arrive(where)
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
    await press(await arrive(where), 'Deny')
    expect((await Promise.all(calls)).map((result) => result['isError'])).toEqual([true, true])
    expect(ran(where)).toEqual([])
  })

  it('says that the sidecar is gone', async () => {
    const where = await scene('wait: 500ms')
    await where.host.call(TOOL, { id: 'a' })
    const page = await arrive(where)
    await page.getByText('One question waits for you').waitFor()
    await where.host.close()
    await page.getByRole('heading', { name: 'No connection to sidemux' }).waitFor()
    const free = page.locator('button[aria-disabled=false]:visible')
    await expect.poll(() => free.count()).toBe(0)
  })

  it('looks right on a desk and in a hand, by day and by night', async () => {
    const where = await scene('wait: 60s')
    const id = '/home/me/projects/../.ssh/id_ed25519'
    const calls = [where.host.call(TOOL, { id })]
    const page = await arrive(where)
    for (const name of ['one', 'two', 'none']) {
      if (name === 'two') calls.push(where.host.call(TOOL, { id: 'notes.txt' }))
      if (name === 'none') {
        await press(page, 'Deny all 2')
        await Promise.all(calls)
      }
      const title = {
        one: 'One question waits for you',
        two: '2 questions wait for you',
        none: 'Nothing waits for you',
      }[name]
      await page.getByRole('heading', { name: title ?? '' }).waitFor()
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [1280, 390]) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
          await page.setViewportSize({ width, height: 844 })
          await page.waitForTimeout(700)
          await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`) })
          const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
          expect(await page.evaluate(wide)).toBe(0)
        }
      }
    }
    expect(ran(where)).toEqual([])
  })
})
