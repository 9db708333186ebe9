// Starts processes side by side, as a desktop does, and says what they print: a JSON line each way.
// { start: id, argv, cwd, env } · { write: id, text } · { close: id } · { kill: id }  ->  { id, text } · { id, error } · { id, code }
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const children = new Map()
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { start, argv, cwd, env, write, text, close, kill } = JSON.parse(line)
    children.get(write)?.stdin.write(text)
    children.get(close)?.stdin.end()
    children.get(kill)?.kill('SIGKILL')
    if (start === undefined) return
    const child = spawn(argv[0], argv.slice(1), { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
    children.set(start, child)
    child.stdin.on('error', () => {})
    child.stdout.setEncoding('utf8').on('data', (data) => tell({ id: start, text: data }))
    child.stderr.setEncoding('utf8').on('data', (data) => tell({ id: start, error: data }))
    child.on('close', (code) => tell({ id: start, code }))
  })
  .on('close', () => process.exit(0))
