/** Asks the person at the terminal that `sidemux call` was typed into. Only the whole word `yes` is a yes. */
import { createInterface } from 'node:readline/promises'
import type { Answer, Asker, Channel } from './channel.ts'
import type { Pending } from '../pending.ts'

export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream
}

export function terminalChannel(terminal: Terminal): Channel {
  return {
    name: 'terminal',
    async ask(pending: Pending, _asker: Asker, signal: AbortSignal): Promise<Answer> {
      if (terminal.stdin.isTTY !== true) return { kind: 'unavailable', why: 'there is no terminal to ask at' }
      const prompt = createInterface({ input: terminal.stdin, output: terminal.stderr })
      try {
        const answer = await prompt.question(`\n${pending.text}\n\nType yes to run it once: `, { signal })
        return answer.trim().toLowerCase() === 'yes' ? { kind: 'approved' } : { kind: 'denied' }
      } catch {
        return signal.aborted ? { kind: 'unanswered' } : { kind: 'cancelled' }
      } finally {
        prompt.close()
      }
    },
  }
}
