/**
 * Judges the bytes of a servers.yaml: decoded (source.ts), parsed (yaml.ts, tree.ts), what was pasted accepted (paste/), then
 * its shape (schema.ts, explain.ts) and its meaning (resolve.ts). What is wrong is told as marks, each at its place.
 */
import { mappingEntries } from './mapping.ts'
import { isRecord } from '../json/record.ts'
import type { SurfaceMode } from '../surface/modes.ts'
import type { TrustMode } from '../trust/options.ts'
import { blame, withoutOdd, type Located } from './blame.ts'
import type { Config, ConfigSource, ServerConfig } from './config.ts'
import { explainIssues } from './explain.ts'
import { readIfSmall } from './file/file.ts'
import { decodeSource } from './file/source.ts'
import { identityOfFile } from './loop/disk.ts'
import { loopFindings } from './loop/find.ts'
import { unpaste, type Unpasted } from './paste/unpaste.ts'
import type { Finding, Mark, Path } from './problem.ts'
import { resolveConfig } from './resolve.ts'
import { configOptions } from './schema/schema.ts'
import { BACKSLASH, BAD_ESCAPE, COMMENT, CURLY_QUOTES, ODD_BLANK, STRAY_QUOTES } from './text/recognise.ts'
import { readTree, type Tree } from './text/tree.ts'
import { parseYaml } from './text/yaml.ts'

/** What one text comes to. */
export type JudgedFile = {
  /** Absent where nothing of it may be used. */
  readonly config?: Config
  readonly marks: readonly Mark[]
  /** Decoded; undefined where that can't be done. */
  readonly text: string | undefined
  /** No other file was looked into, and none starts it again. */
  readonly isAlone: boolean
}

/** By what it is judged beside its text. */
export type JudgedBy = {
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

export function judgeFile(bytes: Uint8Array, choice: JudgedBy): JudgedFile {
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

/** The place of what has none. */
export const atBeginning = (): { line: number; col: number } => ({ line: 1, col: 1 })
