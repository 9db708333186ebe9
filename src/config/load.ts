/**
 * Loads servers.yaml: finds and reads it (file.ts), has it judged (judge.ts), and says what then runs. What is wrong with the
 * content is a ConfigProblem with its line; what is wrong with the file itself is thrown.
 */
import { sha256 } from '../json/canonical.ts'
import { SidemuxError } from '../errors.ts'
import type { SurfaceMode } from '../surface/modes.ts'
import { TRUST_MODES, trustOption, type TrustMode } from '../trust/options.ts'
import type { Config } from './config.ts'
import { NoConfigFile, readConfigFile, type FileChoice } from './file/file.ts'
import { atBeginning, judgeFile } from './judge.ts'
import { formatProblem, showFile, type ConfigProblem } from './problem.ts'
import { resolveConfig } from './resolve.ts'
import { environmentOption } from './schema/schema.ts'

export interface ConfigChoice extends FileChoice {
  /** `--environment`; else `$SIDEMUX_ENVIRONMENT`, else the file decides. */
  readonly environment?: string | undefined
  /** `--profile`. */
  readonly profile?: string | undefined
  /** `--surface`. */
  readonly surface?: SurfaceMode | undefined
  /** `--frozen`. */
  readonly frozen?: boolean | undefined
}

export interface LoadedConfig {
  /** As problems name it. */
  readonly file: string
  /** The same, absolute. */
  readonly path: string
  readonly bytes: Uint8Array
  /** SHA-256 of them. */
  readonly hash: string
  readonly believed: boolean
  /** What it means depends on no other file (loop/find.ts). */
  readonly isAlone: boolean
  /** Undefined when one of the problems is an error. */
  readonly config: Config | undefined
  /** Without the entries that are kept down; undefined when an error keeps down more than that (blame.ts). */
  readonly runnable: Config | undefined
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[]
  /** What was judged; undefined when the file is no text. */
  readonly text: string | undefined
}

/** Nobody reads more of them, and the file may have been made to have many. */
const MAX_PROBLEMS = 100

/** @throws SidemuxError with exit code 2 when there is no file that can be read, or the environment has no name. */
export async function loadConfig(choice: ConfigChoice): Promise<LoadedConfig> {
  const environment = chosenEnvironment(choice)
  const trust = chosenTrust(choice)
  const { file, bytes, believed } = await readConfigFile(choice)
  const shown = showFile(file, choice.cwd)
  const hash = sha256(bytes)
  const { config, marks, text, isAlone } = judgeFile(bytes, {
    file,
    hash,
    environment,
    profile: choice.profile,
    surface: choice.surface,
    frozen: choice.frozen,
    env: choice.env,
    believed,
    trust,
  })
  const problems = marks
    .toSorted((a, b) => a.line - b.line || a.col - b.col)
    .map((mark): ConfigProblem => ({ file: shown, ...mark }))
  const told = cut(problems)
  const only = (which: ConfigProblem['severity']): readonly ConfigProblem[] =>
    told.filter(({ severity }) => severity === which)
  const runnable = config && { ...config, warnings: only('warning'), errors: only('error') }
  return {
    file: shown,
    path: file,
    bytes,
    hash,
    believed,
    isAlone,
    config: only('error').length > 0 ? undefined : runnable,
    runnable,
    problems: told,
    text,
  }
}

/** The same where there is no file: one that can't be used, until there is one. @throws as `loadConfig`, but for that */
export async function loadIfThere(choice: ConfigChoice): Promise<LoadedConfig> {
  try {
    return await loadConfig(choice)
  } catch (error) {
    if (!(error instanceof NoConfigFile)) throw error
    const { file, isChosen, fault: message, hint } = error
    const shown = showFile(file, choice.cwd)
    const severity = 'error' as const
    return {
      file: shown,
      path: file,
      bytes: new Uint8Array(),
      // That of no bytes at all, which an empty file has none of.
      hash: '',
      believed: choice.believed ?? isChosen,
      isAlone: true,
      config: undefined,
      runnable: undefined,
      problems: [{ file: shown, line: 1, col: 1, severity, message, ...(hint !== undefined && { hint }) }],
      text: undefined,
    }
  }
}

/** @throws SidemuxError with exit code 2 that lists the errors, also those that keep down one entry only. */
export async function requireConfig(choice: ConfigChoice): Promise<Config> {
  const loaded = await loadConfig(choice)
  if (loaded.config !== undefined) return loaded.config
  throw unusable(loaded)
}

/** The same, but what keeps down single entries is for the caller to tell. */
export async function requireRunnable(choice: ConfigChoice): Promise<Config> {
  const loaded = await loadConfig(choice)
  if (loaded.runnable !== undefined) return loaded.runnable
  throw unusable(loaded)
}

/** What runs in place of a file that can't be used: nothing, under the strictest rules, and the reason to tell. */
export function nothingRuns({ path, hash, believed, problems }: LoadedConfig): Config {
  const errors = problems.filter(({ severity }) => severity === 'error')
  const [broken] = errors
  const { config } = resolveConfig({}, { file: path, hash, believed, position: atBeginning })
  return { ...config, errors, ...(broken === undefined ? {} : { broken }) }
}

function unusable({ file, problems }: LoadedConfig): SidemuxError {
  const errors = problems.filter(({ severity }) => severity === 'error')
  return new SidemuxError(`${file} can't be used:\n${errors.map(formatProblem).join('\n')}`, {
    hint: 'correct it, then run "sidemux check"',
    exitCode: 2,
  })
}

function chosenEnvironment({ environment, env }: ConfigChoice): string | undefined {
  const chosen = environment ?? (env['SIDEMUX_ENVIRONMENT'] === '' ? undefined : env['SIDEMUX_ENVIRONMENT'])
  if (chosen === undefined || environmentOption.safeParse(chosen).success) return chosen
  throw new SidemuxError(
    `${environment === undefined ? '$SIDEMUX_ENVIRONMENT' : '--environment'} is not the name of an environment`,
    { hint: 'a name such as dev: letters, digits, and . _ - inside', exitCode: 2 },
  )
}

function chosenTrust({ env }: ConfigChoice): TrustMode | undefined {
  const chosen = env['SIDEMUX_TRUST'] === '' ? undefined : env['SIDEMUX_TRUST']
  const parsed = trustOption.optional().safeParse(chosen)
  if (parsed.success) return parsed.data
  throw new SidemuxError('$SIDEMUX_TRUST is not a way to trust servers', {
    hint: `set it to one of ${TRUST_MODES.join(', ')}`,
    exitCode: 2,
  })
}

/** Errors before warnings, when not all of them fit. */
export function cut(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  if (problems.length <= MAX_PROBLEMS) return problems
  const errorsFirst = problems.toSorted(
    (a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'),
  )
  const kept = new Set(errorsFirst.slice(0, MAX_PROBLEMS))
  const shown = problems.filter((problem) => kept.has(problem))
  const { file = '', line = 1, col = 1, severity = 'error' } = errorsFirst[MAX_PROBLEMS] ?? {}
  return [...shown, { file, line, col, severity, message: `and ${problems.length - MAX_PROBLEMS} more` }]
}
