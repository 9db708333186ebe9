/**
 * `sidemux pin`: what servers offer beside what servers.lock holds, member by member, and a person's word that it is right.
 * It starts the servers, also strict ones that may not start otherwise, writes what is accepted by name or as a whole, and
 * nothing else. Without `--accept` it exits with 1 while something differs, so CI can ask it.
 */
import type { Difference } from '../../catalog/lock/differences.ts'
import type { ServerConfig } from '../../config/config.ts'
import { renderError, SidemuxError } from '../../errors.ts'
import type { LogLevel } from '../../log-levels.ts'
import { whyDown } from '../../upstream/life/state.ts'
import { asciiJson, visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { withSession, type VerbSession } from '../common/session.ts'
import { refuseUnknown } from '../common/unknown.ts'
import type { Io } from '../io.ts'
import { differenceLines, summaryLine } from './difference-text.ts'

export interface PinVerbOptions extends ConfigVerbOptions {
  /** All where none is named. */
  readonly server?: string
  /** Names of tools and prompts, URIs of templates. */
  readonly accept: readonly string[]
  readonly all: boolean
  readonly json: boolean
  readonly logLevel: LogLevel
}

/** Lists beside that of tools, of servers that are slow with them. */
const READ_WITHIN_MS = 5000

/** One server beside servers.lock. */
interface Standing {
  readonly server: ServerConfig
  /** Why it can't be compared. */
  readonly down?: { readonly reason: string; readonly said?: string | undefined; readonly hint: string }
  readonly differences: readonly Difference[]
  /** Those that were accepted just now. */
  readonly accepted: ReadonlySet<Difference>
  /** What stands in servers.lock of it can't be used. */
  readonly fault?: string
}

export async function pin(options: PinVerbOptions, io: Io): Promise<0 | 1> {
  const { server: only } = options
  const session = { ...options, ...(only !== undefined && { only }), asHost: true, lock: 'ask' } as const
  return withSession(session, io, async (of) => {
    if (only !== undefined && of.config.servers.every(({ id }) => id !== only)) refuseUnknown(only, of.whole)
    const { fleet } = of.sidecar
    await fleet.settled()
    await fleet.read(READ_WITHIN_MS)
    const standings: Standing[] = []
    for (const server of of.config.servers) standings.push(await judged(server, options, of))
    if (options.json) io.stdout.write(`${asciiJson(standings.map(asJson), 2)}\n`)
    else print(standings, options, io)
    return options.accept.length > 0 || standings.every(isSettled) ? 0 : 1
  })
}

function isSettled({ down, differences, accepted }: Standing): boolean {
  return down === undefined && differences.every((one) => accepted.has(one))
}

async function judged(
  server: ServerConfig,
  options: PinVerbOptions,
  session: VerbSession,
): Promise<Standing> {
  const { sidecar } = session
  const pinning = await sidecar.pinning()
  const child = sidecar.fleet.get(server.id)
  const found = pinning.differing(server.id)
  if (child === undefined || found === undefined) {
    const down = (child && whyDown(server.id, child.state)) ?? {
      reason: 'it has listed nothing',
      hint: 'run "sidemux logs"',
    }
    if (options.accept.length > 0)
      throw new SidemuxError(`${server.id} is not running: ${down.reason}`, { hint: down.hint })
    return { server, down, differences: [], accepted: new Set() }
  }
  const { differences, fault } = found
  const accepted = options.all ? new Set(differences) : named(options.accept, differences, server.id)
  if (options.all) {
    const [gap] = child.gaps
    if (gap !== undefined)
      throw new SidemuxError(`${server.id} is not known whole: its list of ${gap.kind} ${gap.why}`, {
        said: gap.said,
        hint: `accept what is known by name: "sidemux pin ${server.id} --accept TOOL"`,
      })
  }
  if (accepted.size > 0 || (options.all && fault !== undefined))
    await pinning.accept(server.id, options.all ? 'all' : [...accepted])
  return { server, differences, accepted, ...(fault !== undefined && { fault }) }
}

function named(
  names: readonly string[],
  differences: readonly Difference[],
  id: string,
): ReadonlySet<Difference> {
  const found = names.flatMap((name) => {
    const all = differences.filter((one) => one.name === name || (one.name === '' && one.kind === name))
    if (all.length > 0) return all
    throw new SidemuxError(`nothing called "${visibleLine(name)}" of ${id} differs from servers.lock`, {
      hint: `run "sidemux pin ${id}" to see what does`,
      exitCode: 2,
    })
  })
  for (const { kind, what } of found)
    if (what === 'gone' || kind === 'launch' || kind === 'resource')
      throw new SidemuxError(
        `${kind === 'launch' ? 'a launch' : `a ${kind} that is ${what}`} is accepted with all the rest only`,
        {
          hint: `run "sidemux pin ${id} --all" if all of it is right`,
          exitCode: 2,
        },
      )
  return new Set(found)
}

function print(standings: readonly Standing[], { server: only }: PinVerbOptions, io: Io): void {
  for (const { server, down, differences, accepted, fault } of standings) {
    if (fault !== undefined) io.stderr.write(`${fault}\n`)
    if (down !== undefined) {
      io.stderr.write(`${renderError({ ...down, message: `${server.id} is not running: ${down.reason}` })}\n`)
      continue
    }
    io.stdout.write(`${summaryLine(server.id, differences, accepted)}\n`)
    for (const one of differences)
      if (!accepted.has(one)) for (const line of differenceLines(one)) io.stdout.write(`  ${line}\n`)
  }
  const left = standings.filter((one) => one.down === undefined && !isSettled(one))
  const [first] = left
  if (first === undefined) return
  const which = left.length === 1 || only !== undefined ? first.server.id : 'SERVER'
  io.stdout.write(
    `hint: run "sidemux pin ${which} --all" if all of it is right, or "sidemux pin ${which} --accept NAME" for one of it\n`,
  )
}

function asJson({ server, down, differences, accepted, fault }: Standing): unknown {
  return {
    server: server.id,
    ...(down === undefined ? { same: differences.length === 0 } : { down: down.reason }),
    ...(fault !== undefined && { fault }),
    differences: differences.map((one) => ({ ...one, accepted: accepted.has(one) })),
  }
}
