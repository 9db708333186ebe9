// The floor: relays between its stdio and one child without looking at anything but ids and names. What sidemux costs
// beyond this is what its checks cost.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const child = spawn(process.execPath, process.argv.slice(2), { stdio: ['pipe', 'pipe', 'ignore'] })
const waiting = new Map()
let next = 0

createInterface({ input: child.stdout }).on('line', (line) => {
  const message = JSON.parse(line)
  const id = waiting.get(message.id)
  waiting.delete(message.id)
  process.stdout.write(`${JSON.stringify({ ...message, id })}\n`)
})
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line)
    if (message.id !== undefined) {
      next += 1
      waiting.set(next, message.id)
      message.id = next
    }
    child.stdin.write(`${JSON.stringify(message)}\n`)
  })
  .on('close', () => child.stdin.end())
child.on('exit', () => process.exit(0))
