/**
 * A store that is a program which prints the secret: `op read {path}`, `pass show {path}`, `sops …`. It is started
 * from its argument list and never through a shell. `{path}` and `{field}` of the reference are filled in, in
 * one pass; where the command doesn't say `{field}`, a field is read from the output as JSON. References that come
 * to the same command line at the same time cost one run, whoever asks, and four runs go at a time.
 *
 * A reference's path or field can't begin with `-`, so that it is never taken for an option.
 */
import { basename } from 'node:path'
import type { StoreOptions } from '../options.ts'
import { pickField } from '../../text/json-field.ts'
import { SingleFlight } from '../../single-flight.ts'
import { asStoreError, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import { commandEnvironment, runCommand } from './run.ts'
import { fill, type SettingPiece, type Settings } from '../settings.ts'
import { takeTurns } from '../shared/take-turns.ts'
import { watchWhenAsked } from '../shared/watch-reading.ts'

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_RUNNING = 4

export async function openExec(
  options: Extract<StoreOptions, { type: 'exec' }>,
  settings: Settings,
): Promise<Store> {
  const { alias, context } = settings
  const command = await Promise.all(options.command.map((argument) => settings.pieces('command', argument)))
  checkCommand(command, settings)
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.env ?? {})) {
    env[name] = await settings.withEnvironment(`env.${name}`, value)
  }
  const hasField = command.some((pieces) => says(pieces, 'field'))
  const takeTurn = takeTurns(MAX_RUNNING)
  const runs = new SingleFlight<string>()

  function argv({ path, field }: StoreReference): readonly string[] {
    const values: Record<string, string | undefined> = { path, field, environment: context.environment }
    return command.map((pieces) =>
      fill(pieces, (name) => (Object.hasOwn(values, name) ? values[name] : undefined)),
    )
  }

  const resolve: Store['resolve'] = (references, { signal }) => {
    const run = (line: readonly string[]): Promise<string> =>
      runs.run(JSON.stringify(line), signal, (signal) =>
        takeTurn(() =>
          runCommand(line, {
            name: `the command of store "${alias}"`,
            cwd: context.baseDir,
            env: { ...commandEnvironment(context.env), ...env },
            timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
            signal,
          }),
        ),
      )
    return Promise.all(
      references.map(async (reference): Promise<StoreAnswer> => {
        try {
          const output = await run(argv(reference))
          return pickField(output, hasField ? undefined : reference.field, `${alias}:${reference.path}`)
        } catch (error) {
          return { ok: false, error: asStoreError(error, `the command of store "${alias}" can't be run`) }
        }
      }),
    )
  }

  return {
    type: 'exec',
    validate({ path, field }) {
      if (path.startsWith('-') || field?.startsWith('-') === true) {
        return [`"${path}" would be taken for an option of the program; it can't begin with -`]
      }
      return hasField && field === undefined
        ? [`the command of "${alias}" needs a field: \${${alias}:${path}#field}`]
        : []
    },
    resolve,
    ...watchWhenAsked(resolve, context.pollMs),
    close: () => Promise.resolve(),
  }
}

function checkCommand(command: readonly (readonly SettingPiece[])[], settings: Settings): void {
  const [program = [], ...rest] = command
  if (fill(program, () => undefined).trim() === '') throw settings.problem('command', 'names no program')
  if (says(program, 'path') || says(program, 'field')) {
    throw settings.problem('command', 'lets a reference choose the program', {
      hint: 'write the program first and {path} among its arguments',
    })
  }
  if (!rest.some((pieces) => says(pieces, 'path'))) {
    throw settings.problem('command', 'does not say {path}, so every reference would get the same value', {
      hint: `write {path} where the name of the secret goes, e.g. [${basename(fill(program, () => undefined))}, read, "{path}"]`,
    })
  }
  if (command.some((pieces) => says(pieces, 'environment'))) settings.environment('command')
}

function says(pieces: readonly SettingPiece[], name: string): boolean {
  return pieces.some(({ text, written }) => written && text.includes(`{${name}}`))
}
