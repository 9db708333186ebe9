/** A server's log message as the host hears it: the logger's name begins with the server's id. Pure. */
import { isRecord, type JsonObject } from '../json/record.ts'
import { RESERVED_PREFIX } from '../wire/message.ts'

export function labelled(server: string, message: JsonObject): JsonObject {
  const { logger, _meta, ...rest } = message
  const meta = isRecord(_meta)
    ? Object.entries(_meta).filter(([key]) => !key.startsWith(RESERVED_PREFIX))
    : []
  return {
    ...rest,
    logger: typeof logger === 'string' && logger !== '' ? `${server}/${logger}` : server,
    ...(meta.length > 0 && { _meta: Object.fromEntries(meta) }),
  }
}
