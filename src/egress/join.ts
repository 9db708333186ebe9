/**
 * Joins a server's connection with the one that goes out: what one says the other one gets, as fast as it takes it. All
 * connections of a server share its part of the loop (wire/budget.ts), so a download holds up nobody's calls (promise 1).
 */
import type { Duplex } from 'node:stream'
import type { Budget } from '../wire/budget.ts'

/** One side may end and wait for the rest of the other; not for ever. */
const HALF_OPEN_MS = 10 * 60_000

export function join(near: Duplex, far: Duplex, budget: Budget): void {
  tie(near, far)
  tie(far, near)
  pump(near, far, budget)
  pump(far, near, budget)
}

/** A side that is closed before its time ends the other one, which else has the rest to say. */
function tie(side: Duplex, other: Duplex): void {
  side
    .on('error', () => other.destroy())
    .once('close', () => {
      if (!side.readableEnded || !side.writableFinished) other.destroy()
    })
}

function pump(from: Duplex, to: Duplex, budget: Budget): void {
  from.on('data', (chunk: Buffer) => {
    const since = budget.now
    const isTaken = to.write(chunk)
    const wait = budget.spend(budget.now - since)
    if (isTaken && wait === undefined) return
    from.pause()
    void rested(wait, isTaken ? undefined : to, budget).then(() => from.resume())
  })
  from.once('end', () => {
    if (from.destroyed || to.destroyed) return
    to.end()
    const late = setTimeout(() => to.destroy(), HALF_OPEN_MS)
    late.unref()
    to.once('close', () => clearTimeout(late))
  })
  from.resume()
}

async function rested(wait: number | undefined, full: Duplex | undefined, budget: Budget): Promise<void> {
  if (full !== undefined) await drained(full)
  if (wait !== undefined) await budget.rest(wait)
}

function drained(to: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done)
      resolve()
    }
    to.on('drain', done).on('close', done)
  })
}
