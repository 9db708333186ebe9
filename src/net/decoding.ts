/**
 * A body as it was before it was packed for the way. We ask for no packing; some servers and proxies pack all the same.
 * It is unpacked piece by piece as somebody reads, so a bomb costs no more than the reader's own bound on bytes.
 */
import type { IncomingMessage } from 'node:http'
import { pipeline, type Duplex, type Readable } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { coded } from './failure.ts'

/** What has come so far is handed on at once, as in a stream of events. */
const SYNC = { flush: constants.Z_SYNC_FLUSH }
const DECODERS: ReadonlyMap<string, () => Duplex> = new Map([
  ['gzip', () => createGunzip(SYNC)],
  ['x-gzip', () => createGunzip(SYNC)],
  ['deflate', () => createInflate(SYNC)],
  ['br', () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })],
])

export function codingOf(message: IncomingMessage): string | undefined {
  const coding = (message.headers['content-encoding'] ?? '').trim().toLowerCase()
  return coding === '' || coding === 'identity' ? undefined : coding
}

/** @throws Error with the code ENCODING_NOT_UNDERSTOOD, and the connection is closed. */
export function decoded(message: IncomingMessage): Readable {
  const coding = codingOf(message)
  if (coding === undefined) return message
  const decoder = DECODERS.get(coding)?.()
  if (decoder === undefined) {
    message.destroy()
    throw coded('ENCODING_NOT_UNDERSTOOD')
  }
  // Who reads hears of what goes wrong from the decoder itself.
  pipeline(message, decoder, () => undefined)
  return decoder
}
