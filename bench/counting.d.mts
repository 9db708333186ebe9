/** Of one call: how often, and how many characters (JSON) or bytes (hashes). `files` are synchronous calls of node:fs. */
export interface Counts {
  readonly writes: number
  readonly written: number
  readonly parses: number
  readonly parsed: number
  readonly hashes: number
  readonly hashed: number
  readonly files: number
}
