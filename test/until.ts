/**
 * Waits for an event. It has no time of its own, since a slow machine is no fault: the limit comes before the test's own only
 * to say what was waited for.
 */
const LIMIT_MS = 50_000
/** What takes longer is looked at less often: a look may be a call, and a server is called 10 times a second for long (`rateLimit`). */
const OFTEN = { everyMs: 10, forMs: 2000 }
const SELDOM_MS = 100

export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'it comes true',
): Promise<void> {
  // Not by a clock that a test may set ahead.
  const began = performance.now()
  while (!(await condition())) {
    const tookMs = performance.now() - began
    if (tookMs > LIMIT_MS) throw new Error(`not within ${LIMIT_MS} ms: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, tookMs < OFTEN.forMs ? OFTEN.everyMs : SELDOM_MS)
    })
  }
}
