/**
 * The sidecar's end of the leash of a confined server (confine/confiner/leash.ts): the server begins when this answers, and
 * nothing was started where it doesn't (promise 8).
 */
import type { Duplex, Readable, Writable } from 'node:stream'

export function holdLeash(pipe: Readable | Writable | null | undefined): void {
  if (pipe === null || pipe === undefined) return
  const leash = pipe as Duplex
  leash.on('error', () => undefined)
  leash.once('data', () => leash.end('\n'))
  leash.once('finish', () => leash.destroy())
}
