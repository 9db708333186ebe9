/**
 * For files whose tests only wait, for servers and for pauses: they run at the same time. Vitest's own `onTestFinished` is
 * that of the test that began last, so what helpers of such files tidy up is told to the test in whose course they were called.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { aroundEach, onTestFinished as ofTheLast, type TestContext } from 'vitest'

const running = new AsyncLocalStorage<TestContext>()

/**
 * Called at the top of a file whose groups are `describe.concurrent`; its tests outside of them have the process for
 * themselves. One that polls takes its own `expect` from its context.
 */
export function together(): void {
  aroundEach((runTest, context) => running.run(context, runTest))
}

export function onTestFinished(act: Parameters<typeof ofTheLast>[0]): void {
  const context = running.getStore()
  if (context === undefined) ofTheLast(act)
  else context.onTestFinished(act)
}
