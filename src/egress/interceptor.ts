/**
 * Names who may stand between a server and a host that it reaches: he gets the server's bytes in place of a way out, and
 * opens that himself. A brokered secret is put into requests so.
 */
import type { Duplex } from 'node:stream'

export interface Destination {
  /** A name in lower case without its last dot, or an address without brackets. */
  readonly host: string
  readonly port: number
}

export interface Interceptor {
  wants(host: string, port: number): boolean
  /**
   * @param client what the server writes, from its first byte (the head of a TLS or of an HTTP connection), and where its
   *   answers go. Whoever takes it ends it, and answers for its errors
   * @param connect opens the one way out that was judged; rejects with an Error that has a `code`
   */
  take(client: Duplex, to: Destination, connect: () => Promise<Duplex>): void
}
