// The server that every contender is put before, on stdio. Its path is also how its processes are told from a relay's.
import { answerTo } from './answers.mjs'
import { readLines } from './lines.mjs'

readLines(process.stdin, (line) => {
  const answer = answerTo(JSON.parse(line.toString()))
  if (answer !== undefined) process.stdout.write(`${answer}\n`)
})
process.stdin.on('end', () => process.exit(0))
