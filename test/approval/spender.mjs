/** At the first line read it spends one of what the book of grants in argv[2] grants, from the second on all; it tells each use. */
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
const spends = () => {
  const used = book.use(JSON.parse(subject), {})
  if (used !== undefined) writeSync(1, 'used\n')
  return used !== undefined
}
process.stdin.once('data', () => {
  spends()
  process.stdin.once('data', () => {
    while (spends());
    writeSync(1, 'done\n')
    process.exit(0)
  })
})
