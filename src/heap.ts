/**
 * Keeps V8's heap small while sidemux is loaded. Loading makes much that is soon gone, so V8 gives it more and more room,
 * which an idle process then keeps: 6 of 75 MB. From the first call on there is work for which the room pays.
 */
import { setFlagsFromString } from 'node:v8'

/** V8 reads it each time when its room for what is new is full; 2 is its default. */
const GROWTH = '--semi-space-growth-factor'

export function keepHeapSmall(): void {
  setFlagsFromString(`${GROWTH}=1`)
}

let mayGrow = false

/** To be called with each call; V8 is told once, since to set a flag takes longer than most of what a call needs. */
export function letHeapGrow(): void {
  if (mayGrow) return
  mayGrow = true
  setFlagsFromString(`${GROWTH}=2`)
}
