/** A server on stdio, one message a line; what it calls its tools may differ on the two sides (names.mjs). */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const PATIENCE_MS = 10_000

export class Process {
  #child
  #names

  constructor({ command, args, env, names, onStderr }, onMessage) {
    this.#names = names
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr.setEncoding('utf8').on('data', onStderr)
    this.#child.stdin.on('error', () => {})
    const lines = createInterface({ input: this.#child.stdout, crlfDelay: Infinity })
    lines.on('line', (line) => onMessage(names.outwards(JSON.parse(line))))
    this.exited = new Promise((resolve) => {
      this.#child.once('close', resolve)
    })
  }

  send(message) {
    this.#child.stdin.write(`${JSON.stringify(this.#names.inwards(message))}\n`)
  }

  async stop() {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS)
    await this.exited
    clearTimeout(timer)
  }
}
