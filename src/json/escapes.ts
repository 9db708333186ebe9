/** Lists the short escapes of JSON, for whoever reads or writes it as bytes. Pure. */

/** What JSON.stringify writes as a backslash and a letter (RFC 8259, section 7), and that letter. */
export const SHORT_ESCAPES: readonly (readonly [character: string, letter: string])[] = [
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['"', '"'],
  ['\\', '\\'],
]
