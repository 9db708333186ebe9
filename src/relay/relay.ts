/**
 * The host as one server may see it: what it is told of the host, what it may ask, as whom, and what comes back. Every
 * question passes here, in a request or outside of any, asked live or with a retry.
 */
import {
  AskError,
  NotAskedError,
  type Caller,
  type QuestionOutcome,
  type ServerQuestion,
} from '../upstream/messages/caller.ts'
import type { JsonObject } from '../json/record.ts'
import { mirrored } from './capabilities.ts'
import type { RelayRules } from './options.ts'
import { acceptAnswer, prepareQuestion } from './question.ts'

/** The host itself, before anything is taken from it. */
export type HostCaller = Omit<Caller, 'prepare'>

export interface QuestionSource {
  readonly server: string
  readonly rules: RelayRules
  /** The id of the call that the question is taken to belong to. */
  readonly call?: string
}

export interface RelayDeps {
  /** The server's own secrets stand in no question, nor over several of them (promise 3). */
  mask<T>(server: string, value: T): T
  /** Labels of the secrets in `value` that `server` was not given itself (promise 2). */
  foreignSecrets(value: unknown, server: string): readonly string[]
  /** Asks a human whether the server may ask the host's model this; true for a yes. Rejects where it can't be asked. */
  confirm(question: ServerQuestion, about: QuestionSource, signal: AbortSignal): Promise<boolean>
  /** Writes down that a question is about to be asked; rejects where it can't be and has to (promises 1 and 6). */
  record(facts: Readonly<Record<string, unknown>>): Promise<void>
  /** Writes down what became of a question. */
  note(facts: Readonly<Record<string, unknown>>): void
}

const REFUSED = -32_000

type Ask = NonNullable<HostCaller['ask']>

export class Relay {
  readonly #deps: RelayDeps

  constructor(deps: RelayDeps) {
    this.#deps = deps
  }

  /** What the server may be told of the host. */
  capabilities(host: JsonObject, rules: RelayRules): JsonObject {
    return mirrored(host, rules)
  }

  caller(host: HostCaller, about: QuestionSource): Caller {
    return new NarrowedCaller(this, host, about)
  }

  /** Asks the host at once. @throws NotAskedError, or AskError as the host answered */
  async ask(
    question: ServerQuestion,
    { host, ask, about }: { host: HostCaller; ask: Ask; about: QuestionSource },
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const prepared = await this.prepare(question, host, about, signal)
    if (prepared.kind === 'answer') return prepared.answer
    if (prepared.kind === 'refuse') throw new NotAskedError(prepared.code, prepared.reason)
    return this.answer(prepared.question, await this.#live(prepared.question, ask, about, signal), about)
  }

  /**
   * The host's answer as the server may have it.
   * @throws AskError when it may not.
   */
  answer(question: ServerQuestion, raw: unknown, about: QuestionSource): JsonObject {
    const accepted = acceptAnswer(question, raw, (value) => this.#deps.foreignSecrets(value, about.server))
    this.#note(question, about, accepted.kind === 'pass' ? outcomeOf(accepted.answer) : 'refused')
    if (accepted.kind === 'pass') return accepted.answer
    if (question.method === 'elicitation/create') return DECLINED
    throw new AskError(REFUSED, accepted.reason)
  }

  async #live(
    question: ServerQuestion,
    ask: Ask,
    about: QuestionSource,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    try {
      return await ask(question, signal)
    } catch (error) {
      this.#note(question, about, 'failed')
      const said = error instanceof AskError ? [error.message, error.data] : []
      if (this.#deps.foreignSecrets(said, about.server).length === 0) throw error
      throw new AskError(REFUSED, "the host's error holds a secret of another server")
    }
  }

  /** Hears a question before anybody is asked. */
  async prepare(
    question: ServerQuestion,
    host: HostCaller,
    about: QuestionSource,
    signal: AbortSignal,
  ): Promise<QuestionOutcome> {
    const { server, rules } = about
    const told = mirrored(host.capabilities, rules)
    const masked = this.#deps.mask(server, question)
    const prepared = prepareQuestion(masked, { server, rules, told, host: host.capabilities })
    if (prepared.kind === 'refuse') {
      this.#note(question, about, 'refused', prepared.reason)
      const { code, reason, hint } = prepared
      return prepared.declined
        ? { kind: 'answer', answer: DECLINED }
        : { kind: 'refuse', code, reason: `${reason} (${hint})` }
    }
    const needsHuman = question.method === 'sampling/createMessage' && rules.sampling === 'confirm'
    if (needsHuman) {
      const said = await this.#deps.confirm(prepared.question, about, signal).catch(() => undefined)
      if (said !== true) {
        const reason = said === false ? 'nobody said yes to it' : 'nobody could be asked for a yes to it'
        this.#note(question, about, 'denied', reason)
        return { kind: 'refuse', code: REFUSED, reason }
      }
    }
    try {
      await this.#deps.record(factsOf(question, about, 'asked'))
    } catch {
      return {
        kind: 'refuse',
        code: REFUSED,
        reason: 'the audit log can not be written, so it was not asked',
      }
    }
    // The yes may have come in the same moment, or the wait for the disk been long.
    if (signal.aborted) {
      const reason = 'it was withdrawn before it was asked'
      this.#note(question, about, 'failed', reason)
      return { kind: 'refuse', code: REFUSED, reason }
    }
    return prepared
  }

  #note(question: ServerQuestion, about: QuestionSource, outcome: string, reason?: string): void {
    this.#deps.note({ ...factsOf(question, about, outcome), ...(reason !== undefined && { reason }) })
  }
}

/** Made for each call, and hardly any server asks: so what asks is made when it is looked for. */
class NarrowedCaller implements Caller {
  readonly capabilities: JsonObject
  readonly #relay: Relay
  readonly #host: HostCaller
  readonly #about: QuestionSource

  constructor(relay: Relay, host: HostCaller, about: QuestionSource) {
    this.capabilities = mirrored(host.capabilities, about.rules)
    this.#relay = relay
    this.#host = host
    this.#about = about
  }

  get logLevel(): string | undefined {
    return this.#host.logLevel
  }

  get prepare(): NonNullable<Caller['prepare']> {
    return (question, signal) => this.#relay.prepare(question, this.#host, this.#about, signal)
  }

  get ask(): Caller['ask'] {
    const { ask } = this.#host
    return (
      ask &&
      ((question, signal) => this.#relay.ask(question, { host: this.#host, ask, about: this.#about }, signal))
    )
  }
}

function factsOf(
  { method }: ServerQuestion,
  { server, call }: QuestionSource,
  outcome: string,
): Record<string, unknown> {
  return { server, method, outcome, ...(call !== undefined && { call }) }
}

const DECLINED = { action: 'decline' }

function outcomeOf({ action }: JsonObject): string {
  return typeof action === 'string' ? action : 'answered'
}
