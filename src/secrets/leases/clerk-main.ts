/** The entry point of the clerk's process; see clerk.ts. */
import { run } from './clerk.ts'

// Not awaited here: the executable begins with a file that is no module.
void run().then(() => process.exit(0))
