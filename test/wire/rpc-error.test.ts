/** The error of a response has a `data` only where there is some. */
import { expect, test } from 'vitest'
import { INVALID_PARAMS } from '../../src/wire/message.ts'
import { RpcError } from '../../src/wire/rpc-error.ts'

test.each([
  [new RpcError(INVALID_PARAMS, 'Unknown tool: a'), { code: -32_602, message: 'Unknown tool: a' }],
  [new RpcError(-1, 'm', { uri: 'x' }), { code: -1, message: 'm', data: { uri: 'x' } }],
  [new RpcError(-1, 'm', null), { code: -1, message: 'm', data: null }],
])('%s', (error, fault) => expect(error.fault).toStrictEqual(fault))
