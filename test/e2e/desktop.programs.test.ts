/** Promise 4 in a native dialog: a sidecar whose channels name `desktop`, a real zenity, and keys. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDisplay } from '../servers/display.ts'
import { needs } from '../servers/needs.mjs'
import { executions, host1, place, textOf, toolbox, until } from './support.ts'

describe.runIf(needs('/usr/bin/zenity', 'Xvfb', 'xdotool'))('channels: [desktop]', () => {
  async function scene() {
    const log = join(place('').out, 'executions.jsonl')
    const where = place(
      `version: 1\napprovals: { channels: [desktop], wait: 30s }\nservers:\n  box: ${toolbox({ env: { TOOLBOX_LOG: log } })}\n`,
    )
    const { name: screen, close } = await openDisplay()
    onTestFinished(close)
    const xdo = (...args: string[]): string =>
      spawnSync('xdotool', args, { env: { ...process.env, DISPLAY: screen }, encoding: 'utf8' }).stdout.trim()
    const windows = (): string => xdo('search', '--onlyvisible', '--name', '^sidemux asks')
    const host = await host1(where, { env: { DISPLAY: screen } })
    const press = async (...keys: string[]): Promise<void> => {
      await until(() => windows() !== '', 'the dialog')
      await sleep(1500)
      for (const key of keys) xdo('key', key)
    }
    return { host, press, windows, ran: () => executions(log) }
  }

  it('runs once what was approved, nothing that was denied', async () => {
    const { host, press, windows, ran } = await scene()
    const approved = host.call('box_delete_thing', { id: '1' })
    await press('Tab', 'Tab', 'Tab', 'Return')
    expect(textOf(await approved)).toBe('deleted 1')
    const denied = host.call('box_delete_thing', { id: '2' })
    await press('Return')
    expect((await denied)['isError']).toBe(true)
    expect(ran()).toEqual([{ name: 'delete_thing', args: { id: '1' } }])
    await until(() => windows() === '', 'the dialogs are gone')
  })

  it('shows no dialog for what does not fit into one, and runs nothing', async () => {
    const { host, windows, ran } = await scene()
    const answer = await host.call('box_delete_thing', { id: 'x'.repeat(3000) })
    expect([answer['isError'], windows(), ran()]).toEqual([true, '', []])
  })

  it('takes the dialog away when the host goes', async () => {
    const { host, windows, ran } = await scene()
    const answer = host.call('box_delete_thing', { id: '1' }).catch(() => undefined)
    await until(() => windows() !== '', 'the dialog')
    process.kill(host.pid, 'SIGKILL')
    await until(() => windows() === '', 'the dialog is gone')
    await answer
    expect(ran()).toEqual([])
  })
})
