/**
 * A store's own settings: strings in which `${env:…}` and `${file:…}` are resolved, and `{environment}` is replaced,
 * before the store is opened. References to other stores are refused, because they could form a circle. What a
 * reference resolves to is never looked into for a placeholder.
 */
import { aliasOf, settingPlace } from './identity.ts'
import { isLocal, readLocal, type LocalContext } from '../local.ts'
import { nearestName } from '../../nearest.ts'
import { parseTemplate } from '../reference.ts'
import { StoreError } from '../store.ts'
import { Wishes } from './shared/wishes.ts'

export interface OpenContext extends LocalContext {
  /** Which set of secrets, e.g. `dev`; undefined when none is chosen. */
  readonly environment: string | undefined
  /** Between two looks of a watch, where somebody says it; else a minute, or none where a look runs a program. */
  readonly pollMs?: number
}

/** A setting in pieces: only what the operator wrote may hold placeholders, never what a reference brought. */
export type SettingPiece = { readonly text: string; readonly written: boolean }

export class Settings {
  /** As references write it. */
  readonly alias: string
  readonly context: OpenContext
  /** What its back end was heard to wish. */
  readonly wishes = new Wishes()
  readonly #store: string
  readonly #closers: (() => void)[] = []

  /** @param store the alias, or `team@github` for a server's own login there. */
  constructor(store: string, context: OpenContext) {
    this.alias = aliasOf(store)
    this.#store = store
    this.context = context
  }

  /** To be done when the store has closed, or could not be opened. */
  onClose(close: () => void): void {
    this.#closers.push(close)
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close()
  }

  /** With references resolved; `{environment}` stays as it is. */
  async text(key: string, source: string): Promise<string> {
    const pieces = await this.pieces(key, source)
    return this.#given(key, pieces.map((piece) => piece.text).join(''))
  }

  /** With references resolved and `{environment}` replaced. */
  async withEnvironment(key: string, source: string): Promise<string> {
    const pieces = await this.pieces(key, source)
    return this.#given(
      key,
      fill(pieces, (name) => {
        if (name === 'environment') return this.environment(key)
        if (nearestName(name, ['environment']) === undefined) return undefined
        throw this.problem(key, `says {${name}}`, { hint: 'did you mean {environment}?' })
      }),
    )
  }

  /** The chosen environment, for a setting that names it. */
  environment(key: string): string {
    const { environment } = this.context
    if (environment !== undefined && environment !== '') return environment
    throw this.problem(key, 'says {environment}, and no environment is chosen', {
      hint: 'set environment: in servers.yaml, or pass --environment NAME',
    })
  }

  async pieces(key: string, source: string): Promise<readonly SettingPiece[]> {
    const parsed = parseTemplate(source)
    if (!parsed.ok) {
      const [problem] = parsed.problems
      throw this.problem(key, `is not understood: ${problem?.message}`, { hint: problem?.hint })
    }
    return Promise.all(
      parsed.template.parts.map(async (part): Promise<SettingPiece> => {
        if (part.kind === 'literal') return { text: part.text, written: true }
        if (!isLocal(part.reference)) {
          throw this.problem(key, `refers to ${part.text}, and a store can't depend on another store`, {
            hint: 'take it from the environment or a file: ${env:NAME} or ${file:/path}',
          })
        }
        const answer = await readLocal(part.reference, this.context)
        if (answer.ok) return { text: answer.value, written: false }
        throw this.problem(key, `refers to ${part.text}: ${answer.error.message}`, {
          hint: answer.error.hint,
        })
      }),
    )
  }

  problem(key: string, what: string, options: { hint?: string | undefined } = {}): StoreError {
    const { hint } = options
    return new StoreError(
      'invalid_reference',
      `${settingPlace(this.#store, key)} ${what}`,
      hint === undefined ? {} : { hint },
    )
  }

  #given(key: string, text: string): string {
    if (text.trim() !== '') return text
    throw this.problem(key, 'is empty', { hint: `give ${settingPlace(this.#store, key)} a value` })
  }
}

/** Replaces `{name}` in what was written, in one pass; a name that `lookup` doesn't know stays as it is. */
export function fill(pieces: readonly SettingPiece[], lookup: (name: string) => string | undefined): string {
  return pieces
    .map(({ text, written }) =>
      written
        ? text.replace(/\{([a-z]+)\}/g, (placeholder, name: string) => lookup(name) ?? placeholder)
        : text,
    )
    .join('')
}
