/**
 * What the sidecar can't do yet. A check that is named here has to fail: the first time that it passes, its test says
 * to take the entry away. An entry is a check's name, or `<era> host, <era> child: <name>` where only those fail.
 */
export const NOT_YET: readonly string[] = []

/** Of capabilities.process.test.ts; an entry is a test's name. */
export const CAPABILITIES_NOT_YET: readonly string[] = []

/** Of real-servers.process.test.ts; an entry is a test's name, or `<era> host: <name>` where only that fails. */
export const REAL_SERVERS_NOT_YET: readonly string[] = []

/** The entry that names a test by one of its names. */
export const entryOf = (entries: readonly string[], names: readonly string[]): string | undefined =>
  entries.find((entry) => names.includes(entry))

/** A check that can't pass yet isn't waited for any longer. */
const PATIENCE_MS = 5000

async function inTime(what: Promise<void>): Promise<void> {
  let late: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  await Promise.race([what, tooLate]).finally(() => clearTimeout(late))
}

/** Passes with the check; where an entry says that it can't be yet, only without it. */
export async function heldTo(
  entry: string | undefined,
  title: string,
  check: () => Promise<void>,
): Promise<void> {
  if (entry === undefined) return check()
  const hasPassed = await inTime(check()).then(
    () => true,
    () => false,
  )
  if (hasPassed)
    throw new Error(`"${title}" passes: take "${entry}" out of not-yet.ts, or say there what still fails`)
}
