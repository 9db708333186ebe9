/**
 * Reads a question of DNS and writes its answer (RFC 1035): one question, and at most one address for it. Pure.
 */
export interface NameQuestion {
  /** In lower case, without its last dot. */
  readonly name: string
  readonly type: number
  /** Id, flags and question as they came. */
  readonly message: Buffer
}

export const TYPE_A = 1
const CLASS_IN = 1
const HEADER = 12
/** A pool address means the same name for longer than that. */
const TTL_S = 30

export const RCODE = { ok: 0, malformed: 1, failed: 2, unknown: 3, notImplemented: 4 } as const

/** @returns undefined for what is no question that can be answered */
export function readQuestion(message: Buffer): NameQuestion | undefined {
  if (
    message.length < HEADER + 5 ||
    (message.readUInt16BE(2) & 0xf800) !== 0 ||
    message.readUInt16BE(4) !== 1
  )
    return undefined
  const labels: string[] = []
  let at = HEADER
  for (;;) {
    const length = message[at]
    if (length === undefined || length > 63) return undefined
    at += 1
    if (length === 0) break
    labels.push(message.toString('latin1', at, at + length))
    at += length
    if (labels.length > 127 || at >= message.length) return undefined
  }
  if (at + 4 > message.length || message.readUInt16BE(at + 2) !== CLASS_IN) return undefined
  return {
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at),
    message: message.subarray(0, at + 4),
  }
}

/** @param address of IPv4 */
export function answerTo({ message }: NameQuestion, rcode: number, address?: string): Buffer {
  const head = Buffer.from(message)
  // An answer, recursion available, the wish for recursion as it came.
  head.writeUInt16BE(0x8080 | (message.readUInt16BE(2) & 0x0100) | rcode, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(address === undefined ? 0 : 1, 6)
  head.writeUInt32BE(0, 8)
  if (address === undefined) return head
  const record = Buffer.from([
    0xc0,
    HEADER,
    0,
    TYPE_A,
    0,
    CLASS_IN,
    0,
    0,
    0,
    TTL_S,
    0,
    4,
    ...address.split('.').map(Number),
  ])
  return Buffer.concat([head, record])
}
