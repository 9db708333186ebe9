/** Where a native dialog is shown: the user's screen, found without starting anything, and lines that fit a window. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  sessionEnvironment,
  type SessionSources,
} from '../../../src/approval/channels/desktop/session-env.ts'
import { wrap } from '../../../src/approval/wrap.ts'
import { scratch } from './dialogs.ts'

describe('long lines', () => {
  it('are broken where they end, and what is broken off is set in', () => {
    expect(wrap('server: a\n    "x": "1234567890"', 14)).toEqual([
      'server: a',
      '    "x": "1234',
      '        567890',
      '        "',
    ])
    expect(wrap('短短短短', 6)).toEqual(['短短短', '    短'])
  })
})

describe("the user's screen", () => {
  function tree(): SessionSources {
    const proc = scratch()
    const add = (pid: number, parent: number, env: string): void => {
      mkdirSync(join(proc, String(pid)))
      writeFileSync(join(proc, String(pid), 'stat'), `${pid} (a) b (c) S ${parent} 1 1`)
      writeFileSync(join(proc, String(pid), 'environ'), env)
    }
    add(30, 20, 'PATH=/x\0HOME=/h\0')
    add(20, 10, 'DISPLAY=:7\0XAUTHORITY=/a\0GITHUB_TOKEN=t\0')
    add(10, 1, 'DISPLAY=:8\0WAYLAND_DISPLAY=wayland-8\0')
    return {
      platform: 'linux',
      pid: 30,
      uid: process.getuid?.() ?? 0,
      proc,
      runtimeDirs: scratch(),
      x11Sockets: scratch(),
    }
  }

  it('is the one of the environment, where it names one', () => {
    expect(sessionEnvironment({ DISPLAY: ':1', HOME: '/h' }, tree())).toMatchObject({
      DISPLAY: ':1',
      HOME: '/h',
    })
  })

  it('is else the one of the nearest process above, and nothing else is taken from there', () => {
    expect(sessionEnvironment({ HOME: '/h', LANG: 'de_DE.UTF-8' }, tree())).toEqual({
      HOME: '/h',
      LANG: 'de_DE.UTF-8',
      PATH: expect.any(String) as string,
      DISPLAY: ':7',
      XAUTHORITY: '/a',
    })
  })

  it("is else a display of this user, never another user's, who would see the question and answer it", async () => {
    const alone = { ...tree(), proc: '/nowhere' }
    const server = createServer().listen(join(alone.x11Sockets, 'X3'))
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    expect(sessionEnvironment({}, alone)).toMatchObject({ DISPLAY: ':3' })
    expect(sessionEnvironment({}, { ...alone, uid: alone.uid + 1 })).not.toHaveProperty('DISPLAY')
  })
})
