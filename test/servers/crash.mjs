/** Exits at once with code 3. */
import { appendFileSync } from 'node:fs'

if (process.env.PIDS !== undefined) appendFileSync(process.env.PIDS, `${process.pid}\n`)
console.error('no database')
process.exit(3)
