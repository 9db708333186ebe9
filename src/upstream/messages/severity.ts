/** The severities of log messages, as RFC 5424 orders them (2025-11-25 server/utilities/logging). */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** How severe; beyond all of them for what isn't a level. */
export function severity(level: unknown): number {
  const at = LEVELS.indexOf(String(level))
  return at === -1 ? LEVELS.length : at
}

export function isSeverity(level: string): boolean {
  return LEVELS.includes(level)
}
