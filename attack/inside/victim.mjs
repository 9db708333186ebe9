// A server with something to lose: a secret in its environment and memory, an open file that has no name any more, a port
// on loopback, notes in its home, and a definition that is pinned.
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { serve } from './mcp.mjs'

const { SECRET = '', MARKS = '{}' } = process.env
const marks = JSON.parse(MARKS)
const kept = [SECRET, marks.memory].join(' ').repeat(3)

const nameless = join(process.env.HOME, 'nameless')
writeFileSync(nameless, marks.fd ?? '')
const held = openSync(nameless, 'r')
rmSync(nameless)
mkdirSync(join(process.env.HOME, 'notes'), { recursive: true })
writeFileSync(join(process.env.HOME, 'notes/diary.md'), marks.home ?? '')
process.on('exit', () => closeSync(held))

const port = createServer((socket) => socket.end(`${marks.port}\n`).on('error', () => {}))
port.listen(0, '127.0.0.1')
process.stderr.write(`the victim says ${marks.log}\n`)

serve(
  'victim',
  {
    get_facts: () => JSON.stringify({ pid: process.pid, port: port.address()?.port }),
    /** Nobody says yes to it. */
    delete_all: () => (writeFileSync(join(process.env.HOME, 'deleted'), 'STOLEN'), 'deleted'),
    get_echo: ({ text }) => `${text} ${kept.length}`,
  },
  `A victim. ${marks.pins}`,
)
