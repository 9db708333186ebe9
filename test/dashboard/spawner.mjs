// Stands for a sidecar, or the host above it: starts what it is told, a JSON argv a line, and lives as long as its stdin.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

process.stdout.write(`${process.pid}\n`)
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const [program, ...args] = JSON.parse(line)
  spawn(program, args, { stdio: ['ignore', 'inherit', 'ignore'] })
})
lines.on('close', () => process.exit(0))
