/** Writes the few forms of ASN.1 that a certificate is made of, in DER (ITU-T X.690). Pure. */

export function der(tag: number, ...inside: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(inside)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

export const sequence = (...inside: readonly Uint8Array[]): Buffer => der(0x30, ...inside)

export const setOf = (...inside: readonly Uint8Array[]): Buffer => der(0x31, ...inside)

/** @param bytes of a number that is not negative, the highest first */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const least = first === -1 ? Buffer.from([0]) : bytes.subarray(first)
  return der(0x02, ...((least[0] ?? 0) >= 0x80 ? [Buffer.from([0]), least] : [least]))
}

export const octets = (...inside: readonly Uint8Array[]): Buffer => der(0x04, ...inside)

/** Whole bytes, but for so many bits of the last one. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes)

export const yes = (): Buffer => der(0x01, Buffer.from([0xff]))

export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))

/** `1.2.840.10045.4.3.2` */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest.flatMap(base128)]
  return der(0x06, Buffer.from(bytes))
}

function base128(number: number): number[] {
  const bytes = [number % 128]
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((rest % 128) | 0x80)
  return bytes
}

/** In seconds; UTCTime until 2049, as RFC 5280 (4.1.2.5) wants it. */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return ms < Date.UTC(2050, 0) ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}

/** A member that is told by its number: `[0]`, with a whole value in it. */
export const tagged = (number: number, ...inside: readonly Uint8Array[]): Buffer =>
  der(0xa0 | number, ...inside)

/** A member that is told by its number in place of its type, and holds bytes. */
export const implicit = (number: number, bytes: Uint8Array): Buffer => der(0x80 | number, bytes)
