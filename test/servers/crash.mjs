/** Exits at once with code 3. */
import { appendFileSync } from 'node:fs'

if (process.env.PIDS !== undefined) appendFileSync(process.env.PIDS, `${process.pid}\n`)
process.stderr.write('no database\n')
process.exit(3)
