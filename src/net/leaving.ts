/**
 * Tells whether any part of a request has left this process. Nothing has left until the connection stands, TLS
 * included: data that is written earlier waits here. Until then the caller can be told that nothing happened; after
 * that nobody can know.
 *
 * A connection that isn't made within a time is given up, since the system tries for minutes.
 */
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { coded } from './failure.ts'

/** Connections that stand: a request that is given one of these is on its way. */
const standing = new WeakSet<Socket>()

/** To be called before the request is ended. `onLeaving` comes before its first byte leaves, and at most once. */
export function watchLeaving(request: ClientRequest, connectMs: number, onLeaving: () => void): void {
  request.once('socket', (socket) => {
    if (standing.has(socket)) return onLeaving()
    const late = (): void => void request.destroy(coded('ETIMEDOUT'))
    const timer = setTimeout(late, connectMs)
    request.once('close', () => clearTimeout(timer))
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      standing.add(socket)
      onLeaving()
    })
  })
}
