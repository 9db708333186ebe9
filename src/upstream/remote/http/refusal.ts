/** The errors of a request that a remote server has answered, and not as MCP has it. They are told in words by fault.ts. */

/** An error status. */
export class HttpRefusal extends Error {
  readonly status: number
  /** The beginning of its body, in the server's words. */
  readonly text: string

  constructor(status: number, text: string) {
    super(`answered with HTTP ${status}`)
    this.status = status
    this.text = text
  }
}

/** 403, as the login may do too little (RFC 6750, 3.1): nothing was done. */
export class ScopeMissing extends Error {}

/** A success that is no answer of MCP. */
export class NotMcp extends Error {}
