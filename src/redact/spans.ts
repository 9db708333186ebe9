/** Stretches of a text to be masked: merging them where they overlap, and putting the masks in their place. */

export interface Span {
  readonly start: number
  readonly end: number
  /** What stands there instead. */
  readonly mask: string
}

/** In order and apart; what overlaps becomes one span with the first one's mask, so that no fragment is left. */
export function merge(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1)
    if (!last || span.start >= last.end) merged.push(span)
    else if (span.end > last.end) merged.splice(-1, 1, { ...last, end: span.end })
  }
  return merged
}

/** The same string when there are no spans. */
export function replace(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  const parts: string[] = []
  let at = 0
  for (const { start, end, mask } of spans) {
    parts.push(text.slice(at, start), mask)
    at = end
  }
  parts.push(text.slice(at))
  return parts.join('')
}
