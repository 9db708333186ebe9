/**
 * The result of comparing a value with a condition. A server may read one text in several ways (decoded, trimmed,
 * through a link), so there is more than yes and no. What allows takes `fits` alone; what blocks or asks takes
 * everything but `misfits` into account (rules.ts). Pure.
 */
export type FitKind =
  /** However the value is read. */
  | 'fits'
  /** In one way of reading it, and in another it doesn't. */
  | 'some'
  /** However the value is read. */
  | 'misfits'
  /** It can't be told: missing, of another type, malformed, or not to be found out on the disk. */
  | 'unknown'

export interface WhereFit {
  readonly kind: FitKind
  /** Half a sentence for people about what stands against it, without the value; empty where it fits. */
  readonly why: string
}

export const FITS: WhereFit = { kind: 'fits', why: '' }

export function misfits(why: string): WhereFit {
  return { kind: 'misfits', why }
}

export function unknown(why: string): WhereFit {
  return { kind: 'unknown', why }
}

/** All have to fit: the parts of a condition, the arguments of a rule. */
export function both(fits: readonly WhereFit[]): WhereFit {
  return first(fits, ['misfits', 'unknown', 'some']) ?? FITS
}

/** One is enough: values or patterns to choose from. */
export function either(fits: readonly WhereFit[]): WhereFit {
  return first(fits, ['fits', 'some', 'unknown']) ?? fits[0] ?? misfits('there is nothing that it may be')
}

/** Many ways to read one value, or many values: one that is out is enough to be out, and one that is in to be in. */
export function every(fits: readonly WhereFit[]): WhereFit {
  const out = first(fits, ['unknown', 'some', 'misfits'])
  if (out === undefined) return FITS
  const isIn = fits.some(({ kind }) => kind === 'fits' || kind === 'some')
  return isIn ? { kind: 'some', why: out.why } : out
}

function first(fits: readonly WhereFit[], kinds: readonly FitKind[]): WhereFit | undefined {
  for (const kind of kinds) {
    const found = fits.find((fit) => fit.kind === kind)
    if (found !== undefined) return found
  }
  return undefined
}
