/** Moments as the person's own clock shows them. */

export function clockTime(moment: number): string {
  return new Date(moment).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}

/** The day is named unless it is today. */
export function untilWords(moment: number, now: number): string {
  const day = new Date(moment)
  if (day.toDateString() === new Date(now).toDateString()) return clockTime(moment)
  return `${day.toLocaleDateString('en', { weekday: 'short', day: 'numeric', month: 'short' })}, ${clockTime(moment)}`
}
