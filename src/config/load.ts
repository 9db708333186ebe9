/**
 * servers.yaml to Config, in five steps: find and read (file.ts), decode (source.ts), parse (yaml.ts, tree.ts),
 * accept what was pasted (paste/), then judge: shape (schema.ts, explain.ts) and meaning (resolve.ts). What is
 * wrong with the content is a ConfigProblem with its line; what is wrong with the file itself is thrown.
 */
import { sha256 } from '../json/canonical.ts'
import { SidemuxError } from '../errors.ts'
import { blame, withoutOdd, type Located } from './blame.ts'
import type { Config, ConfigSource, ServerConfig } from './config.ts'
import { explainIssues } from './explain.ts'
import { NoConfigFile, readConfigFile, readIfSmall, type FileChoice } from './file/file.ts'
import { unpaste, type Unpasted } from './paste/unpaste.ts'
import { formatProblem, showFile, type Finding, type Mark, type Path, type ConfigProblem } from './problem.ts'
import { mappingEntries } from './mapping.ts'
import { isRecord } from '../json/record.ts'
import { identityOfFile } from './loop/disk.ts'
import { loopFindings } from './loop/find.ts'
import { BACKSLASH, BAD_ESCAPE, COMMENT, CURLY_QUOTES, ODD_BLANK, STRAY_QUOTES } from './text/recognise.ts'
import { resolveConfig } from './resolve.ts'
import type { SurfaceMode } from '../surface/modes.ts'
import { TRUST_MODES, trustOption, type TrustMode } from '../trust/options.ts'
import { configOptions, environmentOption } from './schema/schema.ts'
import { decodeSource } from './file/source.ts'
import { readTree, type Tree } from './text/tree.ts'
import { parseYaml } from './text/yaml.ts'

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
  const { config, marks, text, isAlone } = judge(bytes, {
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

const atBeginning = (): { line: number; col: number } => ({ line: 1, col: 1 })

function unusable({ file, problems }: LoadedConfig): SidemuxError {
  const errors = problems.filter(({ severity }) => severity === 'error')
  return new SidemuxError(`${file} can't be used:\n${errors.map(formatProblem).join('\n')}`, {
    hint: 'correct it, then run "sidemux check"',
    exitCode: 2,
  })
}

type Judged = {
  readonly config?: Config
  readonly marks: readonly Mark[]
  readonly text: string | undefined
  readonly isAlone: boolean
}
type Choice = {
  readonly file: string
  readonly hash: string
  readonly environment: string | undefined
  readonly profile: string | undefined
  readonly surface: SurfaceMode | undefined
  readonly frozen: boolean | undefined
  readonly env: NodeJS.ProcessEnv
  readonly believed: boolean
  readonly trust: TrustMode | undefined
}

function judge(bytes: Uint8Array, choice: Choice): Judged {
  const { file, hash, environment, profile, surface, frozen, env, believed, trust } = choice
  const source = decodeSource(bytes)
  if ('problem' in source) return { marks: [source.problem], text: undefined, isAlone: true }
  const yaml = parseYaml(source.text)
  if ('problems' in yaml) return { marks: yaml.problems, text: source.text, isAlone: true }
  const tree = readTree(yaml.parsed)
  const pasted = unpaste(tree, Object.keys(configOptions.shape))
  const position = (path: Finding['path'], on?: Finding['on'], offset?: number) =>
    tree.position(pasted.inFile(path), on, offset)
  const shape = configOptions.safeParse(pasted.value)
  const { config, findings } = resolveConfig(pasted.value, {
    file,
    hash,
    environment,
    profile,
    surface,
    frozen,
    believed,
    trust,
    position,
  })
  const issues = shape.success ? [] : explainIssues(shape.error.issues, pasted.value)
  const identity = identityOfFile(file) ?? { path: file, inode: '' }
  const all = [...config.servers, ...config.elsewhere]
  let others = 0
  const read = (other: string): readonly ServerConfig[] => {
    others += 1
    return serversOf(other)
  }
  const loops = loopFindings({ servers: all, file: identity, env, read })
  const located = [
    ...tree.problems.map((problem): Located => ({ ...problem, path: ours(problem.path, pasted) })),
    ...[...pasted.findings, ...issues, ...findings, ...loops].map((finding): Located => ({
      path: finding.path,
      mark: mark(finding, position),
    })),
  ]
  const blamed = blame(located, profile)
  const servers = isRecord(pasted.value) ? pasted.value['servers'] : undefined
  return {
    // A profile that was chosen and isn't there would leave everything open.
    ...(blamed.isWhole || (profile !== undefined && config.profile === undefined)
      ? {}
      : { config: { ...withoutOdd(config, blamed, servers), source: sourceOf(tree, pasted) } }),
    marks: withoutEchoes(located.map((one) => one.mark)),
    text: source.text,
    isAlone: loops.length === 0 && others === 0,
  }
}

function sourceOf(tree: Tree, pasted: Unpasted): ConfigSource {
  const inFile = (path: Path): Path => pasted.inFile(path)
  const braces = tree.isJson ? 'whole' : tree.isFlow(inFile(['servers'])) ? 'entries' : 'no'
  return { braces, inFile }
}

/** Of another servers.yaml, as far as it can be used. */
function serversOf(file: string): readonly ServerConfig[] {
  const bytes = readIfSmall(file)
  const source = bytes === undefined ? undefined : decodeSource(bytes)
  if (source === undefined || 'problem' in source) return []
  const yaml = parseYaml(source.text)
  if ('problems' in yaml) return []
  const { value } = unpaste(readTree(yaml.parsed), Object.keys(configOptions.shape))
  const { config } = resolveConfig(value, { file, hash: '', position: atBeginning })
  return [...config.servers, ...config.elsewhere]
}

/** A path in the file as one of ours, as far as it leads into an entry. */
function ours(path: Path, pasted: Unpasted): Path {
  const { value } = pasted
  const servers = isRecord(value) ? mappingEntries(value['servers']) : []
  for (const [id] of servers) if (leads(path, pasted.inFile(['servers', id]))) return ['servers', id]
  const at = pasted.inFile(['servers'])
  const [entry] = path.slice(at.length)
  if (entry === undefined || !leads(path, at)) return path
  return at.length === 0 && Object.hasOwn(configOptions.shape, entry) ? path : ['servers', String(entry)]
}

function leads(path: Path, through: Path): boolean {
  return through.every((step, index) => path[index] === step)
}

/** What an alias repeats is told once, and where a text is wrong by itself nothing else is said of it. */
function withoutEchoes(marks: readonly Mark[]): readonly Mark[] {
  const odd = new Set(marks.filter(({ message }) => ODD.has(message)).map(placeOf))
  return [...new Set(marks)].filter((one) => ODD.has(one.message) || !odd.has(placeOf(one)))
}

const ODD: ReadonlySet<string> = new Set(
  [BACKSLASH, BAD_ESCAPE, COMMENT, CURLY_QUOTES, ODD_BLANK, STRAY_QUOTES].map(({ message }) => message),
)

function placeOf({ line, col }: Mark): string {
  return `${line}:${col}`
}

function mark(
  { path, on, offset, severity, message, hint }: Finding,
  position: (path: Finding['path'], on?: Finding['on'], offset?: number) => { line: number; col: number },
): Mark {
  return { ...position(path, on, offset), severity, message, ...(hint === undefined ? {} : { hint }) }
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
