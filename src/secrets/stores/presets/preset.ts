/**
 * A store that is a known program: its arguments are ours, everything else is the exec runner's (no shell, a process
 * group that is killed at its deadline, bounded output, an environment of the session and what is given by name).
 * References that come to the same command line at the same time cost one run, whoever asks, and four runs go at a time.
 */
import { existsSync } from 'node:fs'
import { SingleFlight } from '../../single-flight.ts'
import { asStoreError, StoreError, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import { commandEnvironment, runCommand } from '../exec/run.ts'
import type { Settings } from '../settings.ts'
import { takeTurns } from '../shared/take-turns.ts'
import { watchFiles } from '../shared/watch-directory.ts'
import { watchWhenAsked } from '../shared/watch-reading.ts'

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_RUNNING = 4

export interface Preset {
  readonly type: string
  /** The program's name, for PATH and for errors. */
  readonly program: string
  /** Variables that say where the program keeps its things; none that is a credential. */
  readonly inherits: readonly string[]
  /** Credentials and settings of its own, from the store's settings. */
  readonly variables: Readonly<Record<string, string>>
  validate(reference: StoreReference): readonly string[]
  args(reference: StoreReference): readonly string[]
  /** What its output comes to. */
  take(output: string, reference: StoreReference): StoreAnswer
  /**
   * The files that decide a value, where there are some, the one that holds it first: then they are watched, and the
   * program is left alone.
   */
  files?(reference: StoreReference): readonly string[]
  /** What usually helps when the program fails. */
  readonly failing: string
  /** What a person types to make a value that isn't there. */
  add?(reference: StoreReference): string
}

interface PresetSettings {
  readonly program?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly timeout?: number | undefined
}

export async function openPreset(preset: Preset, given: PresetSettings, settings: Settings): Promise<Store> {
  const { alias, context } = settings
  const program = given.program === undefined ? preset.program : await settings.text('program', given.program)
  const env: NodeJS.ProcessEnv = { ...commandEnvironment(context.env) }
  for (const name of preset.inherits) if (context.env[name] !== undefined) env[name] = context.env[name]
  Object.assign(env, preset.variables)
  for (const [name, value] of Object.entries(given.env ?? {})) {
    env[name] = await settings.withEnvironment(`env.${name}`, value)
  }
  const takeTurn = takeTurns(MAX_RUNNING)
  const runs = new SingleFlight<string>()

  const resolve: Store['resolve'] = (references, { signal }) => {
    const run = (args: readonly string[], reference: StoreReference): Promise<string> =>
      runs.run(JSON.stringify(args), signal, (signal) =>
        takeTurn(() =>
          runCommand([program, ...args], {
            name: `${preset.program}, for store "${alias}",`,
            cwd: context.baseDir,
            env,
            timeoutMs: given.timeout ?? DEFAULT_TIMEOUT_MS,
            signal,
            hint: preset.failing,
            explain: () => missing(preset, reference),
          }),
        ),
      )
    return Promise.all(
      references.map(async (reference): Promise<StoreAnswer> => {
        try {
          return preset.take(await run(preset.args(reference), reference), reference)
        } catch (error) {
          return { ok: false, error: asStoreError(error, `${preset.program} can't be run`) }
        }
      }),
    )
  }

  return {
    type: preset.type,
    validate(reference) {
      const { path, field } = reference
      if (path.startsWith('-') || field?.startsWith('-') === true) {
        return [`"${path}" would be taken for an option of ${preset.program}; it can't begin with -`]
      }
      return preset.validate(reference)
    },
    resolve,
    ...watcher(preset, resolve, context.pollMs),
    close: () => Promise.resolve(),
  }
}

/** Why the program failed, where the file that would hold the value isn't there; the program's words are discarded. */
function missing(preset: Preset, reference: StoreReference): StoreError | undefined {
  const [file] = preset.files?.(reference) ?? []
  if (file === undefined || existsSync(file)) return undefined
  const add = preset.add?.(reference)
  return new StoreError('not_found', `there is no file ${file}`, {
    hint: add === undefined ? 'create it, or correct the path' : `correct the reference, or run: ${add}`,
  })
}

/** By its files; else by running it again, which is done only where somebody set how often. */
function watcher(
  preset: Preset,
  resolve: Store['resolve'],
  pollMs: number | undefined,
): Pick<Store, 'watch'> {
  if (preset.files === undefined) return watchWhenAsked(resolve, pollMs)
  return {
    watch(references, onChange, onLook) {
      const files = references.flatMap((reference) => preset.files?.(reference) ?? [])
      return watchFiles(files, { onChange, onLook, intervalMs: pollMs })
    },
  }
}
