/**
 * `sidemux check`: every problem of servers.yaml with its line, and nothing started. Of secrets only those are looked
 * at that are on this machine anyway (environment, .env files, secret files), and of those only the length:
 * one that can't be read is for `sidemux secrets` to tell.
 */
import { PinBook } from '../catalog/pinBook.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { literalSecrets, TOO_SHORT, TOO_SHORT_HINT } from '../config/literals.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem, type Mark, type Problem } from '../config/problem.ts'
import { unmatchedPatterns } from '../policy/rules.ts'
import { declaredAliases } from '../secrets/access/identity.ts'
import { namesSecret } from '../secrets/names.ts'
import type { ResolveRequest } from '../secrets/resolve.ts'
import { Resolver } from '../secrets/resolve.ts'
import { openStores } from '../secrets/stores/index.ts'
import type { ConfigChoice } from './choice.ts'
import { visibleLine } from '../visible.ts'
import type { Io } from './io.ts'
import { stateDir } from '../state-dir.ts'

export interface CheckOptions extends ConfigChoice {
  readonly json?: boolean
}

/** 0 when there are at most warnings, else 2. */
export async function check(options: CheckOptions, io: Pick<Io, 'stdout' | 'env' | 'cwd'>): Promise<number> {
  const { json = false, ...choice } = options
  const { file, config, problems } = await loadConfig({ ...choice, env: io.env, cwd: io.cwd })
  const more =
    config === undefined ? [] : [...(await secretMarks(config, io.env)), ...patternMarks(config, io.env)]
  const all = [...problems, ...more.map((mark): Problem => ({ file, ...mark }))].toSorted(
    (a, b) => a.line - b.line || a.col - b.col,
  )
  if (json) {
    io.stdout.write(`${JSON.stringify({ file, problems: all }, undefined, 2)}\n`)
  } else {
    for (const problem of all) io.stdout.write(`${formatProblem(problem)}\n`)
    io.stdout.write(`${summary(file, config, all)}\n`)
  }
  return config === undefined ? 2 : 0
}

function summary(file: string, config: Config | undefined, problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const counts = [
    ...(config === undefined
      ? []
      : [
          count(config.servers.length, 'server'),
          count(declaredAliases(config.stores.keys()).length, 'store'),
        ]),
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(problems.length === 0 ? ['no problems'] : []),
  ]
  return `${file}: ${counts.join(', ')}`
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}

async function secretMarks(config: Config, env: NodeJS.ProcessEnv): Promise<readonly Mark[]> {
  const local = [...config.stores].filter(
    ([, { type }]) => type === 'env' || type === 'dotenv' || type === 'file',
  )
  const context = { environment: config.environment, baseDir: config.dir, env }
  const resolver = new Resolver({
    stores: await openStores(new Map(local), context),
    env,
    baseDir: config.dir,
  })
  try {
    const marks = await Promise.all(
      config.servers.map(async (server) => [
        ...literalSecrets(server),
        ...(await shortSecrets(server, resolver)),
      ]),
    )
    return marks.flat()
  } finally {
    await resolver.close()
  }
}

async function shortSecrets(server: ServerConfig, resolver: Resolver): Promise<readonly Mark[]> {
  const { uses } = await resolver.resolve(server.id, secretFields(server))
  return uses.flatMap((use): Mark[] => {
    if (use.length !== 'short' || !namesSecret(use)) return []
    const message = `the value of ${use.reference} is ${TOO_SHORT}`
    return [{ ...server.fieldPosition(use.field), severity: 'warning', message, hint: TOO_SHORT_HINT }]
  })
}

/** Patterns that match nothing, where the server's tools are known from an earlier run. */
function patternMarks(config: Config, env: NodeJS.ProcessEnv): readonly Mark[] {
  const book = new PinBook(stateDir(env), config.file)
  return config.servers.flatMap((server) => {
    const names = Object.keys(pinnedTools(book, server))
    if (names.length === 0) return []
    return unmatchedPatterns(server.tools, names).map((pattern): Mark => ({
      ...server.fieldPosition('tools'),
      severity: 'warning',
      message: `"${visibleLine(pattern)}" matches no tool that "${server.id}" has listed`,
      hint: 'run "sidemux tools" to see the names',
    }))
  })
}

/** A book that can't be read is said where it matters, when the server is used. */
function pinnedTools(book: PinBook, server: ServerConfig): Readonly<Record<string, unknown>> {
  try {
    return book.pins(server.id, server.launchHash)?.tools ?? {}
  } catch {
    return {}
  }
}

function secretFields({ launch }: ServerConfig): readonly ResolveRequest[] {
  const [name, templates] = launch.kind === 'remote' ? ['headers', launch.headers] : ['env', launch.env]
  return [...templates].map(([key, template]) => ({ field: `${name}.${key}`, template }))
}
