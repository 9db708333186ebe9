/**
 * The one shape of an error that a person reads: a sentence that says what is wrong and a hint that is a
 * next command or a next edit. Nothing in it may come from an upstream or contain a secret, because both
 * parts are printed, logged and shown to the model as they are.
 */

/** 1: a check or a call failed. 2: usage or config error. 3: the outcome was blocked or declined. */
export type ExitCode = 1 | 2 | 3

export class SidemuxError extends Error {
  override readonly name = 'SidemuxError'
  /** What to do next, a command or an edit; absent only where the sentence already says it. */
  readonly hint: string | undefined
  readonly exitCode: ExitCode

  constructor(message: string, options: { hint?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.exitCode = options.exitCode ?? 1
  }
}

/** `message` and, on a second line, `hint: …`; the only rendering there is. */
export function renderError(error: { message: string; hint?: string | undefined }): string {
  return error.hint === undefined ? error.message : `${error.message}\nhint: ${error.hint}`
}

/**
 * The `code` of a Node system error (`ENOENT`, `EACCES`, …). Unlike its message, a code never quotes a path,
 * an argument or what a peer sent, so it may be shown.
 */
export function systemErrorCode(error: unknown): string | undefined {
  if (error === null || typeof error !== 'object' || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(error.code) ? error.code : undefined
}
