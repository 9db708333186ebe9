/**
 * A JSON-RPC error as something to throw. On the host's side it is what a request is answered with; on a server's side it
 * is what the server has answered, in its words.
 */
import type { RpcFault } from './message.ts'

export class RpcError extends Error implements RpcFault {
  readonly code: number
  readonly data?: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    if (data !== undefined) this.data = data
  }

  /** The member `error` of the response. */
  get fault(): RpcFault {
    const { code, message, data } = this
    return data === undefined ? { code, message } : { code, message, data }
  }
}
