/**
 * Finds the name that was probably meant, for "did you mean …": it is at most two slips away, or one if it is short. A
 * name that would not stay on the line of the hint is never proposed.
 */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = wanted.length < 5 ? 2 : 3
  for (const name of names) {
    if (/[\p{C}\u2028\u2029]/u.test(name)) continue
    const distance = name.toLowerCase() === wanted.toLowerCase() ? 0 : slips(wanted, name)
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best
}

/** Edit distance, where two neighbours that changed places are one slip; anything beyond two is three. */
function slips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2 || a.length > 128) return 3
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substituted = (last[column - 1] ?? 3) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const turned = swapped ? (before[column - 2] ?? 3) + 1 : 3
      current.push(Math.min(substituted, turned, (last[column] ?? 3) + 1, (current[column - 1] ?? 3) + 1))
    }
    before = last
    last = current
  }
  return Math.min(3, last[b.length] ?? 3)
}
