/** A link without a process: records what is said to the server, and says for it what a test wants. */
import { writeJson } from '../../src/json/write.ts'
import type { JsonObject } from '../../src/json/record.ts'
import { GONE, type RequestEnd, type Progress, type Waiter } from '../../src/upstream/link/request-end.ts'
import { BaseLink, type LinkOptions } from '../../src/upstream/link/base-link.ts'
import type { LinkHooks } from '../../src/upstream/link/link.ts'
import type { Frame, LargeLine } from '../../src/wire/framing.ts'
import type { Id } from '../../src/wire/ids.ts'
import type { RpcResponse } from '../../src/wire/message.ts'

type Message = Readonly<Record<string, unknown>>

/** What is said in reply to a message, each by itself; `end`: the server goes away. */
export type Script = (message: Message) => readonly object[] | 'end' | undefined

export class ScriptedLink extends BaseLink {
  readonly exit = undefined
  readonly endedByItself = false
  readonly pid: number | null
  readonly lines: Message[] = []
  readonly bad: string[] = []
  queued = 0
  readonly #script: Script

  constructor(
    script: Script = () => undefined,
    { pid = 7, onQuestion = async () => ({ roots: [] }), ...options }: ScriptedOptions = {},
  ) {
    const bad: string[] = []
    super({ onBad: (why) => bad.push(why), onQuestion }, options)
    this.bad = bad
    this.pid = pid
    this.#script = script
  }

  async start(): Promise<void> {}

  request(id: Id, method: string, params: JsonObject | undefined, waiter: Waiter): void {
    if (this.gone) return waiter.answered(GONE)
    this.gate.waiting.add(id, waiter)
    this.#write({ jsonrpc: '2.0', id, method, ...(params && { params }) })
  }

  async notify(method: string, params?: JsonObject): Promise<void> {
    this.gate.waiting.notified()
    this.#write({ jsonrpc: '2.0', method, ...(params && { params }) })
  }

  protected tellCancelled(_id: Id, _waiter: Waiter, params: JsonObject): void {
    void this.notify('notifications/cancelled', params)
  }

  protected reply(response: RpcResponse): void {
    this.#write({ ...response })
  }

  protected async end(): Promise<void> {}

  #write(message: object): void {
    const line = JSON.parse(writeJson(message)) as Message
    this.lines.push(line)
    const said = this.#script(line)
    if (said === 'end') setImmediate(() => void this.close())
    else if (said !== undefined) setImmediate(() => void this.says(...said))
  }

  /** In one chunk. */
  says(...messages: readonly object[]): Promise<void> | undefined {
    return this.hears(
      ...messages.map((message): Frame => ({ kind: 'message', message: { jsonrpc: '2.0', ...message } })),
    )
  }

  hears(...frames: readonly (Frame | LargeLine)[]): Promise<void> | undefined {
    return this.take(frames)
  }
}

interface ScriptedOptions extends LinkOptions {
  readonly pid?: number | null
  readonly onQuestion?: LinkHooks['onQuestion']
}

/** Keeps what it hears, in its order. */
export function listener(
  method: string,
): Waiter & { readonly heard: (RequestEnd | Progress | 'acknowledged')[] } {
  const heard: (RequestEnd | Progress | 'acknowledged')[] = []
  return {
    method,
    heard,
    answered: (answer) => heard.push(answer),
    progressed: (progress) => heard.push(progress),
    acknowledged: () => heard.push('acknowledged'),
  }
}
