/** What the clerk's process runs; see clerk.ts. */
import { run } from './clerk.ts'

await run()
process.exit(0)
