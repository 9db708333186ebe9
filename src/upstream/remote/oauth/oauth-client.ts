/** The `oauth:` of a server's entry with its reference resolved: as which client sidemux logs in there. */
export interface OAuthClient {
  /** An https address is that of a client metadata document (2025-11-25 basic/authorization). */
  readonly clientId?: string
  readonly clientSecret?: string
  readonly scopes?: readonly string[]
  /** Where the browser comes back to; any free port when absent. */
  readonly callbackPort?: number
}
