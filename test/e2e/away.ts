/** A back end that is away for a while, in one of the ways that real ones are, in front of one that works. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export const WAYS = ['refused', 'silent', 'limited', 'sealed'] as const
export type Way = (typeof WAYS)[number]

export interface Away {
  readonly url: string
  /** When each request came meanwhile, and before which moment it should not have (performance.now()). */
  readonly asked: readonly { readonly at: number; readonly notBefore: number }[]
  /** When it came back. */
  readonly backAt: Promise<number>
  close(): Promise<void>
}

const answer = (status: string, headers: string): string =>
  `HTTP/1.1 ${status}\r\n${headers}content-length: 0\r\nconnection: close\r\n\r\n`

/** @param target the port on this machine where it works */
export async function startAway(target: number, way: Way, forMs: number): Promise<Away> {
  const sockets = new Set<Socket>()
  const asked: { at: number; notBefore: number }[] = []
  const began = performance.now()
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
      const seconds = Math.max(1, Math.ceil((began + forMs - performance.now()) / 1000))
      notBefore = Math.max(notBefore, performance.now() + seconds * 1000)
      socket.end(answer('429 Too Many Requests', `retry-after: ${seconds}\r\n`))
    })
  })
  const listen = (port: number): Promise<number> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
  const port = await listen(0)
  if (way === 'refused') await new Promise((resolve) => server.close(resolve))
  const backAt = new Promise<number>((resolve) => {
    setTimeout(() => {
      const isBack = async (): Promise<void> => {
        back = true
        if (way === 'refused') await listen(port)
        resolve(performance.now())
      }
      void isBack()
    }, forMs)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    backAt,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
