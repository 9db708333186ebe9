/**
 * `sidemux check`: every problem of servers.yaml with its line, and no server started. Of secrets only those are looked
 * at that are on this machine anyway (environment, .env files, secret files): their length, and whether two are
 * equal. One that can't be read is for `sidemux secrets` to tell.
 */
import { PinBook } from '../catalog/pinBook.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { findLeaks } from '../config/leaks/find.ts'
import { cut, loadConfig } from '../config/load.ts'
import { formatProblem, type Mark, type Problem } from '../config/problem.ts'
import { folderMarks, unconfinedMarks } from '../config/startable.ts'
import { unmatchedPatterns } from '../policy/rules.ts'
import { declaredAliases } from '../secrets/access/identity.ts'
import type { ConfigChoice } from './choice.ts'
import { visibleLine } from '../visible.ts'
import { elsewhereLines } from './elsewhere.ts'
import type { Io } from './io.ts'
import { stateDir } from '../state/directory.ts'

export interface CheckOptions extends ConfigChoice {
  readonly json?: boolean
}

/** 0 when there are at most warnings, else 2. */
export async function check(options: CheckOptions, io: Pick<Io, 'stdout' | 'env' | 'cwd'>): Promise<number> {
  const { json = false, ...choice } = options
  const { file, config, runnable, problems, text } = await loadConfig({ ...choice, env: io.env, cwd: io.cwd })
  const more = [
    ...(text === undefined ? [] : await findLeaks({ text, config: runnable, env: io.env, cwd: io.cwd })),
    ...(runnable === undefined
      ? []
      : [...unconfinedMarks(runnable), ...(await folderMarks(runnable)), ...patternMarks(runnable, io.env)]),
  ]
  const all = inOrder([...problems, ...cut(inOrder(more.map((mark): Problem => ({ file, ...mark }))))])
  if (json) {
    const elsewhere = config?.elsewhere.map(({ id, environments }) => ({ id, environments })) ?? []
    const told = { file, problems: all, ...(elsewhere.length === 0 ? {} : { elsewhere }) }
    io.stdout.write(`${JSON.stringify(told, undefined, 2)}\n`)
  } else {
    for (const problem of all) io.stdout.write(`${formatProblem(problem)}\n`)
    if (config !== undefined) for (const line of elsewhereLines(config)) io.stdout.write(`${line}\n`)
    io.stdout.write(`${summary(file, config, all)}\n`)
  }
  return config === undefined || all.some(({ severity }) => severity === 'error') ? 2 : 0
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

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.col - b.col)
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
