/** Spends what the book of grants in argv[2] grants, from the first line read until nothing is left, and tells each use. */
import { writeSync } from 'node:fs'
import { GrantBook } from '../../dist/approval/grants/grant-book.js'

const [stateDir, configFile, subject] = process.argv.slice(2)
const book = new GrantBook({
  stateDir,
  configFile,
  now: Date.now,
  onError: (error) => writeSync(2, `${error.message}\n`),
})
writeSync(1, 'ready\n')
process.stdin.once('data', () => {
  let used = book.use(JSON.parse(subject), {})
  while (used !== undefined) {
    writeSync(1, 'used\n')
    used = book.use(JSON.parse(subject), {})
  }
  writeSync(1, 'done\n')
  process.exit(0)
})
