/** Asks a value everything that a schema asserts. */
import type { Node } from './node.ts'
import { Seen, type Run } from './run.ts'

export function evaluate(node: Node, value: unknown, run: Run, seen?: Seen): boolean {
  run.enter()
  const own = seen !== undefined || node.last.length > 0 ? new Seen() : undefined
  const fits = node.type?.(value, run, own) !== false && everyCheck(node, value, run, own)
  run.leave()
  if (fits && own !== undefined) seen?.add(own)
  return fits
}

function everyCheck(node: Node, value: unknown, run: Run, own: Seen | undefined): boolean {
  let fits = true
  for (const check of node.checks) {
    if (check(value, run, own)) continue
    fits = false
    if (run.hasEnough) return false
  }
  for (const check of node.last) {
    if (check(value, run, own)) continue
    fits = false
    if (run.hasEnough) return false
  }
  return fits
}
