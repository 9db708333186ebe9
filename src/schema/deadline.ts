/**
 * Runs something that may not end by itself, and ends it. V8 looks for a stop at every loop and at every step back of a
 * regular expression, and this is the only way to stop one on the same thread. What runs is ours: no text of a server
 * ever becomes code.
 */
import { createContext, Script, type Context } from 'node:vm'
import { systemErrorCode } from '../errors.ts'

interface Room {
  readonly context: Context
  readonly script: Script
}

/** Made when the first check needs it; it costs a few milliseconds. */
let room: Room | undefined

/** Undefined when the time was up. What `act` leaves half done must not matter to anybody. */
export function withinDeadline<T>(ms: number, act: () => T): { readonly value: T } | undefined {
  room ??= { context: createContext({}), script: new Script('act()') }
  const { context, script } = room
  let value: { readonly value: T } | undefined
  context['act'] = () => {
    value = { value: act() }
  }
  try {
    script.runInContext(context, { timeout: ms })
    return value
  } catch (error) {
    if (systemErrorCode(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  } finally {
    context['act'] = undefined
  }
}
