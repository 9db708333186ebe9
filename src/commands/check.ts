/**
 * `sidemux check`: every problem of servers.yaml with its line, and no server started. Of secrets only those are looked
 * at that are on this machine anyway (environment, .env files, secret files): their length, and whether two are
 * equal. One that can't be read is for `sidemux secrets` to tell.
 */
import { LockError } from '../catalog/lock/lock-file.ts'
import { ServersLock } from '../catalog/lock/servers-lock.ts'
import { tooManyTools } from '../catalog/tool-limits.ts'
import type { Config, ServerConfig } from '../config/config.ts'
import { findLeaks } from '../checkup/leaks/find.ts'
import { cut, loadConfig } from '../config/load.ts'
import { formatProblem, type Mark, type ConfigProblem } from '../config/problem.ts'
import { findConfiner, type Confiner } from '../confine/confiner/confiner.ts'
import { unbrokeredMarks } from '../config/servers/brokered.ts'
import { unconfinedServers, weaklyConfined, type Unconfined } from '../confine/decision.ts'
import { confinables, lockableServers } from '../config/for-rooms.ts'
import { confinedMarks, folderMarks } from '../config/servers/startable.ts'
import { unmatchedPatterns } from '../policy/rules.ts'
import { declaredAliases } from '../secrets/stores/identity.ts'
import type { ConfigVerbOptions } from './common/choice.ts'
import { launchMarks } from './trust/marks.ts'
import { visibleLine } from '../visible.ts'
import { elsewhereLines } from './common/elsewhere.ts'
import { packageLines, packagesShown } from './common/packages-shown.ts'
import type { Io } from './io.ts'
import { stateDir } from '../state/directory.ts'

export interface CheckOptions extends ConfigVerbOptions {
  readonly json?: boolean
}

/**
 * 0 when there are at most warnings, else 2.
 * @param lookForConfiner tests that start no process give their own
 */
export async function checkConfig(
  options: CheckOptions,
  io: Pick<Io, 'stdout' | 'env' | 'cwd'>,
  lookForConfiner: typeof findConfiner = findConfiner,
): Promise<number> {
  const { json = false, ...choice } = options
  const { file, config, runnable, problems, text } = await loadConfig({ ...choice, env: io.env, cwd: io.cwd })
  const confiner = await lookForConfiner({ platform: process.platform, path: io.env['PATH'] })
  const chosen = runnable === undefined ? [] : chosenPlain(runnable, confiner)
  const weakly = runnable === undefined ? [] : [weaklyConfined(confinables(runnable), confiner) ?? []].flat()
  const lock =
    runnable && new ServersLock(stateDir(io.env), runnable.file, await lockableServers(runnable), 'never')
  const tooMany =
    runnable === undefined || lock === undefined ? undefined : await tooManyBefore(runnable, lock)
  const more = [
    ...(text === undefined ? [] : await findLeaks({ text, config: runnable, env: io.env, cwd: io.cwd })),
    ...(runnable === undefined
      ? []
      : [
          ...confinedMarks(runnable, confiner),
          ...(await unbrokeredMarks(runnable, async () => confiner)),
          ...(await folderMarks(runnable)),
          ...(lock === undefined ? [] : patternMarks(runnable, lock)),
          ...(await launchMarks(runnable, io.env)),
        ]),
  ]
  const packages = runnable === undefined ? [] : await packagesShown(runnable, io.env, lock)
  const all = [
    ...inOrder([...problems, ...cut(inOrder(more.map((mark): ConfigProblem => ({ file, ...mark }))))]),
    ...(lock === undefined ? [] : lockProblems(lock)),
  ]
  if (json) {
    const elsewhere = config?.elsewhere.map(({ id, environments }) => ({ id, environments })) ?? []
    const told = {
      file,
      problems: all,
      ...(elsewhere.length === 0 ? {} : { elsewhere }),
      ...(packages.length === 0 ? {} : { packages }),
      ...(tooMany === undefined ? {} : { tools: tooMany.message }),
      ...(chosen.length === 0 ? {} : { unconfined: chosen.flatMap(({ ids }) => ids) }),
    }
    io.stdout.write(`${JSON.stringify(told, undefined, 2)}\n`)
  } else {
    for (const problem of all) io.stdout.write(`${formatProblem(problem)}\n`)
    if (config !== undefined) for (const line of elsewhereLines(config)) io.stdout.write(`${line}\n`)
    for (const line of packageLines(packages)) io.stdout.write(`${line}\n`)
    const facts = [...chosen, ...weakly, ...(tooMany === undefined ? [] : [tooMany])]
    for (const { message } of facts) io.stdout.write(`${message}\n`)
    io.stdout.write(`${summary(file, config, all)}\n`)
  }
  return config === undefined || all.some(({ severity }) => severity === 'error') ? 2 : 0
}

/** Those that run unconfined because their entry has it so: that is no problem, and is said all the same. */
function chosenPlain(config: Config, confiner: Confiner): readonly Unconfined[] {
  return unconfinedServers(confinables(config), confiner).filter(({ reason }) => reason !== 'nothing')
}

function summary(file: string, config: Config | undefined, problems: readonly ConfigProblem[]): string {
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

function inOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.col - b.col)
}

function lockProblems(lock: ServersLock): readonly ConfigProblem[] {
  return lock.faults().map((fault): ConfigProblem => ({
    file: lock.path,
    line: (fault instanceof LockError ? fault.line : undefined) ?? 1,
    col: 1,
    severity: 'error',
    message: fault.message.replace(/^.*?:\d+: /, ''),
    ...(fault.hint !== undefined && { hint: fault.hint }),
  }))
}

/** Patterns that match nothing, where the server's tools are known from an earlier run. */
function patternMarks(config: Config, book: ServersLock): readonly Mark[] {
  return config.servers.flatMap((server) => {
    const names = pinnedTools(book, server)
    if (names.length === 0) return []
    return unmatchedPatterns(server.tools, names).map((pattern): Mark => ({
      ...server.fieldPosition('tools'),
      severity: 'warning',
      message: `"${visibleLine(pattern)}" matches no tool that "${server.id}" has listed`,
      hint: 'run "sidemux tools" to see the names',
    }))
  })
}

/** Where servers were listed before; the catalog is loaded only where there could be too many. */
async function tooManyBefore(config: Config, book: ServersLock): Promise<ReturnType<typeof tooManyTools>> {
  const pinned = config.servers.flatMap((server) => pinnedTools(book, server))
  if (tooManyTools(pinned.length) === undefined) return undefined
  return tooManyTools((await import('./common/listed-before.ts')).listedBefore(config, book))
}

/** A book that can't be read is said where it matters, when the server is used. */
function pinnedTools(book: ServersLock, server: ServerConfig): readonly string[] {
  try {
    return [...(book.pins(server.id, server.launchHash)?.tools.pinned.keys() ?? [])]
  } catch {
    return []
  }
}
