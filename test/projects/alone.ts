/**
 * What a unit test may not do, found out while it runs: start a process, start a thread of the built code, or connect
 * to another machine. It is refused, and the file fails at its end even where the code under test took the refusal
 * for an answer. Servers of the test's own process, on loopback or a socket file, are allowed.
 */
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import workerThreads from 'node:worker_threads'
import { afterAll } from 'vitest'

const STARTS = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const
const LOOPBACK = /^(?:localhost|127\.[\d.]+|::1|::ffff:127\.[\d.]+)$/

/** A process runs many files and keeps its built-in modules: they are changed once, and the list is theirs. */
const shared = globalThis as { refusedInUnitTests?: string[] }
const isFirst = shared.refusedInUnitTests === undefined
const refused = (shared.refusedInUnitTests ??= [])

function refuse(what: string): never {
  refused.push(what)
  throw new Error(`a unit test may not ${what}; one that has to is a name.process.test.ts`)
}

/** What has been refused since the last look. */
export function takeRefused(): string[] {
  return refused.splice(0)
}

if (isFirst) {
  for (const start of STARTS) {
    Object.assign(childProcess, {
      [start]: (program: unknown) => refuse(`start a process (${String(program)})`),
    })
  }
  const BuiltIn = workerThreads.Worker
  Object.assign(workerThreads, {
    Worker: class extends BuiltIn {
      constructor(...[file, options]: ConstructorParameters<typeof BuiltIn>) {
        if (String(file).includes('/dist/')) refuse(`start a thread of the build (${String(file)})`)
        super(file, options)
      }
    },
  })
  const connect = Reflect.get(net.Socket.prototype, 'connect') as () => net.Socket
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
    // net.connect hands on [options, listener]; a socket's own connect takes options, a path, or a port and a host.
    const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0]
    const { host, lookup }: net.TcpNetConnectOpts =
      typeof first === 'object' && first !== null
        ? (first as net.TcpNetConnectOpts)
        : { port: 0, ...(typeof args[1] === 'string' ? { host: args[1] } : {}) }
    if (host !== undefined && lookup === undefined && !LOOPBACK.test(host)) refuse(`connect to ${host}`)
    return Reflect.apply(connect, this, args as [])
  }
  syncBuiltinESMExports()
}

afterAll(() => {
  const all = takeRefused()
  if (all.length > 0) throw new Error(`refused in this file:\n${[...new Set(all)].join('\n')}`)
})
