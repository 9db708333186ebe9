/** The errors of a request of ours to which there is no usable answer. The server's own error is an RpcError. */
import { RpcError } from '../../wire/rpc-error.ts'
import { METHOD_NOT_FOUND } from '../../wire/message.ts'
import type { RequestEnd, Failing } from '../link/request-end.ts'

export type WhyNone =
  /** What came is none, or it is certain that nothing will come; `why` ends the sentence "the server answered …". */
  | { readonly how: 'bad'; readonly why: string; readonly failing: Failing }
  /** What came is an answer, and not to what was asked. */
  | { readonly how: 'odd' }
  /** It took too long, or nobody waits any more. */
  | { readonly how: 'late' }
  /** The connection was over before. */
  | { readonly how: 'gone' }
  /** The server does not read its input. */
  | { readonly how: 'unread' }

export class NoAnswer extends Error {
  readonly reason: WhyNone
  constructor(reason: WhyNone) {
    super('The server has not answered.')
    this.reason = reason
  }
}

/** @throws RpcError or NoAnswer */
export function resultOf(answer: RequestEnd): unknown {
  switch (answer.kind) {
    case 'result':
      return answer.result
    case 'error': {
      const { code, message, data } = answer.error
      throw new RpcError(code, message, data)
    }
    case 'bad':
      throw new NoAnswer({ how: 'bad', why: answer.why, failing: answer.failing })
    case 'gone':
    case 'unread':
      throw new NoAnswer({ how: answer.kind })
  }
}

export function isMethodNotFound(error: unknown): boolean {
  return error instanceof RpcError && error.code === METHOD_NOT_FOUND
}
