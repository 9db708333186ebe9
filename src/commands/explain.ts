/**
 * `sidemux tools --explain SERVER/TOOL`: why a tool has its verdict, what a yes to it would bind to, and which grant
 * would be used. Deciding is that of the call itself: the catalog's verdict, the policy's rules, the book's grants.
 * Arguments are taken and never printed.
 */
import { GrantBook } from '../approval/grantBook.ts'
import { pickGrant, whyNotCovered, whyVoid } from '../approval/grantCoverage.ts'
import { offerFor } from '../approval/grantOffer.ts'
import type { Grant, GrantSubject } from '../approval/grants.ts'
import { argumentsHash } from '../approval/request.ts'
import { restoreKeys } from '../catalog/keys.ts'
import { factsOf, type Entry } from '../catalog/select.ts'
import type { Config } from '../config/config.ts'
import { ruleHash } from '../config/rooms.ts'
import { renderError, SidemuxError } from '../errors.ts'
import type { LogLevel } from '../log.ts'
import { explain } from '../policy/explain.ts'
import { stateDir } from '../state/directory.ts'
import { asciiJson, visibleLine } from '../visible.ts'
import { toolArguments } from './arguments.ts'
import type { ConfigChoice } from './choice.ts'
import { refuseElsewhere } from './elsewhere.ts'
import type { GrantNote, ToolExplanation } from './explanation.ts'
import { explanationText } from './explanationText.ts'
import type { Io } from './io.ts'
import { withSession, type Session } from './session.ts'

export interface ExplainOptions extends ConfigChoice {
  /** `SERVER/TOOL`. */
  readonly which: string
  /** A JSON object. */
  readonly args?: string
  readonly json: boolean
  readonly logLevel: LogLevel
}

export async function explainTool(options: ExplainOptions, io: Io): Promise<0 | 1> {
  const [server, tool] = split(options.which)
  const args = options.args === undefined ? undefined : toolArguments(options.args)
  return withSession({ ...options, only: server }, io, async (session) => {
    if (session.config.servers.length === 0) refuseServer(server, session.config)
    await session.sidecar.fleet.settled()
    const down = whyDown(server, session)
    const entry = session.sidecar.catalog
      .entries()
      .find(({ target }) => target.server === server && target.name === tool)
    if (entry === undefined) throw down ?? noTool(server, tool)
    const book = new GrantBook({
      stateDir: stateDir(io.env),
      configFile: session.config.file,
      now: Date.now,
      onError: (error) => io.stderr.write(`${renderError(error)}\n`),
    })
    const explanation = explained(entry, session, book.list(), args)
    io.stdout.write(options.json ? `${asciiJson(explanation, 2)}\n` : explanationText(explanation))
    if (down === undefined) return 0
    io.stderr.write(`${renderError(down)}\nthis is what it had when it was last seen\n`)
    return 1
  })
}

function explained(
  entry: Entry,
  { config, redactor }: Session,
  grants: readonly Grant[],
  given: Readonly<Record<string, unknown>> | undefined,
): ToolExplanation {
  const { target, listed, keys, edits, notes } = entry
  const { server: id, name: tool, definition, emitted, hash: toolHash, launchHash } = target
  const server = config.servers.find((candidate) => candidate.id === id)
  const unchanged = target.changes.length === 0 && toolHash !== 'unhashable'
  const explanation = explain(
    { ...factsOf(tool, definition['annotations']), unchanged },
    server?.tools ?? {},
    config.profile?.tools,
  )
  const args = given && (restoreKeys(given, keys) as Readonly<Record<string, unknown>>)
  const subject = {
    server: id,
    tool,
    launchHash,
    toolHash,
    ruleHash: server === undefined ? '' : ruleHash(server, config),
  }
  return {
    name: emitted,
    server: id,
    tool,
    ...explanation,
    changes: target.changes.map(({ member }) => member),
    listed: listed !== undefined,
    notes: [...edits.map(({ what, part, why }) => `${what}: ${part}, because ${why}`), ...notes],
    binds: {
      launch: launchHash,
      definition: toolHash,
      config: config.hash,
      args: args && hashOf(args),
    },
    offer: args && offerFor(explanation.verdict.risk, args, !unchanged, redactor.maskJson(args).value),
    grants: grantNotes(grants, subject, args),
  }
}

function grantNotes(
  grants: readonly Grant[],
  subject: GrantSubject,
  args: Readonly<Record<string, unknown>> | undefined,
): readonly GrantNote[] {
  const now = Date.now()
  const picked = args && pickGrant(grants, subject, args, now)
  return grants
    .filter((grant) => grant.subject.server === subject.server && grant.subject.tool === subject.tool)
    .map((grant) => ({
      grant,
      used: grant === picked,
      why: args === undefined ? whyVoid(grant, subject) : whyNotCovered(grant, subject, args, now),
    }))
}

/** What has no canonical form can't be bound to a yes; a call with it goes no further. */
function hashOf(args: Readonly<Record<string, unknown>>): string {
  try {
    return argumentsHash(args)
  } catch {
    throw new SidemuxError(
      '--args is not well-formed: half a surrogate pair, or nested deeper than 256 levels',
      {
        hint: 'such a call is never made; send well-formed Unicode and flatter arguments',
        exitCode: 2,
      },
    )
  }
}

function split(which: string): [string, string] {
  const slash = which.indexOf('/')
  if (slash < 1 || slash === which.length - 1) {
    throw new SidemuxError('--explain wants SERVER/TOOL', {
      hint: 'write for example --explain files/delete_file; "sidemux tools" lists them',
      exitCode: 2,
    })
  }
  return [which.slice(0, slash), which.slice(slash + 1)]
}

function refuseServer(server: string, config: Config): never {
  refuseElsewhere(server, config)
  throw new SidemuxError(`there is no server "${visibleLine(server)}"`, {
    hint: `run "sidemux tools" to see the servers${config.profile === undefined ? '' : `; profile ${config.profile.name} may leave it out`}`,
    exitCode: 2,
  })
}

function noTool(server: string, tool: string): SidemuxError {
  return new SidemuxError(`${server} has no tool "${visibleLine(tool)}"`, {
    hint: `run "sidemux tools" to see its tools; names are the server's own`,
    exitCode: 2,
  })
}

function whyDown(server: string, { sidecar, logFile }: Session): SidemuxError | undefined {
  const state = sidecar.fleet.get(server)?.state
  if (state === undefined) {
    return new SidemuxError(`${server} is not started by this version: it is a remote server`, {
      hint: 'start it through a local bridge, as a `command:` in servers.yaml',
    })
  }
  if (!('reason' in state)) return undefined
  return new SidemuxError(`${server} did not start: ${state.reason}`, {
    hint: `${state.hint} (${logFile})`,
  })
}
