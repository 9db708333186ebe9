/** The built sidemux as a function, for tests that need no process of it. It is loaded once, by Node and as it was built. */
import { resolve } from 'node:path'

const MAIN: string = resolve(import.meta.dirname, '../../dist/commands/main.js')
export const { main } = (await import(MAIN)) as typeof import('../../src/commands/main.ts')

// Many of them at once each listen for the end of this one process.
process.setMaxListeners(0)
const EVENTS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const

/** To be called before it begins; gives what takes away what it then listens for: the end of a process, which this isn't. */
export function listening(): () => void {
  const of = (event: string): Function[] => process.listeners(event as 'SIGTERM')
  const before = new Map(EVENTS.map((event) => [event, of(event)]))
  return () => {
    for (const event of EVENTS)
      for (const listener of of(event))
        if (before.get(event)?.includes(listener) !== true)
          process.removeListener(event, listener as () => void)
  }
}
