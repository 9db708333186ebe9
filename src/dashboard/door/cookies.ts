/**
 * The cookie of a page's session. Cookies know no port, so each run has a name of its own, and whatever listens on
 * another port of 127.0.0.1 can set one of the same name: of several any may be the one.
 */

/** Each is looked up, so there is an end to them. */
const MAX_OF_ONE_NAME = 4

export class SessionCookie {
  readonly #prefix: string

  constructor(runId: string) {
    this.#prefix = `sidemux-${runId}=`
  }

  /** As a `Set-Cookie`: scripts don't see it, other sites' requests don't carry it, and it ends with the browser. */
  set(value: string): string {
    return `${this.#prefix}${value}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** The values that a `Cookie` header has for this run. */
  values(header: string | undefined): readonly string[] {
    return (header ?? '')
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part.startsWith(this.#prefix))
      .slice(0, MAX_OF_ONE_NAME)
      .map((part) => part.slice(this.#prefix.length))
  }
}
