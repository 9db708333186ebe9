/** Ids as people copy them, times as they read them. Pure. */

/** As short as an id is ever shown. */
const SHOWN_LENGTH = 8

/** As short as an id may be given, where only one begins so. */
export const MIN_ID_LENGTH = 4

/** For each id its shortest beginning that none of the others has. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const different = [...new Set(ids)]
  return new Map(
    different.map((id) => {
      let length = SHOWN_LENGTH
      const short = (): string => id.slice(0, length)
      while (length < id.length && different.some((other) => other !== id && other.startsWith(short())))
        length += 1
      return [id, short()]
    }),
  )
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** The two units that matter: `12s`, `9m50s`, `7h59m`, `29d`. */
export function inWords(ms: number): string {
  let rest = Math.max(0, ms)
  const at = UNITS.findIndex(([, size]) => rest >= size)
  if (at === -1) return '0s'
  const parts = UNITS.slice(at, at + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? '' : `${count}${unit}`
  })
  return parts.join('')
}
