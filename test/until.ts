/**
 * Waits for an event. It has no time of its own, since a slow machine is no fault: the limit comes before the test's own only
 * to say what was waited for.
 */
const LIMIT_MS = 50_000

export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'it comes true',
): Promise<void> {
  // Not by a clock that a test may set ahead.
  const end = performance.now() + LIMIT_MS
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${LIMIT_MS} ms: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
}
