/** A screen of its own for tests of native dialogs: a real X server without a monitor. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Display {
  /** As DISPLAY names it. */
  readonly name: string
  readonly close: () => void
}

/**
 * Resolves once programs can show themselves on it.
 *
 * Without `-noreset` the X server begins anew when the last window is closed, and turns away the program that comes in
 * that moment: of 60 dialogs one after the other, four could not be shown.
 */
export async function openDisplay(): Promise<Display> {
  const screen = ['-screen', '0', '1280x1024x24', '-nolisten', 'tcp', '-noreset']
  const server = spawn('Xvfb', ['-displayfd', '3', ...screen], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const told = server.stdio[3] as NodeJS.ReadableStream
  let number = ''
  told.on('data', (chunk: Buffer) => (number += chunk.toString()))
  while (!number.includes('\n')) await once(told, 'data')
  return { name: `:${number.trim()}`, close: () => void server.kill('SIGTERM') }
}
