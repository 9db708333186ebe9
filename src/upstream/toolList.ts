/**
 * What a child's tools were when it last said so. A list that changes all the time is read once a second at most, and
 * never twice at once.
 */
import type { Connection } from './client.ts'
import type { NormalizedTools } from './normalize.ts'
import type { Tool } from './tool.ts'
import { pause } from './wait.ts'

const AGAIN_MS = 1000
const TIMEOUT_MS = 30_000

export interface ToolListDeps {
  /** The connection of the child that runs now. */
  connection(): Connection | undefined
  readonly stop: AbortSignal
  warn(text: string): void
  onChange(): void
}

export class ToolList {
  readonly #deps: ToolListDeps
  #tools: readonly Tool[] | undefined
  #reading = false
  #again = false

  constructor(deps: ToolListDeps) {
    this.#deps = deps
  }

  /** Undefined until the child has listed them once. */
  get tools(): readonly Tool[] | undefined {
    return this.#tools
  }

  /** Whether they differ from those that were known. */
  adopt(listed: NormalizedTools): boolean {
    for (const warning of listed.warnings) this.#deps.warn(warning)
    const differs = JSON.stringify(listed.tools) !== JSON.stringify(this.#tools)
    this.#tools = listed.tools
    return differs
  }

  /** A child is about to start; what an earlier one said of its list is past. */
  forgetNews(): void {
    this.#again = false
  }

  /** The child runs: reads what it said to have changed while it was starting. */
  catchUp(): void {
    if (this.#again) void this.readAgain()
  }

  async readAgain(): Promise<void> {
    this.#again = true
    const connection = this.#deps.connection()
    if (connection === undefined || this.#reading) return
    this.#reading = true
    while (this.#again && this.#deps.connection() === connection) {
      this.#again = false
      const listed = await connection.listTools(this.#deps.stop, TIMEOUT_MS).catch(() => undefined)
      const isCurrent = this.#deps.connection() === connection
      if (listed !== undefined && isCurrent && this.adopt(listed)) this.#deps.onChange()
      await pause(AGAIN_MS, this.#deps.stop)
    }
    this.#reading = false
  }
}
