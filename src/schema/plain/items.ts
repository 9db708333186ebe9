/** The words of JSON Schema that lead to the items of a list: `items`, `contains` and the like. */
import type { Schema } from '@cfworker/json-schema'
import { under } from './places.ts'
import type { Check } from './run.ts'

type Of = (schema: unknown) => Check

export function itemsCheck({ prefixItems, items, additionalItems }: Schema, of: Of): Check | undefined {
  if (prefixItems === undefined && items === undefined) return undefined
  const isTuple = Array.isArray(items)
  // A list stands in one of them, as the dialect has it.
  const [word, list, otherWord, rest] = isTuple
    ? (['items', items, 'additionalItems', additionalItems] as const)
    : (['prefixItems', prefixItems ?? [], 'items', items] as const)
  const first = list.map((one, index) => ({ steps: [word, String(index)], check: of(one) }))
  const other = rest === undefined ? undefined : { steps: [otherWord], check: of(rest) }
  return (value, run, at, from) => {
    if (!Array.isArray(value)) return true
    let fits = true
    const end = other === undefined ? Math.min(first.length, value.length) : value.length
    for (let index = 0; index < end && (fits || !run.isEnough); index += 1) {
      const one = first[index] ?? other
      if (one === undefined) break
      const { check, steps } = one
      run.seen?.add(index)
      if (!run.tells) {
        if (!run.apart(check, value[index], '', '')) return false
      } else if (!run.apart(check, value[index], under(run, at, String(index)), under(run, from, ...steps)))
        fits = false
    }
    return fits
  }
}

/** What is wrong with the items that aren't of the kind is of no use to anybody. */
export function containsCheck(
  { contains: asked, minContains, maxContains }: Schema,
  of: Of,
): Check | undefined {
  if (asked === undefined) return undefined
  const check = of(asked)
  const least = minContains ?? 1
  const most = maxContains ?? Infinity
  return (value, run, at, from) => {
    if (!Array.isArray(value)) return true
    run.spend(value.length)
    const { seen } = run
    let count = 0
    for (let index = 0; index < value.length; index += 1) {
      run.seen = undefined
      const fits = run.quietly(check, value[index])
      run.seen = seen
      if (!fits) continue
      seen?.add(index)
      count += 1
      if (count >= least && most === Infinity && seen === undefined) return true
    }
    if (count >= least && count <= most) return true
    const word = count > most ? 'maxContains' : minContains === undefined ? 'contains' : 'minContains'
    run.tell(word, at, under(run, from, word))
    return false
  }
}

export function unevaluatedItemsCheck({ unevaluatedItems: asked }: Schema, of: Of): Check | undefined {
  if (asked === undefined) return undefined
  const check = of(asked)
  return (value, run, at, from) => {
    if (!Array.isArray(value)) return true
    run.spend(value.length)
    let fits = true
    for (let index = 0; index < value.length && (fits || !run.isEnough); index += 1) {
      if (run.seen?.has(index) === true) continue
      run.seen?.add(index)
      const place = under(run, at, String(index))
      if (!run.apart(check, value[index], place, under(run, from, 'unevaluatedItems'))) fits = false
    }
    return fits
  }
}
