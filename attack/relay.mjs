// A host as a process of its own, which can be killed: it starts a sidecar and hands lines on, both ways.
import { spawn } from 'node:child_process'

const child = spawn(process.argv[2], process.argv.slice(3), { stdio: ['pipe', 'pipe', 'inherit'] })
process.stdin.pipe(child.stdin)
child.stdout.pipe(process.stdout)
