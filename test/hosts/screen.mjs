/** A terminal of 110 columns and 50 lines (tmux), with a person's keys and eyes. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

const SIZE = ['-x', '110', '-y', '50']
const LOOK_MS = 100

export class Screen {
  #dir = mkdtempSync(join(tmpdir(), 'sidemux-screen-'))

  constructor() {
    this.#tmux('new-session', '-d', ...SIZE, '-s', 'one', 'bash', '--norc')
  }

  /** In this terminal, with nothing of this environment. */
  run({ command, args, env, cwd }) {
    const set = { TERM: 'xterm-256color', LANG: 'C.UTF-8', SHELL: '/bin/bash', ...env }
    const line = [...Object.entries(set).map(([name, value]) => `${name}=${value}`), command, ...args]
    const file = join(this.#dir, 'run.sh')
    writeFileSync(file, `clear; cd ${quoted(cwd)}\nenv -i ${line.map(quoted).join(' ')}\n`)
    this.type(`bash ${file}`)
    this.press('Enter')
  }

  type(text) {
    this.#tmux('send-keys', '-t', 'one', '-l', text)
  }

  /** One after the other, at once. */
  press(...keys) {
    this.#tmux('send-keys', '-t', 'one', ...keys)
  }

  text() {
    return this.#tmux('capture-pane', '-p', '-t', 'one').trimEnd()
  }

  /** @throws with what stands on the screen instead */
  async until(pattern, ms = 45_000) {
    const end = Date.now() + ms
    for (;;) {
      const text = this.text()
      if (pattern.test(text)) return text
      if (Date.now() > end) throw new Error(`${pattern} did not come to the screen:\n${text}`)
      await after(LOOK_MS)
    }
  }

  close() {
    spawnSync('tmux', ['-S', join(this.#dir, 'socket'), 'kill-server'])
  }

  #tmux(...args) {
    const env = { PATH: process.env.PATH, HOME: this.#dir, TERM: 'xterm-256color', LANG: 'C.UTF-8' }
    const all = ['-S', join(this.#dir, 'socket'), '-f', '/dev/null', ...args]
    return execFileSync('tmux', all, {
      env,
      cwd: this.#dir,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

function quoted(text) {
  return `'${String(text).replaceAll("'", String.raw`'\''`)}'`
}
