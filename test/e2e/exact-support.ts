/** A host that sees the bytes: lines as they came, and requests as they are written. */
import { spawn, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { atEnd, place, SIDEMUX, type Place } from './support.ts'

const EXACT = resolve(import.meta.dirname, '../servers/exact.mjs')

export function exactServer(env: Record<string, string> = {}, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ command: 'node', args: [EXACT], env, tools: { allow: ['*'] }, ...more })
}

export const ERAS = ['2025-06-18', '2026-07-28'] as const
export type EraName = (typeof ERAS)[number]

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

export class LineHost {
  readonly process: ChildProcess
  readonly where: Place
  readonly #era: EraName
  readonly #waiting = new Map<string, (line: string) => void>()
  readonly lines: string[] = []
  #rest = ''
  #next = 0

  private constructor(where: Place, era: EraName, env: Record<string, string>) {
    this.where = where
    this.#era = era
    this.process = spawn(process.execPath, [...SIDEMUX, 'serve', '--config', where.config], {
      env: { ...where.env, ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.process.stdin?.on('error', () => {})
    this.process.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#rest += chunk
      if (!chunk.includes('\n')) return
      const lines = this.#rest.split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) this.#take(line)
    })
    atEnd(() => {
      this.process.kill('SIGKILL')
    })
  }

  static async open(
    servers: string,
    era: EraName,
    more = '',
    env: Record<string, string> = {},
    capabilities = {},
  ): Promise<LineHost> {
    const where = place(
      `version: 1\nservers:\n${servers}\n${more}defaults: { rateLimit: 1000000/second, listWait: 50s }\n`,
    )
    const host = new LineHost(where, era, env)
    if (era === '2025-06-18') {
      const clientInfo = { name: 'lines', version: '1' }
      await host.request('initialize', JSON.stringify({ protocolVersion: era, capabilities, clientInfo }))
      host.send('{"jsonrpc":"2.0","method":"notifications/initialized"}')
    }
    await host.request('tools/list', '{}')
    return host
  }

  send(line: string): void {
    this.process.stdin?.write(`${line}\n`)
  }

  /** The line of the answer to a request with these params, which are JSON. */
  async request(method: string, params: string): Promise<string> {
    this.#next += 1
    const id = `e${this.#next}`
    const line = new Promise<string>((resolveLine) => this.#waiting.set(id, resolveLine))
    this.send(this.lineOf(JSON.stringify(id), method, params))
    return line
  }

  /** The line of a request with this id and these params, which are both JSON. */
  lineOf(id: string, method: string, params: string): string {
    const meta = this.#era === '2026-07-28' ? `"_meta":${JSON.stringify(META)}` : ''
    const inside = [params.slice(1, -1), meta].filter((part) => part !== '').join(',')
    return `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{${inside}}}`
  }

  async call(name: string, args: string): Promise<string> {
    return this.request('tools/call', `{"name":${JSON.stringify(name)},"arguments":${args}}`)
  }

  /** What the server is told to say is a text in the arguments, so that it arrives there as it is. */
  async told(tool: 'result' | 'error' | 'notice', json: string): Promise<string> {
    return this.call(`x_${tool}`, JSON.stringify({ json }))
  }

  /** The line that the server got for a call with these arguments. */
  async heard(args: string, tool = 'x_line'): Promise<string> {
    const answer = await this.call(tool, args)
    const { result, error } = JSON.parse(answer) as {
      result?: { content: { text: string }[] }
      error?: { message: string }
    }
    return result?.content[0]?.text ?? error?.message ?? answer
  }

  #take(line: string): void {
    this.lines.push(line)
    const id = /"id":"(e\d+)"/.exec(line.slice(0, 60))?.[1] ?? /"id":"(e\d+)"\}$/.exec(line.slice(-40))?.[1]
    if (id === undefined) return
    this.#waiting.get(id)?.(line)
    this.#waiting.delete(id)
  }
}
