/** A back end that is away for a while, in one of the ways that real ones are, in front of one that works. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export const WAYS = ['refused', 'silent', 'limited', 'sealed'] as const
export type Way = (typeof WAYS)[number]

export interface Away {
  readonly url: string
  /** When each request came meanwhile, and before which moment it should not have (performance.now()). */
  readonly asked: readonly { readonly at: number; readonly notBefore: number }[]
  /** It comes back in `forMs` from now; until then it is away. Gives when it is back. */
  comesBack(): Promise<number>
  close(): Promise<void>
}

const answer = (status: string, headers: string): string =>
  `HTTP/1.1 ${status}\r\n${headers}content-length: 0\r\nconnection: close\r\n\r\n`

/**
 * A port at which nobody listens, and that nobody else is given meanwhile: a connection goes out from it. Whoever took it
 * may listen there as well.
 */
async function taken(): Promise<{ readonly port: number; readonly free: () => void }> {
  const end = createServer((socket) => void socket.on('error', () => socket.destroy()).resume())
  await new Promise<void>((resolve) => end.listen(0, '127.0.0.1', resolve))
  const host = '127.0.0.1'
  const from = connect({ host, port: (end.address() as AddressInfo).port, localAddress: host })
  from.on('error', () => from.destroy())
  await new Promise((resolve) => from.once('connect', resolve))
  const free = (): void => {
    from.destroy()
    end.close()
  }
  return { port: from.localPort ?? 0, free }
}

/** @param target the port on this machine where it works */
export async function startAway(target: number, way: Way, forMs: number): Promise<Away> {
  const sockets = new Set<Socket>()
  const asked: { at: number; notBefore: number }[] = []
  let began: number | undefined
  let back = false
  let notBefore = 0
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    if (back) {
      const through = connect(target, '127.0.0.1')
      through.on('error', () => socket.destroy())
      through.on('close', () => socket.destroy())
      socket.pipe(through).pipe(socket)
      return
    }
    socket.once('data', () => {
      asked.push({ at: performance.now(), notBefore })
      if (way === 'sealed') socket.end(answer('503 Service Unavailable', ''))
      if (way !== 'limited') return
      const seconds = Math.max(
        1,
        Math.ceil(((began ?? performance.now()) + forMs - performance.now()) / 1000),
      )
      notBefore = Math.max(notBefore, performance.now() + seconds * 1000)
      socket.end(answer('429 Too Many Requests', `retry-after: ${seconds}\r\n`))
    })
  })
  const { port, free } = await taken()
  const listen = (): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  if (way !== 'refused') await listen()
  const comesBack = async (): Promise<number> => {
    began = performance.now()
    await pause(forMs)
    back = true
    if (way === 'refused') await listen()
    return performance.now()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    comesBack,
    close: () =>
      new Promise((resolve) => {
        free()
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
