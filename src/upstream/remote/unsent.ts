/**
 * Whether anything of a request has left. Only until its connection stands, TLS included, is it certain that nothing
 * has: what is written before waits in this process. Whoever asked may then be told that nothing happened; after that
 * moment nobody can know.
 *
 * A connection that isn't made within a time is given up, since the system tries for minutes.
 */
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { systemErrorCode } from '../../errors.ts'

/** Nothing of the request has left. */
export class UnsentError extends Error {
  /** As of a system's error; never a peer's words. */
  readonly code: string

  constructor(code: string, cause?: unknown) {
    super(`nothing was sent (${code})`, { cause })
    this.code = code
  }
}

/** Connections that stand: a request that is given one of these is on its way. */
const standing = new WeakSet<Socket>()

/** False as long as nothing of the request can have left. To be called before the request is ended. */
export function watchLeaving(request: ClientRequest, connectMs: number): () => boolean {
  let left = false
  request.once('socket', (socket) => {
    if (standing.has(socket)) {
      left = true
      return
    }
    const late = (): void => void request.destroy(coded('ETIMEDOUT'))
    const timer = setTimeout(late, connectMs)
    request.once('close', () => clearTimeout(timer))
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      standing.add(socket)
      left = true
    })
  })
  return () => left
}

/** The same error where it says more than that. */
export function unsentBy(error: unknown): Error {
  const code = systemErrorCode(error)
  if (
    error instanceof Error &&
    (code === undefined || code === 'ADDRESS_NOT_ALLOWED' || code === 'ABORT_ERR')
  )
    return error
  return new UnsentError(code ?? 'UNKNOWN', error)
}

export function coded(code: string): Error {
  return Object.assign(new Error('no connection'), { code })
}
