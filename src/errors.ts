/**
 * The one shape of an error that a person reads: a sentence that says what is wrong and a hint that is a
 * next command or a next edit. Nothing in either may come from an upstream or contain a secret, because both
 * are printed, logged and shown to the model as they are. A server's own words stand between them, masked and quoted.
 */

/** 1: a check or a call failed. 2: usage or config error. 3: the outcome was blocked or declined. */
export type ExitCode = 1 | 2 | 3

export class SidemuxError extends Error {
  override readonly name = 'SidemuxError'
  /** What to do next, a command or an edit; absent only where the sentence already says it. */
  readonly hint: string | undefined
  readonly exitCode: ExitCode
  /** A server's own words, as upstream/process/words/said.ts quotes them. */
  readonly said: string | undefined

  constructor(
    message: string,
    options: { hint?: string; said?: string | undefined; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.said = options.said
    this.exitCode = options.exitCode ?? 1
  }
}

export interface Rendered {
  readonly message: string
  readonly said?: string | undefined
  readonly hint?: string | undefined
}

/** `message`, what a server said, and on a last line `hint: …`; the only rendering there is. */
export function renderError({ message, said, hint }: Rendered): string {
  return [message, said, hint && `hint: ${hint}`]
    .filter((part) => part !== undefined && part !== '')
    .join('\n')
}

/**
 * The `code` of a Node system error (`ENOENT`, `EACCES`, …). Unlike its message, a code never quotes a path,
 * an argument or what a peer sent, so it may be shown.
 */
export function systemErrorCode(error: unknown): string | undefined {
  if (error === null || typeof error !== 'object' || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(error.code) ? error.code : undefined
}

/** What kind of error it is, in a word that quotes nothing: its system code, else the name of its class. */
export function errorKind(error: unknown): string {
  return systemErrorCode(error) ?? (error instanceof Error ? error.constructor.name : typeof error)
}
